# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Signals that cancel a job.

They let a task unwind, so that a half-done replacement is put back. What SIGKILL ends, nothing puts
back; the next run does what is declared.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._api.deadline import ENDS
from .._errors import Cancelled

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Cancellation:
    """Raises ``Cancelled`` at the first of the signals, and ignores those that follow.

    An ``Interrupt`` of ``_pacing.cancel``. Both contexts may be nested.
    """

    def __init__(self) -> None:
        self._held = 0
        self._shielded = 0
        self._waiting: Cancelled | None = None
        self._woken = threading.Event()
        self._at = 0.0
        for number in SIGNALS:
            # One that is ignored already (nohup) stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._cancel)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """What is done in here is done, and booked, before a signal takes effect.

        Where it fails, the failure is what has to be reported: the signal waits on.
        """
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._check()

    @contextmanager
    def shield(self) -> Iterator[None]:
        """What puts something back is not interrupted, its waits neither."""
        self._shielded += 1
        try:
            yield
        finally:
            self._shielded -= 1

    def sleep(self, seconds: float) -> None:
        """A safe point, even where a write is held: no request is under way."""
        if self._shielded:
            time.sleep(seconds)
        elif self._woken.wait(seconds):
            self._raise()

    def is_cancelled(self) -> bool:
        return self._woken.is_set()

    def cancelled_for(self) -> float | None:
        return time.monotonic() - self._at if self._woken.is_set() else None

    def may_wait(self, seconds: float) -> bool:
        since = self.cancelled_for()
        return since is None or (self._shielded > 0 and since + seconds < ENDS)

    def pending(self) -> Cancelled | None:
        waiting, self._waiting = self._waiting, None
        return waiting

    def ignore(self) -> None:
        """From now on nothing is interrupted: what is left is to report the result."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _cancel(self, number: int, _frame: Any) -> None:
        self.ignore()
        self._waiting = Cancelled(signal.Signals(number).name)
        self._at = time.monotonic()
        self._woken.set()
        self._check()

    def _check(self) -> None:
        if not self._held and not self._shielded:
            self._raise()

    def _raise(self) -> None:
        waiting = self.pending()
        if waiting:
            raise waiting
