# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The request budget that all processes of this machine share for one key and portal.

A play with 50 hosts and 12 forks is 12 processes that know nothing of each other, and the portal
answers 429 above 60 requests a minute per key (portal-api, row "rate limit").

`identity` says which budget, `queue` holds the arithmetic, `shared_file` the file, `record` its
content. Where the file can't be used, the threads of this process still share the budget, `unshared_reason`
says why, and the file is tried again a window later. Nothing here raises because of the file, the clock or
another process.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from .identity import Identity, identity
from .queue import (
    MAX_SENDS,
    State,
    Waiter,
    estimate,
    expire,
    free_now,
    give_back,
    merge,
    pause,
    request,
    stamps,
    withdraw,
)
from .record import boot
from .shared_file import SharedFile

T = TypeVar("T")
Step = Callable[[State, float, float], tuple[State, T]]
"""From the record, the time and the period: the record after it, and an answer."""

MARGIN = 0.5
"""Seconds added to the window. The portal counts a request when it arrives: one that first had to
resolve, connect and shake hands arrives some 0.1 to 0.4 s later than one over an open connection,
which then comes less than a window after it. Costs 0.8 % of the rate."""


class Budget:
    """A sliding window of `rate_limit` requests in `window` seconds; 0 paces by pauses alone."""

    def __init__(
        self,
        api_url: str,
        api_key: str,
        rate_limit: int,
        *,
        window: float = 60.0,
        directory: str | None = None,
    ) -> None:
        """`directory` replaces the folder that is common to all processes of the machine."""
        self.limit = self._limit = min(max(rate_limit, 0), MAX_SENDS)
        self._record = _Record(identity(api_url, api_key, window, boot()), window, directory)

    @property
    def unshared_reason(self) -> str | None:
        """Why what was paced here was not shared with other processes; None: it was, or isn't paced."""
        return self._record.unshared_reason if self._limit else None

    def ticket(self) -> Ticket:
        """A ticket for one request about to be sent."""
        return Ticket(self._record, self._limit)

    def urgent(self) -> Ticket:
        """A ticket for a request that waits for nothing but a 429. It is counted all the same."""
        return Ticket(self._record, 0)

    def reservation(self, requests: int) -> Reservation:
        """Tickets for so many requests that are to be able to go out together.

        More than the limit never can: of those as many as it allows.
        """
        return Reservation(self._record, self._limit, requests)

    def estimate(self, requests: int) -> float:
        """Seconds until the last of so many requests could go out."""
        if not self._limit or requests < 1:
            return 0.0
        return self._record.change(
            lambda state, now, period: (state, estimate(state, requests, self._limit, now, period))
        )

    def pause(self, seconds: float) -> None:
        """A 429 was learned: nobody who shares this budget sends for so many seconds."""
        self._record.change(lambda state, now, _period: (pause(state, seconds, now), None))

    def paused(self) -> bool:
        """Whether it is a 429 that holds everybody up now."""
        return self._record.change(lambda state, now, _period: (state, state.pause_end > now))

    def remaining(self) -> int | None:
        """How many requests could go out at once now; None: not paced. For messages."""
        if not self._limit:
            return None
        return self._record.change(
            lambda state, now, period: (state, free_now(state, self._limit, now, period))
        )


class Ticket:
    """The right to send one request, when its turn comes. One thread uses it at a time."""

    def __init__(self, record: _Record, limit: int, count: int = 1) -> None:
        self._record = record
        self._limit = limit
        self._count = count
        self._waiter: Waiter | None = None
        self._sent = False

    def wait(self) -> float:
        """0.0: go now, the request is counted as sent. Else seconds to sleep before asking again.

        The first call joins the queue and returns the whole wait. Asking again
        sooner is cheap and finds out whether those ahead gave up or died; a pause, or a sender
        that is not paced, can make the answer grow.
        """
        if self._sent:
            return 0.0
        waiter = self._own_waiter() or self._new_waiter()
        self._waiter, seconds = self._record.change(
            lambda state, now, period: request(state, waiter, now, period)
        )
        self._sent = seconds == 0.0
        return seconds

    def give_up(self) -> None:
        """The request will not be sent: leave the queue. Harmless if repeated or after sending."""
        waiter, self._waiter = self._own_waiter(), None
        if waiter and not self._sent:
            self._record.change(lambda state, _now, _period: (withdraw(state, waiter.ident), None))

    def _own_waiter(self) -> Waiter | None:
        """Our entry in the queue; one that came along over a fork is the parent's."""
        return self._waiter if self._waiter and self._waiter.pid == os.getpid() else None

    def _new_waiter(self) -> Waiter:
        ident, pid = int.from_bytes(os.urandom(8), "little"), os.getpid()
        return Waiter(ident, pid, _own_birth(pid), self._limit, size=self._count)


