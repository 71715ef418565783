# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A task's allowance of waiting: ``max_wait`` for the rate limit and between retries together."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from .._errors import AllowanceSpentError

# A long wait is slept in slices, so that whoever waits can move up when a place ahead is freed.
SLICE = 5.0

MAX_ATTEMPTS = 5


def backoff(attempt: int) -> float:
    """Seconds before another try, after ``attempt`` (1 is the first) failed: doubling, jittered."""
    return float(min(0.5 * 2 ** (attempt - 1), 8.0) * random.uniform(0.5, 1.0))  # noqa: S311 - jitter is no secret


class Allowance:
    """``max_wait`` seconds of waiting, shared by the threads of a task.

    Threads that wait at the same time spend the time once: what counts is how long the task is held
    up, not how many of its requests are. Times are in seconds.

        >>> slept = []
        >>> allowance = Allowance(60, clock=lambda: sum(slept), sleep=slept.append)
        >>> allowance.wait(8)
        >>> slept, allowance.left
        ([5.0], 55.0)
        >>> allowance.wait(56)
        Traceback (most recent call last):
        AllowanceSpentError: it would have to wait 56.0 s, and 55.0 s of max_wait (60 s) are left
    """

    def __init__(
        self,
        max_wait: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.max_wait = max_wait
        self.spent = 0.0
        self._until = 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def wait(self, seconds: float, at_most: float = SLICE) -> None:
        """Sleep ``seconds``, but no more than ``at_most`` of them now.

        Raises ``AllowanceSpentError`` at once, before any sleep, if the whole of ``seconds`` does not fit.
        """
        nap = self._spend(seconds, at_most)
        self._sleep(nap)

    @property
    def left(self) -> float:
        """Seconds that may still be waited."""
        return max(0.0, self.max_wait - self.spent)

    def has_room(self, seconds: float) -> bool:
        """Whether the whole of ``seconds`` fits now."""
        with self._lock:
            return self._beyond(seconds) <= self.max_wait - self.spent

    def _beyond(self, seconds: float) -> float:
        """What of a wait is not covered by one of another thread."""
        return max(0.0, seconds - max(0.0, self._until - self._clock()))

    def _spend(self, seconds: float, at_most: float) -> float:
        with self._lock:
            now = self._clock()
            covered = max(0.0, self._until - now)
            if max(0.0, seconds - covered) > self.max_wait - self.spent:
                raise AllowanceSpentError(
                    seconds, self.max_wait - self.spent + covered, self.max_wait
                )
            nap = min(seconds, at_most)
            self.spent += max(0.0, nap - covered)
            self._until = max(self._until, now + nap)
        return nap
