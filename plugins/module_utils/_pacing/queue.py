# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The arithmetic of the request budget: a sliding window of sends with a queue behind it.

Plain values and pure functions: no clock, no file, no process is touched here.

All times are seconds of one monotonic clock; every function takes the time it is. A `period`
is the portal's window plus our margin: within one period at most `limit` sends.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from math import inf
from typing import NamedTuple

MAX_SENDS = 4096
"""Sends remembered at most; a higher rate limit than this is paced as this one."""

MAX_WAITERS = 512
"""Waiters kept at most; who finds the queue full gets an estimate and asks again later."""

MAX_PAUSE = 3600.0
"""Seconds. One absurd Retry-After must not lock a key out on this machine until it reboots."""

GRACE = 5.0
"""Seconds a waiter may come late before it loses its place. If it comes after all, it gets back in
where it was, so a short grace costs nobody anything."""

STEP = 1e-6
"""Seconds between the times of sends that are counted at the same moment."""

HANDOVER = 0.0625
"""Seconds that a waiter leaves to one with a lower limit just ahead, who is due at the same moment
but could not go any more once this one went."""


class Waiter(NamedTuple):
    """One waiter. `since`, then `ident`, orders the queue; `due` is when it may send."""

    ident: int
    pid: int
    birth: int  # start time of the process in kernel ticks, 0: not known
    limit: int  # this waiter's own rate limit, 0: not paced by count
    since: float = inf  # until it first asks
    due: float = inf
    size: int = 1  # requests that are to be able to go out together


class State(NamedTuple):
    """What all who share a budget know: sends in the order of time, waiters in that of the queue."""

    sends: tuple[float, ...] = ()
    waiters: tuple[Waiter, ...] = ()
    pause_end: float = 0.0


def expire(state: State, now: float, period: float, alive: Callable[[Waiter], bool]) -> State:
    """Drop what no longer counts or can't be true: old, from the future, dead, not collected."""
    sends = state.sends[bisect_right(state.sends, now - period) : bisect_right(state.sends, now)]
    pause_end = state.pause_end if now < state.pause_end <= now + MAX_PAUSE else 0.0
    waiters = tuple(p for p in state.waiters if p.since <= now <= p.due + GRACE and alive(p))
    return State(sends, waiters, pause_end)


def forecast(state: State, waiters: Iterable[Waiter], now: float, period: float) -> list[float]:
    """When each of `waiters` can send, if they are the whole queue.

    Each waits for the send that is `limit` sends earlier to leave the window, and nobody sends
    before those ahead of him could: a low limit would else be starved by higher ones behind it.
    """
    times = list(state.sends)
    moments: list[float] = []
    earliest = max(now, state.pause_end)
    limit = MAX_SENDS
    for waiter in waiters:
        if waiter.limit > limit:
            earliest += HANDOVER
        limit = waiter.limit
        if limit and len(times) + waiter.size > limit:
            earliest = max(earliest, times[waiter.size - 1 - limit] + period)
        times += [earliest] * waiter.size
        moments.append(earliest)
    return moments


def request(
    state: State, me: Waiter, now: float, period: float
) -> tuple[State, tuple[Waiter, float]]:
    """Send now if it is my turn, or else wait on in the queue. Returns the waiter, and the
    seconds until its turn (0.0: sent).

    Waiters ahead that are due and have not come yet count as sent now, so that their room is kept
    for them, but nobody waits for them to come, unless they have a lower limit (`HANDOVER`).
    """
    me = me._replace(since=min(me.since, now))
    others = tuple(p for p in state.waiters if p.ident != me.ident)
    before = bisect_left([(p.since, p.ident) for p in others], (me.since, me.ident))
    # Not paced by count: neither waits in the queue nor holds anybody up in it.
    ahead, behind = (others[:before], others[before:]) if me.limit else ((), others)
    me = me._replace(due=forecast(state, [*ahead, me], now, period)[-1])
    if me.due <= now:
        sends = (*state.sends, *stamps(now, me.size))[-MAX_SENDS:]
        return State(sends, others, state.pause_end), (me._replace(due=now), 0.0)
    queue = (*ahead, *([me] if me.limit else []), *behind)[:MAX_WAITERS]
    return state._replace(waiters=queue), (me, me.due - now)


def stamps(now: float, count: int) -> tuple[float, ...]:
    """The times of so many sends at once: each its own, so that none is taken for another."""
    return tuple(now - number * STEP for number in reversed(range(count)))


def give_back(state: State, unused: Iterable[float]) -> State:
    """Take sends that were counted and will not be made out of the record."""
    unused = set(unused)
    return state._replace(sends=tuple(send for send in state.sends if send not in unused))


def withdraw(state: State, ident: int) -> State:
    """Leave the queue; those behind move up."""
    return state._replace(waiters=tuple(p for p in state.waiters if p.ident != ident))


def pause(state: State, seconds: float, now: float) -> State:
    """Nobody sends for `seconds`; a shorter pause does not shorten a longer one."""
    if not seconds > 0:  # also turns away NaN
        return state
    return state._replace(pause_end=max(state.pause_end, now + min(seconds, MAX_PAUSE)))


def estimate(state: State, requests: int, limit: int, now: float, period: float) -> float:
    """Seconds until the last of so many requests could go out, behind those that already wait."""
    more = [Waiter(ident=0, pid=0, birth=0, limit=limit)] * requests
    return max(0.0, forecast(state, [*state.waiters, *more], now, period)[-1] - now)


def free_now(state: State, limit: int, now: float, period: float) -> int:
    """How many requests could go out now, behind those that already wait."""
    more = [Waiter(ident=0, pid=0, birth=0, limit=limit)] * limit
    moments = forecast(state, [*state.waiters, *more], now, period)
    return sum(moment <= now for moment in moments[len(state.waiters) :])


def merge(shared: State, seen: State) -> State:
    """The shared record, plus sends and a pause that only this process remembers."""
    sends = tuple(sorted({*shared.sends, *seen.sends}))[-MAX_SENDS:]
    return State(sends, shared.waiters, max(shared.pause_end, seen.pause_end))
