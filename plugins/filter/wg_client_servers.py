# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_client_servers
short_description: The users of many hosts, as declarations of servers
version_added: 1.0.0
description:
  - Internal to the role P(premiervpn.wireguard.wg_client#role), and not covered by semantic versioning.
  - Puts together what the hosts of a play want from the portal, so that one task of
    M(premiervpn.wireguard.wg_server) for each server serves them all.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description:
      - For each host, by its name in the inventory, what it should have, with C(user), C(server), C(port_forwards) and
        C(state).
    type: dict
    required: true
  inventory:
    description:
      - The names of all hosts of the inventory. Two hosts that would be the same user of a server are refused, and a
        host in another batch or play counts.
    type: list
    elements: str
    default: []
  named:
    description:
      - The client names that the inventory gives to hosts. For the others it is made of the host's name.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: What these hosts want
  ansible.builtin.debug:
    msg: "{{ hosts | premiervpn.wireguard.wg_client_servers }}"
  vars:
    hosts:
      web1: {user: web-1, server: fra1}
      web2: {user: web-2, server: fra1}
"""

RETURN = r"""
_value:
  description:
    - A dictionary for each server, with C(server) and C(users), the options of M(premiervpn.wireguard.wg_server).
  type: list
  elements: dict
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def wg_client_servers(
    hosts: Any, inventory: Iterable[str] = (), named: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    if not isinstance(hosts, Mapping):
        raise AnsibleFilterError(
            f"wg_client_servers needs a dictionary, not a {type(hosts).__name__}"
        )
    wanted = {name: portal for name, portal in hosts.items() if portal}
    _refuse_the_same(wanted, {name: _client_name(name) for name in inventory} | dict(named or {}))
    servers: dict[Any, list[dict[str, Any]]] = {}
    for portal in wanted.values():
        servers.setdefault(_given(portal.get("server")), []).append(_user(portal))
    return [{"server": server, "users": users} for server, users in servers.items()]


def _refuse_the_same(hosts: Mapping[str, dict[str, Any]], others: dict[str, str]) -> None:
    """Two hosts with one user's keys would disconnect each other, and one would have the other's port forwards."""
    seen: dict[str, list[tuple[str, Any]]] = {}
    for name, portal in hosts.items():
        seen.setdefault(portal["user"], []).append((name, _given(portal.get("server"))))
    for name, user in others.items():
        if name not in hosts and user in seen:
            seen[user].append((name, None))
    for user, found in seen.items():
        first, server = found[0]
        for second, other in found[1:]:
            if server is None or other is None or str(server) == str(other):
                raise AnsibleFilterError(
                    f"{first} and {second} would be the same user {user} of one server; set wg_client_user for one"
                    " of them in the inventory"
                )


def _client_name(host: str) -> str:
    """As the role's defaults make it."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", host)[:50]


def _given(value: Any) -> Any:
    """A template gives null as an empty text, up to ansible-core 2.18."""
    return None if value == "" else value


def _user(portal: dict[str, Any]) -> dict[str, Any]:
    user = {"name": portal["user"], "state": portal.get("state") or "present"}
    # No list leaves the port forwards of the user alone; an empty one would end them.
    forwards = _given(portal.get("port_forwards"))
    if forwards is not None and user["state"] == "present":
        user["port_forwards"] = forwards
    return user


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_client_servers": wg_client_servers}
