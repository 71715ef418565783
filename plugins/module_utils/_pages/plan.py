# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A plan in Markdown, as the comment of a pull request. Pure.

Whatever a portal calls its users stands in code blocks, where it is no link, no mention and no markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from .._planning.drift import CREATE, DELETE, Difference, counted, counts, file_lines
from .._text import show

MOST_BYTES = 60_000
"""What a comment may hold: GitHub takes 65,536 characters."""

_NOTE = "\n\nNot all of it fits here. The task's result has the whole plan.\n"


@dataclass(frozen=True)
class PlannedServer:
    """One server: what differs from its declaration, or ``error``: why that is not known."""

    label: str
    differences: Sequence[Difference] = ()
    error: str | None = None
    files: int = 0


def plan_markdown(servers: Sequence[PlannedServer], *, done: bool) -> str:
    """The plan, or (``done``) what became of it, as a page of at most ``MOST_BYTES``."""
    text = _heading(servers, done)
    for server in servers:
        part = _part(server, done, MOST_BYTES - len(text.encode()) - len(_NOTE))
        if part is None:
            return text + _NOTE
        text += part
    return text


def _heading(servers: Sequence[PlannedServer], done: bool) -> str:
    number = sum(len(server.differences) + bool(server.files) for server in servers)
    failed = sum(server.error is not None for server in servers)
    ends = sum(one.action == DELETE for server in servers for one in server.differences)
    title = "nothing to change" if not number else f"{counted(number, 'change')}"
    if done:
        title = title.replace("nothing to change", "nothing was changed")
    parts = [f"## WireGuard: {title}\n"]
    if ends:
        parts.append(
            f"**{counted(ends, 'thing')} end{'s' if ends == 1 else ''}:** see the lines with a minus.\n"
        )
    if failed:
        what = "failed" if done else "could not be compared"
        parts.append(f"**{counted(failed, 'server')} {what}.**\n")
    return "\n".join(parts)


def _part(server: PlannedServer, done: bool, room: int) -> str | None:
    """One server, its lines cut to ``room`` bytes; None where not even its name fits."""
    title = f"\n### {_code(server.label)}\n\n"
    if server.error is not None:
        text = f"{title}{_block('text', [show(server.error, 2000)])}"
        return text if len(text.encode()) <= room else None
    lines = [*map(_line, server.differences), *(f"! {x}" for x in file_lines(server.files, done))]
    if not lines:
        text = f"{title}As declared.\n"
        return text if len(text.encode()) <= room else None
    summary = f"{counts(server.differences, server.files)}\n\n"
    for kept in _cuts(len(lines)):
        rest = [f"  ... and {len(lines) - kept} more"] if kept < len(lines) else []
        text = f"{title}{summary}{_block('diff', [*lines[:kept], *rest])}"
        if len(text.encode()) <= room:
            return text
    return None


def _cuts(number: int) -> list[int]:
    """How many lines to try: all, then fewer and fewer."""
    found = [number]
    while found[-1]:
        found.append(found[-1] * 3 // 4)
    return found


def _line(one: Difference) -> str:
    sign = {CREATE: "+", DELETE: "-"}.get(one.action, "!")
    return f"{sign} {one.text()}"


def _block(language: str, lines: Sequence[str]) -> str:
    """A code block that no line of it can end."""
    fence = "`" * max(3, 1 + max(map(_backticks, lines), default=0))
    body = "\n".join(lines)
    return f"{fence}{language}\n{body}\n{fence}\n"


def _code(text: str) -> str:
    fence = "`" * (1 + _backticks(text))
    return f"{fence} {show(text, 200)} {fence}"


def _backticks(text: str) -> int:
    """The longest run of backticks in a text."""
    runs = (len(list(run)) for char, run in groupby(text) if char == "`")
    return max(runs, default=0)
