# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The measuring core: how long a command takes, how much memory, and what to make of repetitions."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Measured = TypeVar("Measured", bound="Command")

STOPWATCH = Path(__file__).with_name("stopwatch.py")
LONGEST = 900
"""Seconds after which a command is taken for one that hangs, and killed."""


class BenchError(Exception):
    """What was to be measured did not do its work: a figure would mean nothing."""


@dataclass(frozen=True)
class Command:
    """A command that has ended.

    ``cpu`` is the time that its processes computed, all together: a busy machine makes a command
    wait, and not compute. ``peak`` is in bytes, and that of its largest process.
    """

    seconds: float
    cpu: float
    peak: int
    code: int
    output: str
    errors: str


def run(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Command:
    """Run a command and measure it from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as reports:
        report = Path(reports, "report")
        watched = [sys.executable, "-I", "-S", str(STOPWATCH), str(report), str(LONGEST), *command]
        done = subprocess.run(
            watched,
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            raise BenchError(f"{command[0]} was not measured:\n{done.stderr}")
        seconds, cpu, peak, code = report.read_text(encoding="ascii").split()
    unit = 1 if sys.platform == "darwin" else 1024
    return Command(
        float(seconds), float(cpu), int(peak) * unit, int(code), done.stdout, done.stderr
    )


def middle(times: int, measure: Callable[[], Measured]) -> Measured:
    """Measure several times; the run whose time is the median (the lower one of two)."""
    runs = sorted((measure() for _turn in range(times)), key=lambda run: run.seconds)
    return runs[(times - 1) // 2]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
