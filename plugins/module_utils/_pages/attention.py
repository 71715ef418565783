# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Which users of a report need somebody's attention, and why.

To add a reason, write a function that takes the report and gives a group, and name it in ``GROUPS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._model import Server, User
from . import figures
from .account import Report

UNSEEN_DAYS = 90
ENDING_DAYS = 14
MOST = 10
"""How many users are listed as those with the most traffic."""


@dataclass(frozen=True)
class Entry:
    """A user, its server, and what there is to say about it."""

    user: User
    server: Server
    note: str | None = None


@dataclass(frozen=True)
class Group:
    """Users who need attention for the same reason; of a ranking, how many they are says nothing."""

    title: str
    entries: Sequence[Entry]
    ranking: bool = False


def groups(report: Report) -> list[Group]:
    """The reasons that apply, each with its users."""
    return [group for group in (find(report) for find in GROUPS) if group.entries]


def never_connected(report: Report) -> Group:
    """Users who were never seen. Who moved data was there, whatever else the portal knows."""
    found = [
        Entry(user, server)
        for user, server in _users(report)
        if user.online is False
        and figures.time_of(user.last_seen) == figures.NEVER
        and not figures.total(user)
    ]
    return Group("Never connected", found)


def not_seen(report: Report) -> Group:
    """Users who are offline and have not been seen for long, those first who are away longest."""
    limit = report.at - timedelta(days=UNSEEN_DAYS)
    away = [
        (seen, user, server)
        for user, server in _users(report)
        if not user.online
        and isinstance(seen := figures.time_of(user.last_seen), datetime)
        and seen < limit
    ]
    ordered = sorted(away, key=lambda one: one[0])
    found = [Entry(user, server, figures.age(seen, report.at)) for seen, user, server in ordered]
    return Group(f"Not seen for {UNSEEN_DAYS} days", found)


def ending_soon(report: Report) -> Group:
    """Users whose declared access ends soon, those first who are next."""
    there = {
        (part.server.id, user.client_name): user
        for part in report.parts
        for user, _rules in part.users
    }
    ends = [
        (end, there[part.server.id, name], part.server)
        for part in report.parts
        for name, end in part.ends
        if (part.server.id, name) in there
    ]
    found = [
        Entry(user, server, f"ends {end:%Y-%m-%d %H:%M} UTC")
        for end, user, server in sorted(ends, key=lambda one: one[0])
    ]
    return Group(f"Access ends in the next {ENDING_DAYS} days", found)


def most_traffic(report: Report) -> Group:
    """The users with the most traffic, both directions together, and their part of all traffic."""
    busy = sorted(_users(report), key=lambda one: -figures.total(one[0]))
    whole = sum(figures.total(user) for user, _server in busy)
    found = [
        Entry(user, server, _amount(figures.total(user), whole))
        for user, server in busy[:MOST]
        if figures.total(user)
    ]
    return Group("Most traffic, both ways", found, ranking=True)


GROUPS: Sequence[Callable[[Report], Group]] = (
    ending_soon,
    never_connected,
    not_seen,
    most_traffic,
)


def _users(report: Report) -> Iterator[tuple[User, Server]]:
    return ((user, part.server) for part in report.parts for user, _rules in part.users)


def _amount(count: int, whole: int) -> str:
    percent = 100 * count // whole
    part = f", {percent}{figures.SPACE}% of all" if percent else ""
    return f"{figures.size(count)}{part}"
