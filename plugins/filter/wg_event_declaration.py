# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_event_declaration
short_description: What a declaration says of the device that an event is about
version_added: 1.0.0
description:
  - Finds the user of an event of the event source C(premiervpn.wireguard.wg_status) in C(wg_servers_declared).
  - Its declared port forwards come with the C(state) that they have to have now, which is V(absent) while the device
    is offline.
  - The playbooks C(premiervpn.wireguard.event_ports) and C(premiervpn.wireguard.event_undeclared) use it.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The declared servers, as the role P(premiervpn.wireguard.wg_servers#role) takes them.
    type: list
    elements: dict
    required: true
  event:
    description: The event. In a playbook that ansible-rulebook starts it is C(ansible_eda.event).
    type: dict
    required: true
  servers:
    description: The account's servers, as M(premiervpn.wireguard.wg_server_info) returns them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: List the servers
  premiervpn.wireguard.wg_server_info:
  register: listed

- name: Tell whether somebody declared the device
  ansible.builtin.debug:
    msg: "{{ found.declared }}"
  vars:
    found: "{{ wg_servers_declared | premiervpn.wireguard.wg_event_declaration(ansible_eda.event, listed.servers) }}"
"""

RETURN = r"""
_value:
  description:
    - C(declared) is whether the user is declared as present. C(port_forwards) are its declared port forwards, each
      with its C(state).
  type: dict
  sample:
    declared: true
    port_forwards:
      - {external_port: 443, internal_port: 8443, state: absent}
"""

from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._model import Server
from ..plugin_utils._event import declaration
from ..plugin_utils._unsafe import never_template


def wg_event_declaration(
    declared: list[dict[str, Any]], event: dict[str, Any], servers: list[dict[str, Any]]
) -> Any:
    known = [
        Server(int(x["assignment_id"]), x.get("name"), x.get("hostname"), x.get("ip"))
        for x in servers
    ]
    try:
        return never_template(declaration(declared, event, known))
    except (KeyError, TypeError, AttributeError) as exc:
        raise AnsibleFilterError(
            "this is no event of premiervpn.wireguard.wg_status, or the declaration is no list of"
            " servers with users"
        ) from exc


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_event_declaration": wg_event_declaration}
