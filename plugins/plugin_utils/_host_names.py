# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Gives every user a host name of its own, which is no group's name and not this machine's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from ansible import constants

from ..module_utils._text import show
from ._unsafe import harmless_name

Warn = Callable[[str], None]
Host = dict[str, Any]

GENERAL_GROUPS = ("all", "ungrouped")
"""Every inventory has these."""


def unique_names(
    names: list[str],
    hosts: list[Host],
    suffixes: tuple[str, str],
    taken: Callable[[str, Host], str],
    warn: Warn,
) -> list[str]:
    """``names``, with a suffix where one is not free: each of them once, none of them taken.

    ``suffixes`` name two variables of the hosts, the second one different for each; ``taken`` says why a
    host can't have a name, or nothing. A warning names whatever is changed.
    """
    server, user = suffixes
    names = _suffixed(names, hosts, server, taken, warn)
    # A template can give one name twice on one server, and a name can look like a suffixed one: even
    # like one with an id. Two users must never become one host.
    while _not_free(names, hosts, taken):
        names = _suffixed(names, hosts, user, taken, warn)
    return names


def _suffixed(
    names: list[str],
    hosts: list[Host],
    variable: str,
    taken: Callable[[str, Host], str],
    warn: Warn,
) -> list[str]:
    problems = _not_free(names, hosts, taken)
    for reason in sorted(set(problems.values())):
        warn(f"{reason}; the value of {variable} is appended to the name")
    return [
        harmless_name(name, f"-{host[variable]}") if name in problems else name
        for name, host in zip(names, hosts, strict=True)
    ]


def _not_free(
    names: list[str], hosts: list[Host], taken: Callable[[str, Host], str]
) -> dict[str, str]:
    """The names that can't stay, and why."""
    problems = {
        name: reason
        for name, host in zip(names, hosts, strict=True)
        if (reason := taken(name, host))
    }
    for name, count in Counter(names).items():
        if count > 1:
            problems[name] = f"{count} users would be the host {show(name, 80)!r}"
    return problems


def reserved(name: str, groups: Collection[str]) -> str:
    """Why no user may have this host name, or nothing."""
    if name in constants.LOCALHOST:
        return f"{show(name, 80)!r} is this machine to Ansible"
    if name in groups or name in GENERAL_GROUPS:
        return f"{show(name, 80)!r} is a group, which would hide a host of that name"
    return ""
