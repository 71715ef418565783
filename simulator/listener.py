# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listening socket, which can stop listening for a while, and its connections."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import web

BACKLOG = 512


class NotLoopbackError(ValueError):
    """The address is one that other machines could reach."""


def loopback_address(host: str) -> str:
    """The address to bind to. The control has no password, so nobody else may get there."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise NotLoopbackError(
        f"{host} is not a loopback address; the simulator is for this machine only"
    )


class Listener:
    """Accepts connections for an aiohttp server."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._address = (loopback_address(host), port)
        self._tls = tls
        self._handlers: web.Server | None = None
        self._server: asyncio.Server | None = None
        self._placeholder: socket.socket | None = None
        self._resumption: asyncio.TimerHandle | None = None
        self._resuming: asyncio.Task[None] | None = None
        #: The connections that wait for their answer, as the middleware tells.
        self.busy: set[Any] = set()

    @property
    def url(self) -> str:
        """Where it listens, once it does."""
        host, port = self._address
        scheme = "https" if self._tls else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def open(self, handlers: web.Server) -> None:
        """Start listening; OSError if the port is taken."""
        self._handlers = handlers
        listening = self._bind()
        self._address = (self._address[0], listening.getsockname()[1])
        await self._listen(listening, handlers)

    def interrupt(self, seconds: float) -> None:
        """Refuse connections for a while, and close those that are idle.

        Those that wait for an answer get it, and are closed then.
        """
        if self._server is not None:
            self._server.close()
            self._server = None
            # Bound, but not listening: connections are refused, and nobody else takes the port.
            self._placeholder = self._bind()
        for connection in self._handlers.connections if self._handlers else ():
            if connection in self.busy:
                connection.close()
            else:
                connection.force_close()
        if self._resumption is not None:
            self._resumption.cancel()
        self._resumption = asyncio.get_running_loop().call_later(seconds, self._resume)

    def close(self) -> None:
        """Stop listening, now or in an interruption."""
        if self._resumption is not None:
            self._resumption.cancel()
        if self._server is not None:
            self._server.close()
        if self._placeholder is not None:
            self._placeholder.close()

    def _resume(self) -> None:
        listening, self._placeholder, self._resumption = self._placeholder, None, None
        if listening is not None and self._handlers is not None:
            # Kept, as a task that nobody holds may be collected before it is done.
            self._resuming = asyncio.ensure_future(self._listen(listening, self._handlers))

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        bound = socket.socket(family)
        # A port whose last connections are still winding up may be taken again at once.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(self._address)
        except OSError:
            bound.close()
            raise
        return bound

    async def _listen(self, bound: socket.socket, handlers: web.Server) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            handlers, sock=bound, ssl=self._tls, backlog=BACKLOG
        )
