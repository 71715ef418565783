# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The listings that an inventory is made of, as plain data that any cache can hold: no secrets."""

from __future__ import annotations

from typing import Any

from ..module_utils._api.portal import Portal
from ..module_utils._api.reading import list_forwards, list_users
from ._unsafe import harmless_keys


def listings(portal: Portal, wanted: list[str], include_port_forwards: bool) -> dict[str, Any]:
    """The ``wanted`` servers (all, if none is named) and their users.

    Raises a ``WireguardError`` where any request fails: it is all or nothing.
    """
    listed = list_users(portal, wanted)
    users = [user.result(server.id) for server, users in listed for user in users]
    if include_port_forwards:
        users = [
            {**user.result(server.id), "port_forwards": [rule.result() for rule in rules]}
            for server, held in list_forwards(portal, listed)
            for user, rules in held
        ]
    # Before a cache holds it: what ansible-core writes into one, it may read as a text with trust.
    plain: dict[str, Any] = harmless_keys(
        {"servers": [server.result() for server, _users in listed], "users": users}
    )
    return plain


def is_listing(value: Any) -> bool:
    """Whether a cache gave back what ``listings`` made, in all that the inventory looks at."""
    if not isinstance(value, dict) or not {"servers", "users"} <= value.keys():
        return False
    needed = {
        "servers": ("assignment_id",),
        "users": ("id", "client_name", "client_ip", "online", "server"),
    }
    return all(
        isinstance(value[name], list)
        and all(isinstance(item, dict) and item.keys() >= set(fields) for item in value[name])
        for name, fields in needed.items()
    )
