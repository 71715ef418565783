# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Names for files and folders, out of names that a portal sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]", re.ASCII)
_LONGEST = 60


def file_names(named: Iterable[tuple[int, str]]) -> dict[int, str]:
    """For each id a name that leads nowhere else, and that no other id has, in whatever case.

    That is the given name where it will do, else what is left of it and the id. The lower id has the
    first choice, so that a new one does not rename what is there.
    """
    found: dict[int, str] = {}
    wanted = sorted(named)
    later = []
    taken: set[str] = set()
    for number, name in wanted:
        if not _SAFE.fullmatch(name) or name.casefold() in taken:
            later.append((number, name))
            continue
        found[number] = name
        taken.add(name.casefold())
    for number, name in later:
        safe = f"{_UNSAFE.sub('_', name).lstrip('.-')[:_LONGEST]}-{number}".lstrip("-")
        while safe.casefold() in taken:
            safe += "_"
        found[number] = safe
        taken.add(safe.casefold())
    return found
