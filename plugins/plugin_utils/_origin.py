# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The file and line in which a value was written, where Ansible knows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

try:
    # From ansible-core 2.19 on; there is no public way to it. Without it names have to do.
    from ansible._internal._datatag._tags import Origin
except ImportError:
    Origin = None


def origin_of(value: Any) -> tuple[str, int] | None:
    """The file of a value, and its line from 1."""
    try:
        origin: Any = Origin.get_tag(value)
        return (str(origin.path), int(origin.line_num)) if origin.path and origin.line_num else None
    except (AttributeError, TypeError, ValueError):
        return None  # not known, or Ansible has changed


def origin_in(declared: Sequence[Any], where: Sequence[int]) -> tuple[str, int] | None:
    """The origin of a server in a declaration, of its user, or of the user's port forward.

    Where that one is not known, it is of what holds it.
    """
    value: Any = declared
    found = None
    for key, number in zip((None, "users", "port_forwards"), where, strict=False):
        try:
            value = (value if key is None else value[key])[number]
        except (KeyError, IndexError, TypeError):
            break
        found = origin_of(value) or found
    return found
