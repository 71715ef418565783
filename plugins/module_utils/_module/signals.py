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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._errors import Cancelled

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Cancellation:
    """Raises ``Cancelled`` at the first of the signals, and ignores those that follow."""

    def __init__(self) -> None:
        self._held = False
        self._waiting: Cancelled | None = None
        for number in SIGNALS:
            # One that is ignored already (nohup) stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._cancel)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let a signal that comes now take effect only when this is over. Not to be nested."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            waiting, self._waiting = self._waiting, None
            if waiting:
                raise waiting

    def ignore(self) -> None:
        """From now on nothing is interrupted: what is left is to tell the result."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _cancel(self, number: int, _frame: Any) -> None:
        self.ignore()
        cancelled = Cancelled(signal.Signals(number).name)
        if not self._held:
            raise cancelled
        self._waiting = cancelled
