# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source against a simulated portal, with a clock of the test's own: no test waits for an interval."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import WireguardError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.options import (
    validated_watch,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.watching import Watcher

from .world import seed

Step = Callable[[], Any]


class Source:
    """A source that looks once at the beginning, and once after each of the steps of :meth:`run`.

    A step comes when all looks before it have ended, but for those at the ``silent`` servers.
    """

    def __init__(self, *, silent: Collection[int] = (), **args: Any) -> None:
        self._silent = set(silent)
        self.events: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.naps: list[float] = []
        self.end: WireguardError | None = None
        self._args = args

    def run(self, *steps: Step) -> Source:
        """Look, and after each step again. ``end`` is what ended it, if anything did."""
        asyncio.run(self._run(list(steps)))
        return self

    @property
    def told(self) -> list[tuple[str, str | None]]:
        return [(event["type"], event["user"]) for event in self.events]

    async def _run(self, steps: list[Step]) -> None:
        task = asyncio.current_task()
        now = 0.0

        async def put(event: dict[str, Any]) -> None:
            self.events.append(event)

        async def sleep(seconds: float) -> None:
            nonlocal now
            while watcher.looking - self._silent:
                await asyncio.sleep(0.002)
            now += seconds
            self.naps.append(seconds)
            if not steps:
                raise _EnoughError
            steps.pop(0)()

        assert task is not None
        watch = validated_watch(self._args, os.environ)
        watcher = Watcher(watch, put, self.lines.append, sleep=sleep, clock=lambda: now)
        try:
            self.end = await watcher.run()
        except _EnoughError:
            pass


class _EnoughError(Exception):
    """There are no steps left."""


def device(name: str, **fields: Any) -> dict[str, Any]:
    """A user as a seed holds it; one that is offline and has moved nothing, if nothing else is said."""
    idle = {"online": False, "last_seen": None, "rx_bytes": 0, "tx_bytes": 0}
    return {"client_name": name, **idle, **fields}


def devices(*servers: Mapping[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
    """A seed: the first list of users is on server 5, the second on server 6, and so on."""
    rows = [
        {"id": number, "name": f"server{number}", "users": users}
        for number, users in enumerate(servers, start=5)
    ]
    return seed(*rows)
