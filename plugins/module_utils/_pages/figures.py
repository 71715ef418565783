# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Numbers and times for people: units, ages, and the length of a bar."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from .._model import User

UNKNOWN = "\N{EN DASH}"
"""What stands where the portal gave nothing."""

NEVER = "never"

DECADES = 8
"""How many powers of ten the longest bar stands for."""

SPACE = "\N{NO-BREAK SPACE}"
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_AGES = (
    (timedelta(minutes=1), timedelta(seconds=1), "s"),
    (timedelta(hours=1), timedelta(minutes=1), "min"),
    (timedelta(days=2), timedelta(hours=1), "h"),
    (timedelta(days=60), timedelta(days=1), "days"),
    (timedelta(days=730), timedelta(days=30), "months"),
)
_YEAR = timedelta(days=365)

# portal-api, row "other fields": the form of a time is not published. This is ISO 8601 as most write it.
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,13}(\.\d+)?", re.ASCII)

# WireGuard itself writes "never" as the first second of 1970.
_FIRST = datetime(2000, 1, 1, tzinfo=timezone.utc)


def size(count: int | None) -> str:
    """A number of bytes with a unit, in powers of 1000, three digits long: ``1.23 GB``."""
    if count is None:
        return UNKNOWN
    amount, unit = float(count), 0
    # 999.5 and more would be shown with four digits.
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = 0 if unit == 0 or amount >= 99.95 else 1 if amount >= 9.995 else 2
    return f"{amount:.{digits}f}{SPACE}{_UNITS[unit]}"


def exact(count: int | None) -> str | None:
    """A number of bytes in full: ``1,234,567 bytes``."""
    return None if count is None else f"{count:,} bytes"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 user``, ``2 users``."""
    return f"{count:,}{SPACE}{one if count == 1 else many or one + 's'}"


def time_of(value: Any) -> datetime | str:
    """A time as a portal may write it, in UTC; else in words: "never", or the portal's own.

    Text without a time zone is taken for UTC, a number for seconds (or milliseconds) since 1970.
    """
    if isinstance(value, bool) or value is None:
        return NEVER
    written = str(value).strip()
    try:
        found = _from_number(written) if _NUMBER.fullmatch(written) else _from_text(written)
    except (ValueError, OverflowError):
        return written
    if found is None:
        return written or NEVER
    return found if found >= _FIRST else NEVER


def age(at: datetime, now: datetime) -> str:
    """How long ago: ``12 s ago``, ``3 h ago``. What is less than a minute ahead is a clock's fault."""
    passed = now - at
    if abs(passed) < timedelta(seconds=2) or timedelta(minutes=-1) < passed < timedelta(0):
        return "just now"
    length = _length(abs(passed))
    return f"{length} ago" if passed > timedelta(0) else f"in {length}"


def absolute(at: datetime) -> str:
    """``2026-11-25 02:41 UTC``, in one piece."""
    return at.strftime(f"%Y-%m-%d{SPACE}%H:%M{SPACE}UTC")


def total(user: User) -> int:
    """The bytes that a user moved, both directions together."""
    return (user.rx_bytes or 0) + (user.tx_bytes or 0)


def bar_length(count: int | None, most: int) -> float:
    """The length of a bar in percent, by the logarithm: an eighth less for a tenth of the traffic.

    So one big user does not make all other bars invisible. What is more than nothing can be seen.
    """
    if not count or count < 0 or most <= 0:
        return 0
    length = 100 + 100 / DECADES * math.log10(count / most)
    return max(min(round(length, 1), 100), 2)


def _from_number(written: str) -> datetime:
    seconds = float(written)
    return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, timezone.utc)


def _from_text(written: str) -> datetime | None:
    found = _TIME.fullmatch(written)
    if not found:
        return None
    *parts, zone = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    at = datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone))
    return at.astimezone(timezone.utc)


def _zone(written: str | None) -> timezone:
    if written is None or written[0] not in "+-":
        return timezone.utc
    digits = written[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written[0] == "-" else offset)


def _length(span: timedelta) -> str:
    for limit, unit, name in _AGES:
        if span < limit:
            count = span // unit
            # 1 day can't be: until two of them, hours are counted.
            return f"{count}{SPACE}{name}"
    return f"{span // _YEAR}{SPACE}years"
