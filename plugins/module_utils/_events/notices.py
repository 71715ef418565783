# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a person should read of an event source: when something begins to fail, and when that is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .._errors import RequestError, WaitRefusedError, WireguardError
from .._pacing.progress import SHORTEST, Wait, Work

Tell = Callable[[str], None]

EVERY = 5.0
"""Seconds between two lines about waits, at least."""


class Notices:
    """Tells each thing once, however often it happens.

    A portal that is down for a night would be a thousand lines, with nothing new in any of them.
    """

    def __init__(self, tell: Tell, interval: float) -> None:
        self._tell = tell
        self._interval = interval
        self._failing: dict[str, tuple[object, int]] = {}
        self._warned = ""
        self._last_wait = -EVERY
        self._lock = threading.Lock()

    def failed(self, what: str, error: WireguardError) -> None:
        """A look failed: told where it is the first of its kind."""
        kind = _kind(error)
        said, times = self._failing.get(what, (None, 0))
        self._failing[what] = (kind, times + 1)
        if said != kind:
            again = f"looking again every {self._interval:g} s"
            self._tell(f"{what}: {error}; what was seen last is kept, {again}")

    def answered(self, what: str) -> None:
        """A look succeeded: told where those before it failed."""
        _said, times = self._failing.pop(what, (None, 0))
        if times:
            looks = "1 look" if times == 1 else f"{times} looks"
            self._tell(f"{what}: the portal answers again, after {looks} that failed")

    def warned(self, warning: str | None) -> None:
        """What is to be known, but keeps nothing from working."""
        if warning and warning != self._warned:
            self._warned = warning
            self._tell(warning)

    def waits(self, wait: Wait | Work) -> None:
        """A wait for the rate limit begins. Called by the threads that wait."""
        if isinstance(wait, Work):
            return
        with self._lock:
            now = time.monotonic()
            if wait.seconds < SHORTEST or now - self._last_wait < EVERY:
                return
            self._last_wait = now
        self._tell(wait.text("the event source"))


def _kind(error: WireguardError) -> object:
    """What makes two errors the same: a message may hold how long a wait would have been."""
    if isinstance(error, WaitRefusedError):
        return type(error)
    if isinstance(error, RequestError):
        return type(error), error.method, error.path, error.status, error.code
    return str(error)
