# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The event source: looks at every server again and again, and puts what changed into a queue."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from .._api.finding import servers_named
from .._api.transport import REQUESTS_IMPORT_ERROR
from .._errors import NotFoundError, WireguardError
from .._model import Server
from .belief import Rules
from .looking import Desk, Put, ServerWatch, key_refused
from .notices import Notices, Tell
from .options import Watch

Sleep = Callable[[float], Awaitable[Any]]

SHARE = 0.5
"""Of the rate limit, for the looks: the rest is for the playbooks that use the same key."""

LONGEST_WAIT = 15.0
"""Seconds that a look may wait for the rate limit; an interval, where that is longer."""

FAREWELL = 2.0
"""Seconds that the other looks still have when one of them ends the source."""


class Watcher:
    """Watches the servers for one queue, until it is cancelled.

    ``tell`` gets each line that a person should read. ``sleep`` and ``clock`` (seconds) are for tests.
    """

    def __init__(
        self,
        watch: Watch,
        put: Put,
        tell: Tell,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        most = min(watch.settings.max_wait, max(watch.interval, LONGEST_WAIT))
        # The next look is the next try.
        settings = replace(watch.settings, attempts=1, max_wait=most)
        self._watch = watch
        self._notices = Notices(tell, watch.interval, most)
        self._desk = Desk(settings, watch.events, put, self._notices, clock)
        self._sleep = sleep
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self.looking: set[int] = set()
        """The ids of the servers at which a look is under way."""

    async def run(self) -> WireguardError:
        """Look until that is pointless: what refused the key, or which server is not there."""
        if REQUESTS_IMPORT_ERROR:
            return WireguardError(f"{sys.executable} lacks the Python library requests")
        self._end: asyncio.Future[WireguardError] = asyncio.get_running_loop().create_future()
        ticks = self._started(self._ticks())
        try:
            end = await self._end
            looks = self._tasks - {ticks}
            if looks:
                await asyncio.wait(looks, timeout=FAREWELL)
            return end
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _started(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, WireguardError):
            self._end_with(error)
        elif error and not self._end.done():
            self._end.set_exception(error)

    def _end_with(self, error: WireguardError) -> None:
        if not self._end.done():
            self._end.set_result(error)

    async def _ticks(self) -> None:
        servers = await self._servers()
        interval = self._interval(len(servers))
        asked = self._watch
        rules = Rules(asked.settle, asked.catch_up, asked.traffic_over, asked.interval)
        watches = [ServerWatch(server, self._desk, rules) for server in servers]
        while True:
            began = self._clock()
            for watch in watches:
                # A look that is still under way delays no other, and is not sent twice.
                if watch.due <= began and watch.id not in self.looking:
                    self.looking.add(watch.id)
                    self._started(self._look(watch))
            await self._sleep(max(0.0, began + interval - self._clock()))

    async def _look(self, watch: ServerWatch) -> None:
        try:
            refused = await watch.look()
        finally:
            self.looking.discard(watch.id)
        if refused:
            self._end_with(refused)

    async def _servers(self) -> list[Server]:
        """The servers to watch (E1), with their names, as soon as the portal lists them."""
        while True:
            try:
                listed = await self._desk.answer(lambda portal: portal.servers())
                if not listed:
                    raise NotFoundError("the account has no server")
            except WireguardError as exc:
                if key_refused(exc):
                    raise
                self._notices.failed("the servers", exc)
            else:
                self._notices.answered("the servers")
                return servers_named(listed, self._watch.servers)
            await self._sleep(self._watch.interval)

    def _interval(self, servers: int) -> float:
        """Seconds from look to look: those that were asked for, or what the rate limit carries."""
        limit, asked = self._watch.settings.rate_limit, self._watch.interval
        interval = max(asked, servers * 60 / (SHARE * limit)) if limit else asked
        if interval > asked:
            self._notices.stretched(servers, asked, interval, limit)
        return interval
