# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that the benchmark ends with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.measuring import Command

HEADINGS = ("", "measured", "figure", "goal", "requests", "processor time", "peak memory")


@dataclass(frozen=True)
class Row:
    """One figure, and what is known besides."""

    what: str
    figure: str
    goal: str = ""
    requests: str = ""
    cpu: str = ""
    peak: str = ""

    def cells(self) -> tuple[str, ...]:
        return (self.what, self.figure, self.goal, self.requests, self.cpu, self.peak)


def row_of(what: str, command: Command, requests: int, goal: str = "") -> Row:
    """A row about a command."""
    return Row(
        what,
        seconds(command.seconds),
        goal,
        str(requests),
        seconds(command.cpu),
        f"{command.peak / 2**20:.0f} MiB",
    )


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def milliseconds(value: float) -> str:
    """Seconds, as milliseconds."""
    return f"{value * 1e3:.1f} ms"


def times(value: float) -> str:
    return f"{value:.1f} times"


def at_least(value: float, goal: float) -> str:
    """A goal, and whether it was met. Said, never asserted: the machine may have been busy."""
    return f">= {goal:g}: {'met' if value >= goal else 'missed'}"


def at_most(value: float, goal: float, unit: str = "") -> str:
    return f"<= {goal:g}{unit}: {'met' if value <= goal else 'missed'}"


def markdown(rows: Iterable[tuple[str, Row]]) -> str:
    """The rows, each with its scenario's letter, as a markdown table."""
    lines = [HEADINGS, *((letter, *row.cells()) for letter, row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]

    def written(cells: Iterable[str]) -> str:
        return f"| {' | '.join(map(str.ljust, cells, widths))} |"

    ruler = ["-" * width for width in widths]
    return "\n".join(written(line) for line in (lines[0], ruler, *lines[1:]))
