# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Access that ends at a moment: from then on a declared user counts as absent. Pure: the caller has the clock.

>>> end_of("2027-01-31").isoformat()
'2027-02-01T00:00:00+00:00'
>>> end_of("2027-01-31T12:00:00+02:00").isoformat()
'2027-01-31T10:00:00+00:00'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from .._text import show
from .desired import Desired, DesiredUser

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# What ISO 8601 and YAML's timestamps have in common; YAML may put blanks between its parts.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt]|[ \t]+)(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)[ \t]*(Z|z|[+-]\d\d(?::?\d\d)?)?"
)


def end_of(expires: str) -> datetime:
    """The moment, in UTC, from which on a user has no access any more.

    A date counts until its end in UTC. Raises a ``ValueError`` that says what is wrong.
    """
    text = expires.strip()
    if _DATE.fullmatch(text):
        return datetime.fromisoformat(f"{text}T00:00:00+00:00") + timedelta(days=1)
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(
            "is neither a date (2027-01-31) nor a time with an offset (2027-01-31T12:00:00Z)"
        )
    day, clock, offset = found.groups()
    if offset is None:
        raise ValueError(
            "has no offset from UTC: write 2027-01-31T12:00:00Z or 2027-01-31T12:00:00+01:00"
        )
    offset = (
        "+00:00"
        if offset in "Zz"
        else offset
        if ":" in offset
        else f"{offset[:3]}:{offset[3:] or '00'}"
    )
    seconds, _dot, fraction = clock.partition(".")
    whole = datetime.fromisoformat(
        f"{day}T{seconds}{'.' + fraction.ljust(6, '0') if fraction else ''}{offset}"
    )
    return whole.astimezone(timezone.utc)


def expires_problem(expires: str | None) -> str | None:
    """What is wrong with a declared ``expires``, if anything."""
    if expires is None:
        return None
    try:
        end_of(expires)
    except (ValueError, OverflowError) as exc:
        why = str(exc) if str(exc).startswith(("is ", "has ")) else "is no date of the calendar"
        return f"expires {show(expires, 60)!r} {why}"
    return None


def has_expired(user: DesiredUser, now: datetime) -> bool:
    """Whether a user that is declared as present has no access any more. ``expires`` has to be valid."""
    return user.present and user.expires is not None and end_of(user.expires) <= now


def end_of_user(user: DesiredUser | None) -> datetime | None:
    """The moment, in UTC, when a declared user's access ends; None: none is declared. It has to be valid."""
    return end_of(user.expires) if user and user.expires else None


def as_of(desired: Desired, now: datetime) -> Desired:
    """What is desired at this moment: users that have expired are absent. ``desired`` has to be valid.

    ``expires`` of them is kept, and says why they are absent.
    """
    if not any(user.expires for user in desired.users):
        return desired
    return replace(desired, users=tuple(_user(user, now) for user in desired.users))


def _user(user: DesiredUser, now: datetime) -> DesiredUser:
    if has_expired(user, now):
        return DesiredUser(user.client_name, present=False, expires=user.expires)
    return user if user.present else replace(user, expires=None)


def expired_warnings(desired: Desired) -> Iterator[str]:
    """A sentence on each user that ``as_of`` made absent."""
    for user in desired.users:
        if user.expires and not user.present:
            yield (
                f"user {show(user.client_name, 80)!r} expired ({show(user.expires, 60)}) and counts as absent;"
                " you can take it out of the declaration once it is removed"
            )


def ending(desired: Desired, now: datetime, days: int) -> list[tuple[str, datetime]]:
    """The users whose access ends within so many days, by name, and when; the next to end first."""
    limit = now + timedelta(days=days)
    ends = [(x.client_name, end_of(x.expires)) for x in desired.users if x.present and x.expires]
    return sorted(
        ((name, end) for name, end in ends if now < end <= limit), key=lambda x: (x[1], x[0])
    )
