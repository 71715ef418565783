# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints E1 to E15."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from aiohttp import web

from . import answers, pages, rules, unpublished, views
from .endpoints import ENDPOINTS
from .portal import Portal
from .state import Account, Server, User


class Api:
    """What the endpoints do. Each is a method; its docstring begins with the row it follows."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self._handlers: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = {
            "E1": self.list_servers,
            "E2": self.list_users,
            "E3": self.create_user,
            "E4": self.status,
            "E5": self.show_user,
            "E6": self.delete_user,
            "E7": self.list_forwards,
            "E8": self.create_forward,
            "E9": self.delete_forward,
            "E10": self.show_bandwidth,
            "E11": self.put_bandwidth,
            "E12": self.delete_bandwidth,
            "E13": self.show_dns,
            "E14": self.put_dns,
            "E15": self.delete_dns,
        }

    def routes(self) -> list[web.RouteDef]:
        """All endpoints, below the base."""
        return [
            web.route(endpoint.method, endpoint.path, self._handlers[endpoint.row])
            for endpoint in ENDPOINTS
        ]

    async def list_servers(self, request: web.Request) -> web.Response:
        """E1: the account's servers."""
        servers = _account(request).servers.values()
        return self._list(
            request,
            "servers",
            [views.server_view(server, self.portal.shapes) for server in servers],
        )

    async def list_users(self, request: web.Request) -> web.Response:
        """E2: a server's users, with live status and bandwidth."""
        users = self._server(request).users.values()
        return self._list(
            request, "users", [views.user_view(user, self.portal.shapes) for user in users]
        )

    async def create_user(self, request: web.Request) -> web.Response:
        """E3: a user with keys and the next free IP, after "a few seconds"."""
        # What is wrong with the request itself is said at once ...
        self._server(request)
        name = rules.check_name(rules.check_body(request["body"]).get("client_name"))
        await asyncio.sleep(self.portal.settings.create_delay / 1000)
        # ... and the rest when the portal gets to it: the server and the name may be gone by then.
        # aiohttp carries on when the client has left; so would the portal.
        server = self._server(request)
        user = self.portal.state.create_user(
            server, name, unique_in_account=self.portal.unique_in_account
        )
        return self._user(user, status=201, secrets_only=self.portal.shapes.create == "config_only")

    async def status(self, request: web.Request) -> web.Response:
        """E4: who is online. Not more is published; the fields are those of E2."""
        shapes = self.portal.shapes
        users = self._server(request).users.values()
        return self._list(
            request, shapes.status_name, [views.user_view(user, shapes) for user in users]
        )

    async def show_user(self, request: web.Request) -> web.Response:
        """E5: details, config, keys and live status."""
        return self._user(self._user_of(request))

    async def delete_user(self, request: web.Request) -> web.Response:
        """E6: the user is removed, and its port forwards end."""
        self.portal.state.delete_user(self._user_of(request))
        return answers.deleted("user", self.portal.shapes)

    async def list_forwards(self, request: web.Request) -> web.Response:
        """E7: the user's name and port forwards."""
        user = self._user_of(request)
        forwards = user.forwards.values()
        return self._list(
            request,
            "port_forwards",
            [views.forward_view(forward, self.portal.shapes) for forward in forwards],
            beside={"user": user.client_name},
        )

    async def create_forward(self, request: web.Request) -> web.Response:
        """E8: a port forward, applied at once."""
        user = self._user_of(request)
        forward = self.portal.state.create_forward(user, rules.check_body(request["body"]))
        shapes = self.portal.shapes
        body = shapes.wrap_object("port_forward", views.forward_view(forward, shapes))
        return web.json_response(body, status=201)

    async def delete_forward(self, request: web.Request) -> web.Response:
        """E9: the port forward is revoked at once."""
        state = self.portal.state
        state.delete_forward(state.forward(_account(request), request.match_info["id"]))
        return answers.deleted("port forward", self.portal.shapes)

    async def show_bandwidth(self, request: web.Request) -> web.Response:
        """E10: a user's up and down limit."""
        return self._shown(self._user_of(request), unpublished.BANDWIDTH)

    async def put_bandwidth(self, request: web.Request) -> web.Response:
        """E11: a limit is set."""
        return self._put(request, self._user_of(request), unpublished.BANDWIDTH)

    async def delete_bandwidth(self, request: web.Request) -> web.Response:
        """E12: no limit any more."""
        return self._deleted(self._user_of(request), unpublished.BANDWIDTH)

    async def show_dns(self, request: web.Request) -> web.Response:
        """E13: a server's DNS-over-TLS resolvers."""
        return self._shown(self._server(request), unpublished.DNS)

    async def put_dns(self, request: web.Request) -> web.Response:
        """E14: resolvers are set."""
        return self._put(request, self._server(request), unpublished.DNS)

    async def delete_dns(self, request: web.Request) -> web.Response:
        """E15: plain DNS again."""
        return self._deleted(self._server(request), unpublished.DNS)

    # What several of them need

    def _shown(self, owner: User | Server, name: str) -> web.Response:
        unpublished.check(self.portal.shapes)
        return web.json_response(unpublished.shown(owner, name, self.portal.shapes))

    def _put(self, request: web.Request, owner: User | Server, name: str) -> web.Response:
        unpublished.check(self.portal.shapes)
        unpublished.put(owner, name, request["body"])
        return answers.put(name, self.portal.shapes)

    def _deleted(self, owner: User | Server, name: str) -> web.Response:
        unpublished.check(self.portal.shapes)
        unpublished.delete(owner, name)
        return answers.deleted(name, self.portal.shapes)

    def _server(self, request: web.Request) -> Server:
        return self.portal.state.server(_account(request), request.match_info["id"])

    def _user_of(self, request: web.Request) -> User:
        return self.portal.state.user(_account(request), request.match_info["id"])

    def _list(
        self,
        request: web.Request,
        name: str,
        items: list[Any],
        beside: Mapping[str, Any] | None = None,
    ) -> web.Response:
        shapes = self.portal.shapes
        page = pages.cut(items, shapes, request.query)
        body = shapes.wrap_list(name, page.items, beside)
        if shapes.page_size:
            url = None if page.next is None else self._link(request, page.next)
            body = pages.attach(body, url, shapes)
        return web.json_response(body)

    def _link(self, request: web.Request, page: int) -> str:
        path = request.rel_url.raw_path
        return pages.link(path, page, self.portal.shapes, request.scheme, request.host)

    def _user(self, user: User, *, status: int = 200, secrets_only: bool = False) -> web.Response:
        shapes = self.portal.shapes
        item = {} if secrets_only else views.details_view(user, shapes)
        body = shapes.wrap_object("user", item, views.secrets_view(user))
        return web.json_response(body, status=status)


def _account(request: web.Request) -> Account:
    """The account that the gate found for the request's key."""
    return cast(Account, request["account"])
