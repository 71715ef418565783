# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own routes, under /_simulator. No key, no rate limit, no journal."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from . import device, unpublished, views
from .answers import refused
from .portal import Portal
from .refusal import Refusal
from .shapes import Shapes

PREFIX = "/_simulator"


class Control:
    """Reads and sets what a portal would never show."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def routes(self) -> list[web.RouteDef]:
        """All routes, below the prefix."""
        return [
            web.route("GET", "/requests", self.show_requests),
            web.route("DELETE", "/requests", self.clear_requests),
            web.route("GET", "/faults", self.show_faults),
            web.route("POST", "/faults", self.add_fault),
            web.route("DELETE", "/faults", self.clear_faults),
            web.route("GET", "/shapes", self.show_shapes),
            web.route("PUT", "/shapes", self.set_shapes),
            web.route("PATCH", "/shapes", self.change_shapes),
            web.route("GET", "/settings", self.show_settings),
            web.route("PATCH", "/settings", self.change_settings),
            web.route("GET", "/state", self.show_state),
            web.route("GET", "/devices", self.show_devices),
            web.route("POST", "/reset", self.reset),
        ]

    async def show_requests(self, request: web.Request) -> web.Response:
        """The journal."""
        return web.json_response({"requests": self.portal.journal.as_json()})

    async def clear_requests(self, request: web.Request) -> web.Response:
        """Forget the journal."""
        self.portal.journal.clear()
        return web.json_response({"requests": []})

    async def show_faults(self, request: web.Request) -> web.Response:
        """The faults, and how often each was seen and fired."""
        return web.json_response({"faults": self.portal.faults.as_json()})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Add one."""
        fault = self.portal.faults.add(await _body(request))
        return web.json_response(fault.as_json(), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Behave again."""
        self.portal.faults.clear()
        return web.json_response({"faults": []})

    async def show_shapes(self, request: web.Request) -> web.Response:
        """The shapes in force."""
        return web.json_response(vars(self.portal.shapes))

    async def set_shapes(self, request: web.Request) -> web.Response:
        """Set some, and the others back to their defaults."""
        self.portal.shapes = Shapes().changed(await _object(request))
        return await self.show_shapes(request)

    async def change_shapes(self, request: web.Request) -> web.Response:
        """Set some, and leave the others."""
        self.portal.shapes = self.portal.shapes.changed(await _object(request))
        return await self.show_shapes(request)

    async def show_settings(self, request: web.Request) -> web.Response:
        """The settings in force."""
        return web.json_response(vars(self.portal.settings))

    async def change_settings(self, request: web.Request) -> web.Response:
        """Set some, and leave the others."""
        self.portal.settings = self.portal.settings.changed(await _object(request))
        return await self.show_settings(request)

    async def show_state(self, request: web.Request) -> web.Response:
        """All that the portal knows, of all accounts; no API keys, no WireGuard keys."""
        return web.json_response(_state(self.portal))

    async def show_devices(self, request: web.Request) -> web.Response:
        """What WireGuard on each server would be told, keys and all."""
        servers = self.portal.state.servers.values()
        return web.json_response({"servers": [device.device(server) for server in servers]})

    async def reset(self, request: web.Request) -> web.Response:
        """As at the start, or with the seed that the body holds."""
        self.portal.reset(await _body(request))
        return web.json_response({})


@web.middleware
async def say_what_is_wrong(request: web.Request, handler: Any) -> web.StreamResponse:
    """A document that cannot be taken is answered with 422 and the reason."""
    try:
        response: web.StreamResponse = await handler(request)
    except ValueError as error:
        return refused(Refusal(422, "invalid", str(error)))
    return response


async def _body(request: web.Request) -> Any:
    """The JSON of a request; None if there is none."""
    data = await request.read()
    try:
        return json.loads(data) if data.strip() else None
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error


async def _object(request: web.Request) -> dict[str, Any]:
    body = await _body(request)
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _state(portal: Portal) -> dict[str, Any]:
    # As the API shows them in its default shapes, and with whom they belong to.
    plain = Shapes()
    state = portal.state
    return {
        "accounts": [
            {"name": account.name, "servers": list(account.servers)}
            for account in state.accounts.values()
        ],
        "servers": [
            {
                "account": server.account.name,
                **views.server_view(server, plain),
                unpublished.DNS: server.unpublished.get(unpublished.DNS),
            }
            for server in state.servers.values()
        ],
        "users": [
            {
                "server": user.server.id,
                **views.details_view(user, plain),
                unpublished.BANDWIDTH: user.unpublished.get(unpublished.BANDWIDTH),
            }
            for user in state.users.values()
        ],
        "port_forwards": [
            {
                "server": forward.user.server.id,
                "user_id": forward.user.id,
                "user": forward.user.client_name,
                **views.forward_view(forward, plain),
            }
            for forward in state.forwards.values()
        ],
    }
