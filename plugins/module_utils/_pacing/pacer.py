# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""When a task's next request may go out: the budget, the allowance, and what may not wait."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .._errors import AllowanceSpentError, RequestError, TooManyRequestsError, WaitRefusedError
from .allowance import MAX_ATTEMPTS, SLICE, Allowance, backoff
from .budget import Budget, Reservation, Ticket
from .cancel import Interrupt, Uninterrupted, batch_of_thread
from .progress import Report, Wait, Work

# What putting back may wait in all, whatever max_wait says: to give up would cost somebody a rule. It is
# two windows of the portal's rate limit (portal-api, row "rate limit"), and a request's answers of 429.
RESTORING_WAIT = 150.0
MOST_REFUSED = 6

# Seconds of work that are not worth a line.
LONG = 5.0


class Pacer:
    """Paces the requests of one task. Safe to share between threads, but for the two contexts.

    ``report`` is called with every wait for the rate limit, as it begins.
    """

    def __init__(
        self,
        budget: Budget,
        max_wait: float,
        report: Report | None = None,
        interrupt: Interrupt | None = None,
        *,
        attempts: int = MAX_ATTEMPTS,
    ) -> None:
        self.interrupt = interrupt or Uninterrupted()
        self._budget = budget
        self._report = report
        self._attempts = attempts
        self._expected = 0
        self._work_began = 0.0
        self._lock = threading.Lock()
        self._allowance = Allowance(max_wait, sleep=self._sleep)
        self._reservation: Reservation | None = None
        self._restoring = False

    def expect(self, requests: int) -> None:
        """So many requests are about to be made.

        Raises ``WaitRefusedError`` at once where they can't all go out within the allowance.
        """
        # What is reserved, or puts something back, waits for no turn.
        seconds = 0.0 if self._reservation else self._budget.estimate(requests)
        left = self._allowance.left
        if requests > 1 and seconds > left:
            raise WaitRefusedError(
                f"{requests} requests are needed, and at rate_limit ({self._budget.limit} a minute) the"
                f" last of them could go out in {seconds:.0f} s; {left:.0f} s of max_wait"
                f" ({self._allowance.max_wait:g} s) are left. None of them was sent; a max_wait of"
                f" {math.ceil(self._allowance.spent + seconds + 1)} would be enough",
                method=None,
                path=None,
            )
        with self._lock:
            self._expected = max(self._expected, requests)

    def answered(self) -> None:
        """One of the expected requests is answered."""
        with self._lock:
            self._expected = max(0, self._expected - 1)

    def progress(self, done: int, total: int) -> None:
        """So many steps are done, of all. Shown where they take long."""
        now = time.monotonic()
        self._work_began = self._work_began or now
        if self._report and done < total and now - self._work_began >= LONG:
            self._report(Work(done, total))

    def free_now(self) -> int | None:
        """How many requests could go out now without waiting (None: they are not paced)."""
        return self._budget.remaining()

    @property
    def unshared_reason(self) -> str | None:
        """Why the budget could not be shared with other processes; None: it could, or isn't paced."""
        return self._budget.unshared_reason

    def pause(self, seconds: float) -> None:
        """A 429 was learned: once, for every process that shares the budget."""
        self._budget.pause(seconds)

    def left(self) -> float:
        """Seconds that may still be waited."""
        return self._allowance.left

    def wait(self, seconds: float) -> bool:
        """Wait before another look or try. False, at once: the allowance has no room, or the task was cancelled."""
        if not self.interrupt.may_wait(seconds):
            return False
        try:
            while seconds > 0:
                self._allowance.wait(seconds)
                seconds -= SLICE
        except AllowanceSpentError:
            return False
        return True

    def wait_before_retry(self, attempt: int, error: RequestError) -> None:
        """Wait before another try, after ``attempt`` tries; raises ``error`` if that was the last."""
        if attempt >= self._attempts:
            raise error.saying(f"given up after {attempt} attempts") if attempt > 1 else error
        if self._restoring and not self.interrupt.may_wait(0):
            raise error.saying("not tried again, as the task was cancelled")
        try:
            self._allowance.wait(backoff(attempt))
        except AllowanceSpentError as exc:
            raise error.saying(f"not tried again: {exc}") from None

    def wait_for_turn(
        self, method: str, path: str, refused: TooManyRequestsError | None, attempts: int = 0
    ) -> None:
        """Wait for the turn of one request, as far as the allowance goes.

        ``refused`` is the 429 that the request met before, one of so many ``attempts``. Raises
        ``WaitRefusedError``.
        """
        if refused and self._restoring and attempts >= MOST_REFUSED:
            raise WaitRefusedError(
                f"{refused.message}; given up after {attempts} attempts",
                reason=f"given up after {attempts} attempts",
                **refused.facts(),
            )
        batch = batch_of_thread()
        if batch:
            batch.check()
        if self._reservation:
            self._reservation.use_one()
        ticket = self._budget.urgent() if self._reservation else self._budget.ticket()
        self._await(ticket, f"{method} {path} was not sent", method, path, refused)

    @contextmanager
    def reserved(self, requests: int) -> Iterator[None]:
        """In here requests go out without waiting for the rate limit: so many are reserved.

        Waits before the first of them until there is room for all. Raises ``WaitRefusedError``.
        """
        reservation = self._budget.reservation(requests)
        self._await(reservation, f"{requests} requests that belong together were not begun")
        self._reservation = reservation
        try:
            yield
        finally:
            self._reservation = None
            reservation.release()

    @contextmanager
    def must_finish(self) -> Iterator[None]:
        """In here something is put back: neither the rate limit nor max_wait nor a signal stops it."""
        reservation, allowance = self._reservation, self._allowance
        self._reservation = reservation or self._budget.reservation(1)
        self._allowance = Allowance(RESTORING_WAIT, sleep=self._sleep)
        self._restoring = True
        try:
            with self.interrupt.shield():
                yield
        finally:
            self._reservation, self._allowance = reservation, allowance
            self._restoring = False

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        """In here nothing waits: the task has failed or was cancelled, and there is nothing to save."""
        allowance, self._allowance = self._allowance, Allowance(0.0, sleep=self._sleep)
        try:
            yield
        finally:
            self._allowance = allowance

    def _await(
        self,
        ticket: Ticket,
        what: str,
        method: str | None = None,
        path: str | None = None,
        refused: TooManyRequestsError | None = None,
    ) -> None:
        try:
            while (seconds := ticket.wait()) > 0:
                # One that does not fit is reported once: as refused.
                if self._report and self._allowance.has_room(seconds):
                    self._report(Wait(seconds, max(1, self._expected)))
                self._allowance.wait(seconds)
        except AllowanceSpentError as exc:
            # Without a rate_limit of our own, nothing else holds anybody up.
            paused = refused or not self._budget.limit or self._budget.paused()
            why = "the portal's rate limit is used up" if paused else "rate_limit is used up"
            raise WaitRefusedError(
                f"{what}: {why} and {exc}",
                reason=str(exc),
                method=method,
                path=path,
                status=refused.status if refused else None,
                code=refused.code if refused else None,
                api_message=refused.api_message if refused else None,
            ) from None
        finally:
            ticket.give_up()

    def _sleep(self, seconds: float) -> None:
        (batch_of_thread() or self.interrupt).sleep(seconds)
