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
    description: The variable C(hostvars).
    type: dict
    required: true
  hosts:
    description:
      - The names of the hosts that are asked for. Each has in its variable C(wg_client__asked) what the portal should
        have for it, with C(user), C(server), C(port_forwards) and C(state), or nothing.
    type: list
    elements: str
    required: true
  state:
    description: Leave out the hosts that ask for another state.
    type: str
    choices: [present, absent]
    required: true
"""

EXAMPLES = r"""
- name: What these hosts want
  ansible.builtin.debug:
    msg: "{{ hostvars | premiervpn.wireguard.wg_client_servers(ansible_play_batch, 'present') }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary for each server, with C(server) and C(users), the options of M(premiervpn.wireguard.wg_server), and
      with C(hosts), the names of the hosts whose users these are.
    - Two hosts that would be the same user of a server are refused. A host in another batch or play counts, by its
      C(wg_client_user) in the inventory, or else by its name.
  type: list
  elements: dict
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def wg_client_servers(hostvars: Any, hosts: Iterable[str], state: str) -> list[dict[str, Any]]:
    if not isinstance(hostvars, Mapping):
        raise AnsibleFilterError(
            f"wg_client_servers needs the variable hostvars, not a {type(hostvars).__name__}"
        )
    asked = {host: hostvars[host].get("wg_client__asked") for host in hosts}
    wanted = {host: one for host, one in asked.items() if one and one["state"] == state}
    _refuse_the_same(wanted, {host: _named(host, hostvars[host]) for host in hostvars})
    servers: dict[Any, dict[str, Any]] = {}
    for host, portal in wanted.items():
        server = _given(portal.get("server"))
        entry = servers.setdefault(server, {"server": server, "users": [], "hosts": []})
        entry["users"].append(_user(portal))
        entry["hosts"].append(host)
    return list(servers.values())


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


def _named(host: str, variables: Mapping[str, Any]) -> str:
    """The user that a host is, by the inventory. What the host itself answers does not count."""
    answered = "wg_client_user" in (variables.get("ansible_facts") or {})
    given = None if answered else variables.get("wg_client_user")
    # As the role's defaults make it.
    return str(given) if given else re.sub(r"[^A-Za-z0-9_-]", "-", host)[:50]


def _given(value: Any) -> Any:
    """A template gives null as an empty text, up to ansible-core 2.18."""
    return None if value == "" else value


def _user(portal: dict[str, Any]) -> dict[str, Any]:
    user = {"name": portal["user"], "state": portal["state"]}
    # No list leaves the port forwards of the user alone; an empty one would end them.
    forwards = _given(portal.get("port_forwards"))
    if forwards is not None and user["state"] == "present":
        user["port_forwards"] = forwards
    return user


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_client_servers": wg_client_servers}
