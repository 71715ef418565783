# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The allowance, on a clock of its own."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    AllowanceSpentError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.allowance import (
    SLICE,
    Allowance,
    backoff,
)

from .strategies import examples, hypothesis, st


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 100.0
    sleeps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def allowance(max_wait: float, clock: Clock) -> Allowance:
    return Allowance(max_wait, clock=lambda: clock.now, sleep=clock.sleep)


def test_a_long_wait_is_slept_in_slices() -> None:
    clock = Clock()
    mine = allowance(60, clock)
    mine.wait(12)
    assert clock.sleeps == [SLICE]
    mine.wait(12 - SLICE)
    assert clock.sleeps == [SLICE, SLICE]
    assert mine.spent == 2 * SLICE


def test_waits_add_up() -> None:
    clock = Clock()
    mine = allowance(10, clock)
    for seconds in (4, 4):
        mine.wait(seconds)
    with pytest.raises(AllowanceSpentError) as caught:
        mine.wait(3)
    assert (caught.value.needed, caught.value.left) == (3, 2)
    assert "3.0 s, and 2.0 s of max_wait (10 s)" in str(caught.value)
    mine.wait(2)
    assert clock.sleeps == [4, 4, 2]


def test_a_wait_that_does_not_fit_whole_is_refused_before_any_sleep() -> None:
    clock = Clock()
    mine = allowance(10, clock)
    with pytest.raises(AllowanceSpentError):
        mine.wait(10.5)
    assert clock.sleeps == []
    assert mine.spent == 0
    mine.wait(10, at_most=10)
    assert clock.sleeps == [10]


def test_nothing_in_it() -> None:
    clock = Clock()
    with pytest.raises(AllowanceSpentError):
        allowance(0, clock).wait(0.001)
    allowance(0, clock).wait(0)
    assert sum(clock.sleeps) == 0


class Stuck:
    """Sleepers that wake up only when they are let: all of them wait at the same time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asleep = threading.Semaphore(0)
        self.wake = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.asleep.release()
        self.wake.wait(10)


def test_waits_at_the_same_time_count_once() -> None:
    stuck = Stuck()
    mine = Allowance(10, clock=lambda: stuck.now, sleep=stuck.sleep)
    threads = [threading.Thread(target=mine.wait, args=(4,)) for _turn in range(8)]
    for thread in threads:
        thread.start()
    for _turn in threads:
        assert stuck.asleep.acquire(timeout=10)
    assert mine.spent == 4
    # Three seconds on, one more waits four: three of them lie beyond what is paid for.
    stuck.now = 3.0
    late = threading.Thread(target=mine.wait, args=(4,))
    late.start()
    assert stuck.asleep.acquire(timeout=10)
    assert mine.spent == 7
    # What others wait anyway costs nothing, even with an empty allowance.
    mine.spent = 10.0
    with pytest.raises(AllowanceSpentError) as caught:
        mine.wait(4.5)
    assert caught.value.left == 4
    free = threading.Thread(target=mine.wait, args=(4,))
    free.start()
    assert stuck.asleep.acquire(timeout=10)
    assert mine.spent == 10
    stuck.wake.set()
    for thread in [*threads, late, free]:
        thread.join(10)


@hypothesis.given(
    st.integers(0, 40).map(float), st.lists(st.integers(0, 160).map(lambda n: n / 8), max_size=20)
)
@examples(300)
def test_one_after_the_other_no_more_is_slept_than_allowed(
    max_wait: float, waits: list[float]
) -> None:
    clock = Clock()
    mine = allowance(max_wait, clock)
    for seconds in waits:
        before = list(clock.sleeps)
        try:
            mine.wait(seconds)
        except AllowanceSpentError:
            assert seconds > max_wait - mine.spent
            assert clock.sleeps == before
        else:
            assert clock.sleeps == [*before, min(seconds, SLICE)]
        assert mine.spent == sum(clock.sleeps) <= max_wait


def test_backoff_doubles_and_jitters(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[tuple[float, float]] = set()
    for share in (0.5, 1.0):

        def drawn(low: float, high: float, share: float = share) -> float:
            asked.add((low, high))
            return share

        monkeypatch.setattr(random, "uniform", drawn)
        waits = [backoff(attempt) for attempt in range(1, 8)]
        assert waits == [share * full for full in (0.5, 1, 2, 4, 8, 8, 8)]
    assert asked == {(0.5, 1.0)}
