# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_declaration
short_description: Write down what stands on servers as a declaration
version_added: 1.0.0
description:
  - Turns listed servers and users into the YAML file that the role P(premiervpn.wireguard.wg_servers#role) and the
    playbooks take. It is what the playbook C(premiervpn.wireguard.adopt) writes.
  - Users stand in the order of their names, port forwards in that of their ports. What is a default is left out.
  - A text that Ansible would take for a template is marked as C(!unsafe), so that it comes back as it was.
  - What the portal holds and no declaration may hold (a reserved port, for one) is left out with a warning, and named
    in a comment of the file.
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
  users:
    description: Their users, as M(premiervpn.wireguard.wg_user_info) returns them with their port forwards.
    type: list
    elements: dict
    required: true
seealso:
  - module: premiervpn.wireguard.wg_server_info
  - module: premiervpn.wireguard.wg_user_info
"""

EXAMPLES = r"""
- name: List the servers
  premiervpn.wireguard.wg_server_info:
  register: listed

- name: List the users of each server
  premiervpn.wireguard.wg_user_info:
    server: "{{ item.assignment_id }}"
    include_port_forwards: true
  loop: "{{ listed.servers }}"
  register: looked

- name: Write it down
  ansible.builtin.copy:
    content: "{{ listed.servers | premiervpn.wireguard.wg_declaration(users) }}"
    dest: wg-servers.yml
    mode: "0644"
  vars:
    users: "{{ looked.results | map(attribute='users') | flatten }}"
"""

RETURN = r"""
_value:
  description: The text of a YAML file with the variable C(wg_servers_declared).
  type: str
"""

from typing import Any

from ansible.utils.display import Display

from ..plugin_utils._declaration_text import declaration
from ..plugin_utils._unsafe import never_template


def wg_declaration(servers: list[dict[str, Any]], users: list[dict[str, Any]]) -> Any:
    text, left_out = declaration(servers, users)
    for problem in left_out:
        Display().warning(f"left out, as no declaration may hold it: {problem}")
    return never_template(text)


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_declaration": wg_declaration}