class Reservation(Ticket):
    """The right to send several requests at once, when there is room for all of them."""

    def __init__(self, record: _Record, limit: int, requests: int) -> None:
        super().__init__(record, limit, min(requests, limit) if limit else 1)
        self._unused: list[float] = []

    def wait(self) -> float:
        if not self._limit or self._sent:
            return 0.0
        seconds = super().wait()
        if seconds == 0.0 and self._waiter:
            self._unused = list(stamps(self._waiter.due, self._waiter.size))
        return seconds

    def use_one(self) -> None:
        """One of them is sent now, and counted by a ticket of its own."""
        if self._unused:
            self._free([self._unused.pop()])

    def release(self) -> None:
        """The rest is not needed. Harmless if repeated."""
        unused, self._unused = self._unused, []
        if unused:
            self._free(unused)

    def _free(self, unused: list[float]) -> None:
        self._record.change(lambda state, _now, _period: (give_back(state, unused), None))


class _Record:
    """The record that all share, or, while its file can't be used, that of this process alone."""

    def __init__(self, who: Identity, window: float, directory: str | None) -> None:
        self.unshared_reason: str | None = None
        self._window = window
        # A tenth of a short window is enough: those are for portals on the loopback.
        self._period = window + min(MARGIN, window / 10)
        self._file = SharedFile(who, directory)
        self._key = (who.seal, self._file.path())

    def change(self, step: Step[T]) -> T:
        """Carry out `step` on the record. It may run twice, so it must be pure."""
        with _memory.lock:
            if _memory.unshared_until.get(self._key, 0.0) <= time.monotonic():
                try:
                    new, answer = self._file.update(lambda shared: self._on_shared(shared, step))
                except (OSError, ValueError) as exc:  # ValueError: a path that can't be one
                    _memory.unshared_until[self._key] = time.monotonic() + self._window
                    why = exc.strerror if isinstance(exc, OSError) else None
                    _memory.why[self._key] = f"{self._file.path()}: {why or exc}"
                else:
                    _memory.unshared_until.pop(self._key, None)
                    # Waiters stay out: without the file, nobody knows who still waits.
                    _memory.seen[self._key] = new._replace(waiters=())
                    return answer
            self.unshared_reason = _memory.why.get(self._key)
            seen = _memory.seen.get(self._key, State())
            _memory.seen[self._key], answer = self._run(seen, step)
            return answer

    def _on_shared(self, shared: State | None, step: Step[T]) -> tuple[State, tuple[State, T]]:
        """`step` on what the file holds, with what was sent alone or before the file was lost."""
        state = shared or State()
        if shared is None or self._key in _memory.unshared_until:
            state = merge(state, _memory.seen.get(self._key, State()))
        new, answer = self._run(state, step)
        return new, (new, answer)

    def _run(self, state: State, step: Step[T]) -> tuple[State, T]:
        now = time.monotonic()  # read under the lock, so that no entry is ahead of it
        return step(expire(state, now, self._period, _alive), now, self._period)


class _Memory:
    """What this process knows by itself, for each record. A fork gets a copy and a free lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.seen: dict[tuple[bytes, str], State] = {}
        self.unshared_until: dict[tuple[bytes, str], float] = {}
        self.why: dict[tuple[bytes, str], str] = {}

    def renew_lock(self) -> None:
        """In a child: the thread that held the lock, if any, was left behind."""
        self.lock = threading.Lock()


_memory = _Memory()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_memory.renew_lock)


def _alive(waiter: Waiter) -> bool:
    """Whether the process that waits still runs, and is not another with its number."""
    birth = _own_birth(waiter.pid) if waiter.pid == os.getpid() else _birth(waiter.pid)
    return birth is not None and (birth == waiter.birth or not birth or not waiter.birth)


@lru_cache(maxsize=1)
def _own_birth(pid: int) -> int:
    return _birth(pid) or 0


def _birth(pid: int) -> int | None:
    """When a process started, in ticks since boot; 0: not known here; None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name, in parentheses, may hold anything; state and start are fields 3 and 22.
            fields = file.read().rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else int(fields[19])
    except (OSError, ValueError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except (OSError, OverflowError):
        pass
    return 0
