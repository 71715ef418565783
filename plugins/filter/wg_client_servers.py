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
      - For each host what M(premiervpn.wireguard.wg_tunnel_info) gave back as C(portal), null where the portal is
        not asked.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: What these hosts want
  ansible.builtin.debug:
    msg: "{{ hosts | premiervpn.wireguard.wg_client_servers }}"
  vars:
    hosts:
      - {user: web-1, server: fra1}
      - {user: web-2, server: fra1}
"""

RETURN = r"""
_value:
  description:
    - A dictionary for each server, with C(server) and C(users), the options of M(premiervpn.wireguard.wg_server).
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError


def wg_client_servers(portals: Any) -> list[dict[str, Any]]:
    if not isinstance(portals, (list, tuple)):
        raise AnsibleFilterError(f"wg_client_servers needs a list, not a {type(portals).__name__}")
    servers: dict[Any, dict[str, dict[str, Any]]] = {}
    for portal in portals:
        if not portal:
            continue
        users = servers.setdefault(portal.get("server"), {})
        if portal["user"] in users:
            raise AnsibleFilterError(
                f"two hosts would be the same user {portal['user']} of one server; set wg_client_user"
            )
        users[portal["user"]] = _user(portal)
    return [{"server": server, "users": list(users.values())} for server, users in servers.items()]


def _user(portal: dict[str, Any]) -> dict[str, Any]:
    user = {"name": portal["user"], "state": portal.get("state") or "present"}
    # No list leaves the port forwards of the user alone; an empty one would end them.
    if portal.get("port_forwards") is not None and user["state"] == "present":
        user["port_forwards"] = portal["port_forwards"]
    return user


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_client_servers": wg_client_servers}
