# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What ends a wait early: a batch of reads that is over, or a task that is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from .._errors import BatchEndedError, Cancelled


class Interrupt(Protocol):
    """What cancels a task. A module gives one that listens to signals (``_module.signals``)."""

    def hold(self) -> AbstractContextManager[None]:
        """A write is under way: to leave before its answer would leave it open what it did.

        A cancellation that comes meanwhile takes effect when this has ended well, or in a wait.
        """

    def shield(self) -> AbstractContextManager[None]:
        """Something is put back: not even a wait is interrupted."""

    def sleep(self, seconds: float) -> None:
        """Sleep, unless the task is cancelled."""

    def cancelled_for(self) -> float | None:
        """Seconds since the task was cancelled: what is under way is not waited for as long. From any thread."""

    def may_wait(self, seconds: float) -> bool:
        """Whether there is time to look again so much later: a cancelled task is to end soon."""

    def pending(self) -> Cancelled | None:
        """A cancellation that came and has not taken effect; it will not any more."""


class Uninterrupted:
    """For those whose waits nothing cancels but what ends their process."""

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def shield(self) -> AbstractContextManager[None]:
        return nullcontext()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def cancelled_for(self) -> float | None:
        return None

    def may_wait(self, seconds: float) -> bool:
        return True

    def pending(self) -> Cancelled | None:
        return None


class BatchEnd:
    """The end of a batch of reads: nobody waits for its readers any more."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def announce(self) -> None:
        self._over.set()

    def check(self) -> None:
        """Raise ``BatchEndedError`` if the batch is over."""
        if self._over.is_set():
            raise BatchEndedError("nobody waits for this any more")

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise ``BatchEndedError`` as soon as the batch is over."""
        self._over.wait(seconds)
        self.check()


_of_thread = threading.local()


def batch_of_thread() -> BatchEnd | None:
    """The batch that this thread reads for, if it does."""
    batch_end: BatchEnd | None = getattr(_of_thread, "batch_end", None)
    return batch_end


@contextmanager
def reading_for(batch_end: BatchEnd) -> Iterator[None]:
    """This thread reads for a batch."""
    _of_thread.batch_end = batch_end
    try:
        yield
    finally:
        _of_thread.batch_end = None
