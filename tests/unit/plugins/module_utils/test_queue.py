# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The laws of the budget's queue, on a clock of their own: whatever comes in whatever order.

Times are multiples of 1/8 s, which floats hold exactly, so that the laws can be stated exactly.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.queue import (
    GRACE,
    MAX_PAUSE,
    MAX_SENDS,
    MAX_WAITERS,
    State,
    Waiter,
    expire,
    forecast,
    free_now,
    give_back,
    merge,
    pause,
    request,
    withdraw,
)

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")
given = hypothesis.given

PERIOD = 10.0


def eighths(low: int, high: int) -> Any:
    """Seconds from `low` to `high`."""
    return st.integers(low * 8, high * 8).map(lambda count: count / 8)


@dataclass
class Sender:
    """One request, and how its sender behaves."""

    limit: int
    arrives: float
    slice: float = 1e9  # sleeps at most so long before asking again
    lag: float = 0.0  # wakes up so much too late
    gives_up: float = 1e9  # leaves the queue after so many seconds
    dies: bool = False  # …without a word
    answers: list[tuple[float, float]] = field(default_factory=list)  # when asked, what was said
    sent: float | None = None


class World:
    """Waiters that come, ask, sleep, leave and die around one record."""

    def __init__(self, senders: list[Sender], pauses: tuple[tuple[float, float], ...] = ()) -> None:
        self.state = State()
        self.senders = senders
        self.dead: set[int] = set()
        self.log: list[tuple[float, Sender]] = []
        self.waiters: dict[int, Waiter] = {}
        self.events: list[tuple[float, int, int]] = []
        self.ticks = itertools.count()
        self.pauses = dict(enumerate(pauses, start=len(senders)))
        for number, sender in enumerate(senders):
            self.plan(sender.arrives, number)
        for number, (moment, _seconds) in self.pauses.items():
            self.plan(moment, number)

    def plan(self, moment: float, number: int) -> None:
        heapq.heappush(self.events, (moment, next(self.ticks), number))

    def run(self) -> World:
        for _step in range(5_000):
            if not self.events:
                return self
            now, _tick, number = heapq.heappop(self.events)
            self.state = expire(self.state, now, PERIOD, lambda waiter: waiter.pid not in self.dead)
            if number in self.pauses:
                self.state = pause(self.state, self.pauses[number][1], now)
            else:
                self.turn(number, now)
        raise AssertionError("they wait for ever")

    def turn(self, number: int, now: float) -> None:
        sender = self.senders[number]
        if sender.answers and now >= sender.arrives + sender.gives_up:
            if sender.dies:
                self.dead.add(number)
            else:
                self.state = withdraw(self.state, number)
            return
        waiter = self.waiters.get(number) or Waiter(number, number, 0, sender.limit)
        self.state, (self.waiters[number], seconds) = request(self.state, waiter, now, PERIOD)
        sender.answers.append((now, seconds))
        if not seconds:
            sender.sent = now
            self.log.append((now, sender))
            return
        wake = now + min(seconds, sender.slice) + sender.lag
        self.plan(min(wake, max(now, sender.arrives + sender.gives_up)), number)


def crowd(limits: Any, **habits: Any) -> Any:
    """Waiters that arrive within half a minute, by their time of arrival."""
    return st.lists(
        st.builds(Sender, limit=limits, arrives=eighths(0, 30), **habits), min_size=1, max_size=20
    ).map(lambda senders: sorted(senders, key=lambda sender: sender.arrives))


unruly = {
    "slice": eighths(4, 12),
    "lag": eighths(0, 8),
    "gives_up": st.just(1e9) | eighths(0, 20),
    "dies": st.booleans(),
}
pauses = st.lists(st.tuples(eighths(0, 40), eighths(-1, 20)), max_size=3).map(tuple)


@given(crowd(st.integers(0, 5), **unruly), pauses)
def test_nobody_sends_beyond_his_own_limit_or_into_a_pause(
    senders: list[Sender], stops: tuple[tuple[float, float], ...]
) -> None:
    world = World(senders, stops).run()
    for count, (moment, sender) in enumerate(world.log):
        recent = [time for time, _sender in world.log[: count + 1] if time > moment - PERIOD]
        assert not sender.limit or len(recent) <= sender.limit
        # Events of the same moment come in any order, hence the strict beginning.
        assert not any(start < moment < start + seconds for start, seconds in stops)


