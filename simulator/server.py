# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole web application, and running it until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from . import control
from .answers import failed
from .app import Api
from .endpoints import BASE
from .gate import gate
from .listener import Listener
from .portal import Portal

# How long an answer that is under way may take when the simulator is to stop, in seconds.
PATIENCE = 0.05


def make_app(portal: Portal, listener: Listener) -> web.Application:
    """The API below its base, and the control below its prefix."""
    api = web.Application(middlewares=[gate(portal, listener)])
    api.add_routes(Api(portal).routes())
    own = web.Application(middlewares=[control.say_what_is_wrong], client_max_size=256 * 2**20)
    own.add_routes(control.Control(portal).routes())
    app = web.Application(middlewares=[_outermost(listener)])
    app.add_subapp(BASE, api)
    app.add_subapp(control.PREFIX, own)
    return app


def _outermost(listener: Listener) -> Middleware:
    @web.middleware
    async def outermost(request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol
        listener.busy.add(connection)
        try:
            return await handler(request)
        except web.HTTPException as error:
            return failed(error)
        finally:
            listener.busy.discard(connection)

    return outermost


async def serve(
    portal: Portal, listener: Listener, ready: Callable[[], None], *, stop_at_eof: bool = False
) -> None:
    """Listen, say so, and go on until a signal comes (or, if told so, standard input ends)."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if stop_at_eof:
        loop.add_reader(sys.stdin, _stop_at_eof, stop)
    runner = web.AppRunner(make_app(portal, listener), access_log=None, shutdown_timeout=PATIENCE)
    await runner.setup()
    try:
        if runner.server is not None:
            await listener.open(runner.server)
            ready()
            await stop.wait()
    finally:
        listener.close()
        await runner.cleanup()


def _stop_at_eof(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin)
        stop.set()
