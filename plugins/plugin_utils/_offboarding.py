# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Users who are about to be removed: told to a person, and declared absent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..module_utils._text import show

Found = Mapping[str, Any]


def offboarding(servers: Iterable[Found]) -> dict[str, Any]:
    """``told`` and ``declared`` of the servers that ``wg_account_info`` found users on."""
    servers = list(servers)
    told = [line for server in servers for user in server["users"] for line in _told(server, user)]
    return {
        "told": told or ["none of these users is on a server, so nothing is removed"],
        "declared": [
            {
                "server": server["assignment_id"],
                "label": server["label"],
                "users": [
                    {"name": user["client_name"], "state": "absent"} for user in server["users"]
                ],
            }
            for server in servers
        ],
    }


def _told(server: Found, user: Found) -> list[str]:
    known = [show(value, 80) for value in (user.get("client_ip"), _seen(user)) if value]
    head = f"{show(user['client_name'], 80)} on server {show(server['label'], 120)}"
    rules = sorted(user.get("port_forwards") or (), key=lambda rule: rule["external_port"])
    ends = [f"  {show(_rule(rule))} ends" for rule in rules]
    return [f"{head}: {', '.join(known)}" if known else head, *ends]


def _seen(user: Found) -> str:
    if user.get("online") is None:
        return ""
    if user["online"]:
        return "online"
    return f"last seen {user['last_seen']}" if user.get("last_seen") else "never seen"


def _rule(rule: Found) -> str:
    comment = f" ({rule['comment']})" if rule.get("comment") else ""
    return f"{rule['external_port']}/{rule['protocol']} -> {rule['internal_port']}{comment}"