@given(crowd(st.just(3), **unruly), pauses)
def test_whoever_stays_gets_through(
    senders: list[Sender], stops: tuple[tuple[float, float], ...]
) -> None:
    World(senders, stops).run()
    assert all(sender.sent is not None for sender in senders if sender.gives_up == 1e9)


@given(st.integers(1, 5).flatmap(lambda limit: crowd(st.just(limit))))
def test_the_first_answer_is_the_whole_wait_and_no_longer_than_the_window_demands(
    senders: list[Sender],
) -> None:
    World(senders).run()
    expected: list[float] = []
    for sender in senders:
        earliest = [sender.arrives, *expected[-1:]]
        if len(expected) >= sender.limit:
            earliest.append(expected[-sender.limit] + PERIOD)
        expected.append(max(earliest))
        asked, seconds = sender.answers[0]
        assert asked + seconds == sender.sent == expected[-1]


@given(crowd(st.integers(1, 5)))
def test_first_come_first_served_even_with_different_limits(senders: list[Sender]) -> None:
    World(senders).run()
    sent = [sender.sent for sender in senders]
    assert sent == sorted(sent, key=lambda moment: moment or 0.0)


@given(
    crowd(
        st.just(2),
        slice=eighths(4, 12),
        gives_up=st.just(1e9) | eighths(0, 20),
        dies=st.booleans(),
    )
)
def test_the_first_answer_is_kept_where_nobody_pauses_or_is_late(senders: list[Sender]) -> None:
    """Who comes later may be told too little: that someone moved up, not that he sleeps on."""
    World(senders).run()
    leaving = [sender.arrives + sender.gives_up for sender in senders if sender.sent is None]
    for sender in senders:
        promised = [asked + seconds for asked, seconds in sender.answers]
        if sender.arrives < min(leaving, default=1e9):
            assert max(promised) == promised[0]


@given(crowd(st.integers(1, 3)), st.integers(1, 3), st.booleans())
def test_giving_up_or_dying_frees_the_place(senders: list[Sender], limit: int, dies: bool) -> None:
    """With a waiter in the middle of the queue that goes away, all is as if it had never come."""
    state = State()
    for number, sender in enumerate(senders):
        state, _answer = request(state, Waiter(number, number, 0, sender.limit), 30.0, PERIOD)
    with_me, (_me, seconds) = request(state, Waiter(99, 99, 0, limit, since=15.0), 30.0, PERIOD)
    if seconds:
        assert len(with_me.waiters) == len(state.waiters) + 1
        if dies:
            assert expire(with_me, 30.0, PERIOD, lambda waiter: waiter.pid != 99) == state
        else:
            assert withdraw(with_me, 99) == state


@given(crowd(st.integers(1, 5)), st.integers(1, 6), pauses)
def test_room_is_what_could_really_go_at_once(
    senders: list[Sender], limit: int, stops: tuple[tuple[float, float], ...]
) -> None:
    world = World(senders, stops)
    world.events = [event for event in world.events if event[0] <= 20]
    world.run()
    now = max(world.state.sends, default=0.0)
    state = expire(world.state, now, PERIOD, lambda _waiter: True)
    promised, gone = free_now(state, limit, now, PERIOD), 0
    while gone < 100:
        state, (_waiter, seconds) = request(state, Waiter(1000 + gone, 1, 0, limit), now, PERIOD)
        if seconds:
            break
        gone += 1
    assert gone == promised


def test_what_is_sent_was_due_now() -> None:
    _state, (waiter, seconds) = request(State(), Waiter(1, 1, 0, 1), 7.0, PERIOD)
    assert (waiter.due, seconds) == (7.0, 0.0)


def test_what_is_given_back_counts_no_more() -> None:
    assert give_back(State(sends=(1.0, 2.0, 3.0)), iter([2.0, 9.0])).sends == (1.0, 3.0)


def test_a_burst_up_to_the_limit_goes_at_once() -> None:
    senders = [Sender(60, 0.0) for _turn in range(61)]
    World(senders).run()
    assert [sender.answers[0][1] for sender in senders] == [0.0] * 60 + [PERIOD]


