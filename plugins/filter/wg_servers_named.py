# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_servers_named
short_description: The servers that somebody named, out of a listing
version_added: 1.0.0
description:
  - Finds servers as the option O(premiervpn.wireguard.wg_server#module:server) does, in a listing that is there
    already. A name that fits none, or more than one, is refused.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The servers, as M(premiervpn.wireguard.wg_server_info) returns them.
    type: list
    elements: dict
    required: true
  names:
    description:
      - Assignment ids, or exact names, hostnames or IP addresses. A text is a list with commas.
      - An empty list stands for all servers.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: List the servers
  premiervpn.wireguard.wg_server_info:
  register: listed

- name: The devices of two of them
  premiervpn.wireguard.wg_status_info:
    server: "{{ item.assignment_id }}"
  loop: "{{ listed.servers | premiervpn.wireguard.wg_servers_named(['fra1', 'ams1']) }}"
  loop_control:
    label: "{{ item.assignment_id }}"
"""

RETURN = r"""
_value:
  description: The servers, each once, in the order in which they are named.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._api.finding import servers_named
from ..module_utils._errors import WireguardError
from ..module_utils._model import Server
from ..plugin_utils._unsafe import never_template


def wg_servers_named(servers: list[dict[str, Any]], names: Any = None) -> Any:
    # As a module takes a list: a text with commas, or a single number, will do.
    given = names.split(",") if isinstance(names, str) else names
    given = [given] if isinstance(given, int) else given or []
    wanted = [str(name).strip() for name in given if str(name).strip()]
    by_id = {int(server["assignment_id"]): server for server in servers}
    known = [
        Server(number, server.get("name"), server.get("hostname"), server.get("ip"))
        for number, server in by_id.items()
    ]
    try:
        found = servers_named(known, wanted)
    except WireguardError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    return never_template([by_id[server.id] for server in found])


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_servers_named": wg_servers_named}
