# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Looks at one server: the events that a look makes, and what is done about one that fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from .._api.portal import Portal
from .._api.settings import ApiSettings
from .._errors import RequestError, WaitRefusedError, WireguardError
from .._model import Server
from .._pacing.cancel import BatchEnd, reading_for
from .belief import STANDS, Belief, Rules
from .changes import Change, event
from .notices import Notices

Put = Callable[[dict[str, Any]], Awaitable[Any]]
T = TypeVar("T")

LONGEST_PAUSE = 600.0
"""Seconds from one try to the next, at a server that refuses to be looked at."""


class Desk:
    """What the looks at all servers share. ``clock`` is in seconds."""

    def __init__(
        self,
        settings: ApiSettings,
        events: frozenset[str],
        put: Put,
        notices: Notices,
        clock: Callable[[], float],
    ) -> None:
        self.notices = notices
        self.clock = clock
        self._settings = settings
        self._events = events
        self._put = put
        self._putting = asyncio.Lock()
        # Connecting, reading, another page: a portal that never comes to an end holds up no server for ever.
        self._longest = 3 * settings.timeout + settings.max_wait + 10.0

    async def answer(self, ask: Callable[[Portal], T]) -> T:
        """What the portal answers. A portal object for each, as its allowance of waiting is one task's.

        Raises a ``WireguardError`` where the answer has no end within the longest time that a look may take.
        """
        portal = Portal(self._settings, self.notices.waits)
        try:
            return await asyncio.wait_for(in_background(lambda: ask(portal)), self._longest)
        except asyncio.TimeoutError:
            raise WireguardError(
                f"there was no end of the answer within {self._longest:.0f} s"
            ) from None
        finally:
            self.notices.warned(portal.pacing_warning)

    async def send(self, server: Server, changes: Sequence[Change]) -> None:
        """Put the events of one look into the queue, whatever other looks send meanwhile."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        async with self._putting:
            for change in changes:
                if change.type in self._events:
                    await self._put(event(server, change, now))


class ServerWatch:
    """One server. ``due`` is when it is looked at next, in seconds of the clock."""

    def __init__(self, server: Server, desk: Desk, rules: Rules) -> None:
        self.id = server.id
        self.due = 0.0
        self._server = server
        self._name = f"server {server.label()}"
        self._desk = desk
        self._rules = rules
        self._belief = Belief(rules)
        self._failures = 0
        self._absences = 0
        self._trouble = False

    async def look(self) -> WireguardError | None:
        """Look once (E2), and send what changed. What is returned ends the source."""
        try:
            users = await self._desk.answer(lambda portal: portal.users(self.id))
        except WaitRefusedError as exc:
            # Others use the rate limit. To queue up would only delay them, and the next look.
            self._desk.notices.left_out(self._name, exc)
            return None
        except WireguardError as exc:
            return exc if key_refused(exc) else await self._failed(exc)
        self._desk.notices.answered(self._name)
        if self._trouble:
            self._belief.nobody_looked()
        self._failures, self._absences, self._trouble = 0, 0, False
        await self._desk.send(self._server, self._belief.look(users, self._desk.clock()))
        return None

    async def _failed(self, error: WireguardError) -> WireguardError | None:
        """A look failed. A server that refuses is tried again less and less often."""
        self._failures += 1
        # portal-api, "status of an unknown id": it may be gone, or a firewall is in the way.
        refused = isinstance(error, RequestError) and error.may_be_gone
        then = ""
        if refused:
            pause = min(self._rules.interval * 2 ** min(self._failures - 1, 16), LONGEST_PAUSE)
            self.due = self._desk.clock() + pause - self._rules.interval / 2
            then = "the server is given up, and tried again from time to time"
        self._desk.notices.failed(self._name, error, then)
        if not self._trouble and (refused or self._failures >= STANDS):
            self._trouble = True
            trouble = Change("trouble", why=f"can't be looked at: {error}")
            await self._desk.send(self._server, [trouble])
        return await self._look_for_it() if refused else None

    async def _look_for_it(self) -> WireguardError | None:
        """Whether the account still has the server (E1). If not, its users are gone with it."""
        try:
            listed = await self._desk.answer(lambda portal: portal.servers())
        except WireguardError as exc:
            return exc if key_refused(exc) else None
        absent = self.id not in {server.id for server in listed}
        self._absences = self._absences + 1 if absent else 0
        if self._absences >= self._rules.settle:
            await self._desk.send(self._server, self._belief.gone())
        return None


def key_refused(error: WireguardError) -> bool:
    """Whether looking again is pointless."""
    return isinstance(error, RequestError) and error.status == 401


async def in_background(work: Callable[[], T]) -> T:
    """What ``work`` returns or raises, done in a daemon thread of its own.

    A cancellation does not wait for it: it sends no further request, and waits for nothing any more. Of
    ``asyncio.to_thread`` the loop and the interpreter wait for the thread's end: a portal that is silent
    would hold up a shutdown until its time-out.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()
    batch_end = BatchEnd()

    def settle(how: Callable[[Any], None], value: Any) -> None:
        if not outcome.done():
            how(value)

    def deliver(how: Callable[[Any], None], value: Any) -> None:
        try:
            loop.call_soon_threadsafe(settle, how, value)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    def run() -> None:
        try:
            with reading_for(batch_end):
                result = work()
        except BaseException as exc:  # noqa: BLE001 - handed on, whatever it is
            deliver(outcome.set_exception, exc)
        else:
            deliver(outcome.set_result, result)

    threading.Thread(target=run, name="premiervpn.wireguard", daemon=True).start()
    try:
        return await outcome
    finally:
        batch_end.announce()
