# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a person should read of an event source: when something begins to fail, and when that is over."""

from __future__ import annotations

import math
from collections.abc import Callable

from .._errors import RequestError, WireguardError
from .._pacing.progress import SHORTEST, Throttle, Wait, Work

Tell = Callable[[str], None]

EVERY = 300.0
"""Seconds between two lines about waits, at least: where looks wait, each of them does."""


class Notices:
    """Says each thing once, however often it happens.

    A portal that is down for a night would be a thousand lines, with nothing new in any of them.
    ``max_wait`` is the most seconds that a look waits: a longer wait is refused, and logged.
    """

    def __init__(self, tell: Tell, interval: float, max_wait: float = math.inf) -> None:
        self._tell = tell
        self._interval = interval
        self._max_wait = max_wait
        self._failing: dict[str, tuple[object, int]] = {}
        self._left_out: dict[str, int] = {}
        self._warned = ""
        self._may_tell = Throttle(EVERY)

    def failed(self, what: str, error: WireguardError, then: str = "") -> None:
        """A look failed: logged if it is the first of its kind. ``then`` is what is done about it."""
        kind = _kind(error)
        kind_before, times = self._failing.get(what, (None, 0))
        self._failing[what] = (kind, times + 1)
        if kind_before != kind:
            then = then or f"looking again every {self._interval:g} s"
            self._tell(f"{what}: {error}; what was seen last is kept, {then}")

    def left_out(self, what: str, error: WireguardError) -> None:
        """A look had no room in the rate limit, and was left out."""
        self._left_out[what] = self._left_out.get(what, 0) + 1
        if self._left_out[what] == 1:
            then = f"the next look is in {self._interval:g} s"
            self._tell(f"{what}: {error}; this look is left out, {then}")

    def answered(self, what: str) -> None:
        """A look succeeded: logged if those before it did not."""
        _kind, times = self._failing.pop(what, (None, 0))
        if times:
            self._tell(f"{what}: the portal answers again, after {_looks(times)} that failed")
        late = self._left_out.pop(what, 0)
        if late > 1:
            self._tell(
                f"{what}: there is room in the rate limit again, {_looks(late)} were left out"
            )

    def stretched(self, servers: int, wanted: float, interval: float, rate_limit: int) -> None:
        """Looks at the interval that was asked for would take too much of the rate limit."""
        requests = servers * 60 / wanted
        self._interval = interval
        self._tell(
            f"{servers} servers every {wanted:g} s would take {requests:.0f} requests a minute; the event"
            f" source takes at most half of rate_limit ({rate_limit}), so it looks every {interval:.0f} s"
        )

    def warned(self, warning: str | None) -> None:
        """What is to be known, but keeps nothing from working."""
        if warning and warning != self._warned:
            self._warned = warning
            self._tell(warning)

    def waits(self, wait: Wait | Work) -> None:
        """A wait for the rate limit begins. Called by the threads that wait."""
        if isinstance(wait, Work) or not SHORTEST <= wait.seconds <= self._max_wait:
            return
        if self._may_tell():
            self._tell(wait.text("the event source"))


def _looks(number: int) -> str:
    return "1 look" if number == 1 else f"{number} looks"


def _kind(error: WireguardError) -> object:
    """What makes two errors the same: a message may hold how long a wait would have been."""
    if isinstance(error, RequestError):
        return type(error), error.method, error.path, error.status, error.code
    return str(error)
