# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many simulated portals in one process: starting a process for each would take longer than all the rest.

As a program it starts as many as its argument says, prints their addresses, and ends with its standard
input.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from simulator.process import ROOT, Simulator


class Tenant(Simulator):
    """One of them, for whoever uses it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


@contextmanager
def started(number: int) -> Iterator[list[str]]:
    """Addresses of portals, as long as they are needed."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, str(number)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("there are pipes")
        yield process.stdout.readline().split()
        process.stdin.close()


async def serve_all(number: int) -> None:
    """Serve until standard input ends."""
    from simulator.__main__ import make_parser, make_start
    from simulator.endpoints import BASE
    from simulator.listener import Listener
    from simulator.portal import Portal
    from simulator.server import serve

    options = make_parser().parse_args(["--rate-limit", "0"])
    listeners = [Listener("127.0.0.1", 0) for _turn in range(number)]
    waiting = number

    def ready() -> None:
        nonlocal waiting
        waiting -= 1
        if not waiting:
            print(*(f"{listener.url}{BASE}" for listener in listeners), flush=True)

    servers = [
        asyncio.ensure_future(serve(Portal(make_start(options)), listener, ready))
        for listener in listeners
    ]
    await asyncio.to_thread(sys.stdin.read)
    for server in servers:
        server.cancel()
    await asyncio.wait(servers)


if __name__ == "__main__":
    asyncio.run(serve_all(int(sys.argv[1])))
