# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""How much a user moved, from counters that fall, stop or start anew. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .._model import User

REMEMBERED = 5
"""Looks for which a counter that fell may come back to where it was."""


@dataclass
class Counter:
    """One counter of bytes. ``last`` is what it showed last, at ``moment`` (seconds).

    A counter that fell shows less than ``peak``: it either began anew, or was misread.
    """

    last: int | None = None
    moment: float = 0.0
    peak: int | None = None
    looks_since_peak: int = 0

    def moved(self, now: int | None, moment: float) -> tuple[int, float]:
        """Bytes since it was read last, and the seconds that this took. What can't be known is 0."""
        then, since = self.last, self.moment
        if now is None:
            return 0, 0.0
        self.last, self.moment = now, moment
        if then is None:
            return 0, 0.0
        return self._since(then, now), moment - since

    def _since(self, then: int, now: int) -> int:
        self.looks_since_peak += 1
        if self.looks_since_peak > REMEMBERED:
            self.peak = None
        if now < then:
            self.peak, self.looks_since_peak = max(then, self.peak or 0), 0
            # A server that restarted counts from zero. A counter that lost a little was misread.
            return now if now < then / 2 else 0
        if self.peak is not None and now >= self.peak:
            then, self.peak = self.peak, None
        return now - then


class Traffic:
    """Both counters of one user."""

    def __init__(self) -> None:
        self.received = Counter()
        self.sent = Counter()

    def moved(self, user: User, moment: float) -> tuple[int, float]:
        """Bytes in both directions since they were read last, and the seconds that this took."""
        pairs = (
            self.received.moved(user.rx_bytes, moment),
            self.sent.moved(user.tx_bytes, moment),
        )
        return sum(count for count, _time in pairs), max(time for _count, time in pairs)