def test_a_waiter_that_does_not_come_lapses_and_gets_back_in_where_it_was() -> None:
    state = State(sends=(0.0,))
    state, (first, _seconds) = request(state, Waiter(1, 1, 0, 1), 1.0, PERIOD)
    state, (second, seconds) = request(state, Waiter(2, 2, 0, 1), 2.0, PERIOD)
    assert (first.due, second.due, seconds) == (10.0, 20.0, 18.0)
    late = 10.0 + GRACE + 0.125
    state = expire(state, late, PERIOD, lambda _waiter: True)
    assert [waiter.ident for waiter in state.waiters] == [2]
    assert request(state, second, late, PERIOD)[1][1] == 0.0
    state, (first, seconds) = request(state, first, late, PERIOD)
    assert seconds == 0.0, "the first one is back, and ahead of the second again"


def test_not_paced_by_count_counts_for_others_and_waits_for_a_pause_only() -> None:
    state = State(sends=(1.0,))
    state, (_sender, seconds) = request(state, Waiter(1, 1, 0, 1), 1.0, PERIOD)
    assert seconds == PERIOD
    for number in range(3):
        state, (_free, seconds) = request(state, Waiter(10 + number, 1, 0, 0), 2.0, PERIOD)
        assert seconds == 0.0
    assert state.sends == (1.0, 2.0, 2.0, 2.0)
    assert forecast(state, state.waiters, 2.0, PERIOD) == [12.0]
    paused = pause(state, 5.0, 2.0)
    after, (_free, seconds) = request(paused, Waiter(20, 1, 0, 0), 3.0, PERIOD)
    assert (after, seconds) == (paused, 4.0), "it waits without a place in the queue"


def test_a_shorter_pause_does_not_shorten_a_longer_one() -> None:
    state = pause(pause(State(), 30.0, 0.0), 5.0, 1.0)
    assert state.pause_end == 30.0
    assert pause(state, 40.0, 1.0).pause_end == 41.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("-inf"), float("nan")])
def test_a_pause_of_no_length_is_none(seconds: float) -> None:
    assert pause(State(), seconds, 5.0) == State()


@pytest.mark.parametrize("seconds", [1e12, float("inf")])
def test_an_absurd_pause_is_cut(seconds: float) -> None:
    assert pause(State(), seconds, 5.0).pause_end == 5.0 + MAX_PAUSE


def test_a_low_limit_is_not_starved_by_higher_ones_due_at_the_same_moment() -> None:
    """The low one is due at 10 but wakes up a little late, each time."""
    low = Sender(1, 0.125, lag=0.03125)
    high = [Sender(5, 0.25) for _turn in range(10)]
    World([Sender(1, 0.0), low, *high]).run()
    assert low.sent == 10.03125
    assert min(sender.sent or 0.0 for sender in high) == 10.0625


def test_two_that_came_at_the_same_moment_and_always_lapse_do_not_wait_for_each_other() -> None:
    late = [Sender(1, 11.25, slice=7.125, lag=8.0), Sender(1, 11.25, slice=10.125, lag=5.125)]
    World([Sender(0, 0.0, slice=4.0), *late], ((0.0, 11.375),)).run()
    assert all(sender.sent is not None for sender in late)


def test_what_lies_in_the_future_or_too_far_back_is_dropped() -> None:
    here = Waiter(1, 1, 0, 1, since=95.0, due=105.0)
    state = State(
        sends=(89.0, 90.0, 91.0, 100.0, 101.0),
        waiters=(here, here._replace(ident=2, since=101.0)),
        pause_end=100.0 + MAX_PAUSE + 1,
    )
    assert expire(state, 100.0, PERIOD, lambda _waiter: True) == State((91.0, 100.0), (here,))


def test_the_record_is_bounded() -> None:
    state = State()
    for number in range(MAX_SENDS + 10):
        state, _answer = request(state, Waiter(number, 1, 0, 0), number / 1e6, PERIOD)
    for number in range(MAX_WAITERS + 10):
        state, (_waiter, seconds) = request(state, Waiter(number, 1, 0, 1), 1.0, PERIOD)
        assert seconds > 0
    assert (len(state.sends), len(state.waiters)) == (MAX_SENDS, MAX_WAITERS)
    assert state.sends[-1] == (MAX_SENDS + 9) / 1e6, "the newest stay"


def test_merging_keeps_what_either_knows() -> None:
    mine = State((1.0, 3.0), (Waiter(1, 1, 0, 1),), 9.0)
    assert merge(State((1.0, 2.0), (), 5.0), mine) == State((1.0, 2.0, 3.0), (), 9.0)
