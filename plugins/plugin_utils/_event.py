# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a declaration says of an event of the event source, for a playbook. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..module_utils._api.finding import only_server, server_among
from ..module_utils._errors import NotFoundError
from ..module_utils._model import Server

Event = Mapping[str, Any]


def declaration(
    declared: Iterable[Mapping[str, Any]], event: Event, servers: Iterable[Server]
) -> dict[str, Any]:
    """Whether the event's user is ``declared``, and its ``port_forwards``, for as long as it is online.

    Each of these with the ``state`` that it has to have now. ``servers`` is the account's listing.
    """
    servers = list(servers)
    users = [
        user
        for entry in declared
        if _server(entry, servers) == event["server"]
        for user in entry.get("users") or ()
        if user.get("name", user.get("client_name")) == event["user"]
        if user.get("state", "present") == "present"
    ]
    online = bool(event["after"] and event["after"]["online"])
    rules = [rule for user in users for rule in user.get("port_forwards") or ()]
    return {
        "declared": bool(users),
        "port_forwards": [{**rule, "state": _state(rule, online)} for rule in rules],
    }


def _state(rule: Mapping[str, Any], online: bool) -> str:
    return str(rule.get("state", "present")) if online else "absent"


def _server(entry: Mapping[str, Any], servers: list[Server]) -> int | None:
    """The assignment id of a declared server; None for one that is not there."""
    named = str(entry.get("server") or "").strip()
    try:
        return (server_among(servers, named) if named else only_server(servers)).id
    except NotFoundError:
        return None
