# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limit: so many requests in a sliding window, for each API key (rule "rate limit")."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


class Limiter:
    """Remembers when each key was last let through.

    A request that is refused does not count: a client that waits as told gets through. Nor does a
    request with a bad key (401), as there is no key to count it for.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._admitted: dict[str, deque[float]] = {}

    def admit(self, api_key: str, limit: int, window: float) -> float | None:
        """Let a request through (None), or say how many seconds to wait. A limit of 0 is none."""
        if not limit:
            return None
        now = self._clock()
        admitted = self._admitted.setdefault(api_key, deque())
        while admitted and admitted[0] <= now - window:
            admitted.popleft()
        if len(admitted) < limit:
            admitted.append(now)
            return None
        # The limit may have been lowered since: wait until enough of them are out of the window.
        return admitted[len(admitted) - limit] + window - now

    def clear(self) -> None:
        """Forget all."""
        self._admitted.clear()
