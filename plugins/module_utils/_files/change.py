# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What was, or would be, done to one file or folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass
class FileChange:
    """``path`` as the task named it, whether it ``changed``, and Ansible's diff.

    The diff of a private file shows no content.
    """

    path: str
    changed: bool
    diff: dict[str, Any]
    backup_file: str | None = None
    is_file: bool = True


def diff_of(about: str, before: Iterable[str], after: Iterable[str]) -> dict[str, Any]:
    """Lines in the form in which Ansible's ``--diff`` shows them; ``about`` is what the heading names."""
    sides = {"before": before, "after": after}
    texts = {side: "".join(f"{line}\n" for line in lines) for side, lines in sides.items()}
    return {**texts, "before_header": about, "after_header": about}


def merged(diffs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The diffs, those under one heading in one: a line for each of many files, and not five.

    >>> files = [diff_of("wireguard", [], [f"{name}.conf: written (new)"]) for name in ("ann", "ben")]
    >>> [(diff["after_header"], diff["after"]) for diff in merged(files)]
    [('wireguard', 'ann.conf: written (new)\\nben.conf: written (new)\\n')]
    """
    found: dict[str, dict[str, Any]] = {}
    for diff in diffs:
        one = found.setdefault(diff["after_header"], {**diff, "before": "", "after": ""})
        for side in ("before", "after"):
            one[side] += diff[side]
    return list(found.values())
