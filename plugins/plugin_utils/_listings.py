# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The listings that an inventory is made of, as plain data that any cache can hold: no secrets."""

from __future__ import annotations

from typing import Any

from ..module_utils._api.finding import forwards_of, server_among
from ..module_utils._api.parallel import each
from ..module_utils._api.portal import Portal
from ..module_utils._model import Server


def listings(portal: Portal, wanted: list[str], include_port_forwards: bool) -> dict[str, Any]:
    """The ``wanted`` servers (all, if none is named) and their users.

    1 + S requests for S servers, and one for each user with ``include_port_forwards``. Raises a
    ``WireguardError`` where any of them fails: it is all or nothing.
    """
    servers = _chosen(portal.servers(), wanted)
    users = [
        (user, user.result(server.id))
        for server, users in zip(servers, each(servers, lambda s: portal.users(s.id)), strict=True)
        for user in users
    ]
    if include_port_forwards:
        listed = forwards_of(portal, [user for user, _result in users])
        for (_user, result), rules in zip(users, listed, strict=True):
            result["port_forwards"] = [rule.result() for rule in rules]
    return {
        "servers": [server.result() for server in servers],
        "users": [result for _user, result in users],
    }


def _chosen(servers: list[Server], wanted: list[str]) -> list[Server]:
    chosen = [server_among(servers, name) for name in wanted] if wanted else servers
    return list({server.id: server for server in chosen}.values())
