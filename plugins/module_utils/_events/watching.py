# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The event source: looks at every server again and again, and puts what changed into a queue."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, NoReturn

from .._api.finding import servers_named
from .._api.portal import Portal
from .._api.transport import REQUESTS_IMPORT_ERROR
from .._errors import NotFoundError, RequestError, WireguardError
from .._model import Server, User
from .background import in_background
from .changes import changes, remembered
from .event import event
from .notices import Notices, Tell
from .options import Watch

Put = Callable[[dict[str, Any]], Awaitable[Any]]
Sleep = Callable[[float], Awaitable[Any]]


@dataclass(frozen=True)
class Look:
    """What was seen of a server. ``moment`` is on the monotonic clock, in seconds."""

    users: list[User]
    moment: float
    at: str


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
        # The next look is the next try.
        self._settings = replace(watch.settings, attempts=1)
        self._watch = watch
        self._put = put
        self._notices = Notices(tell, watch.interval)
        self._sleep = sleep
        self._clock = clock
        self._last: dict[int, Look] = {}

    async def run(self) -> WireguardError:
        """Look until that is pointless: what refused the key, or which server is not there."""
        if REQUESTS_IMPORT_ERROR:
            return WireguardError(f"{sys.executable} lacks the Python library requests")
        try:
            await self._look_for_ever()
        except WireguardError as exc:
            return exc

    async def _look_for_ever(self) -> NoReturn:
        servers: list[Server] = []
        while True:
            began = self._clock()
            servers = servers or await self._servers()
            await self._poll(servers)
            await self._sleep(max(0.0, began + self._watch.interval - self._clock()))

    async def _servers(self) -> list[Server]:
        """The servers to watch (E1), with their names; none yet if the portal could not tell."""
        portal = self._portal()
        try:
            listed = await in_background(portal.servers)
        except WireguardError as exc:
            if ends(exc):
                raise
            self._notices.failed("the servers", exc)
            return []
        self._notices.warned(portal.pacing_warning)
        if not listed:
            self._notices.failed("the servers", NotFoundError("the account has no server"))
            return []
        self._notices.answered("the servers")
        return servers_named(listed, self._watch.servers)

    async def _poll(self, servers: list[Server]) -> None:
        """One look at each server (E2), all at once; their events in the order of the servers."""
        portal = self._portal()
        found = await asyncio.gather(*(self._look(portal, server) for server in servers))
        refused: WireguardError | None = None
        for server, seen in zip(servers, found, strict=True):
            if isinstance(seen, Look):
                self._notices.answered(f"server {server.label()}")
                await self._tell_changes(server, seen)
            elif ends(seen):
                refused = refused or seen
            else:
                self._notices.failed(f"server {server.label()}", seen)
        self._notices.warned(portal.pacing_warning)
        if refused:
            raise refused

    async def _look(self, portal: Portal, server: Server) -> Look | WireguardError:
        try:
            users = await in_background(lambda: portal.users(server.id))
        except WireguardError as exc:
            return exc
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        return Look(users, self._clock(), now.replace("+00:00", "Z"))

    async def _tell_changes(self, server: Server, seen: Look) -> None:
        last = self._last.get(server.id)
        if last is None:
            self._last[server.id] = seen
            return
        users = remembered(last.users, seen.users)
        over = self._watch.traffic_over
        if over is not None:
            # Looks that failed between the two make the time longer, and so what is too much.
            over *= max(1.0, (seen.moment - last.moment) / self._watch.interval)
        found = changes(last.users, users, traffic_over=over, wanted=self._watch.events)
        self._last[server.id] = replace(seen, users=users)
        for change in found:
            await self._put(event(server, change, seen.at))

    def _portal(self) -> Portal:
        """One for each look, as the allowance of waiting is that of one task."""
        return Portal(self._settings, self._notices.waits)


def ends(error: WireguardError) -> bool:
    """Whether looking again is pointless: the key is refused."""
    return isinstance(error, RequestError) and error.status in (401, 403)
