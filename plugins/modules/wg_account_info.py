#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_account_info
short_description: Look for users on all WireGuard servers of the account
version_added: 1.0.0
description:
  - Looks for users by their names on all servers, or on some, in one task. Returns the servers that have one of them.
  - The playbook C(premiervpn.wireguard.offboard) begins with it.
  - Takes one request for the servers, one for each server, and with O(include_port_forwards=true) one for each user
    that is returned.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.reads
options:
  users:
    description:
      - The exact client names to look for. An empty list is refused.
      - A warning names those that are nowhere, and the users whose names differ from theirs in case only.
    type: list
    elements: str
    required: true
  servers:
    description:
      - The servers to look at. Each an assignment id, or exactly the name, hostname or IP address that the portal lists
        for it. If left out or empty, all of them.
    type: list
    elements: str
  include_port_forwards:
    description:
      - Return each user's C(port_forwards) too.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_user_info
"""

EXAMPLES = r"""
- name: Where are Anna's devices?
  premiervpn.wireguard.wg_account_info:
    api_key: "{{ premiervpn_api_key }}"
    users: [anna-phone, anna-laptop]
    include_port_forwards: true
  register: found

- name: There
  ansible.builtin.debug:
    msg: "{{ found.servers | map(attribute='label') }}"
"""

RETURN = r"""
servers:
  description:
    - The servers that have one of the users, in the order of the portal's listing or as they were named.
  returned: success
  type: list
  elements: dict
  contains:
    assignment_id:
      description: The server's assignment id. Whatever else the API gives for the server stands beside it.
      type: int
    label:
      description: The assignment id, with a name where the portal lists one.
      type: str
    users:
      description: Those of the users that it has, as of M(premiervpn.wireguard.wg_user_info).
      type: list
      elements: dict
missing:
  description: The names that are on none of the servers.
  returned: success
  type: list
  elements: str
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of M(premiervpn.wireguard.wg_user).
  returned: failure
  type: dict
"""

from ..module_utils._api.reading import list_forwards, list_users
from ..module_utils._errors import DeclarationError
from ..module_utils._model import Server
from ..module_utils._module.task import Task, run
from ..module_utils._text import show

SPEC = {
    "users": {"type": "list", "elements": "str", "required": True},
    "servers": {"type": "list", "elements": "str"},
    "include_port_forwards": {"type": "bool", "default": False},
}


def work(task: Task) -> dict:
    params, portal = task.params, task.portal
    wanted = params["users"]
    # A null counts as given: it must not come to mean everybody.
    if not wanted or not all(name.strip() for name in wanted):
        raise DeclarationError(["users is an empty list, or holds an empty name"])
    listed = list_users(portal, params["servers"] or [])
    missing = warn_of_missing(
        task, wanted, [u.client_name for _server, users in listed for u in users]
    )

    found = [(server, [u for u in users if u.client_name in wanted]) for server, users in listed]
    found = [(server, users) for server, users in found if users]
    rules = {}
    if params["include_port_forwards"]:
        held = list_forwards(portal, found)
        rules = {user.id: rules for _server, users in held for user, rules in users}
    return task.result(servers=[result(*one, rules) for one in found], missing=missing)


def result(server: Server, users: list, rules: dict) -> dict:
    found = [user.result(server.id) for user in users]
    for user in found:
        if user["id"] in rules:
            user["port_forwards"] = [rule.result() for rule in rules[user["id"]]]
    return {**server.result(), "label": server.label(), "users": found}


def warn_of_missing(task: Task, wanted: list, names: list) -> list:
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    for name in missing:
        alike = sorted({other for other in names if other.lower() == name.lower()})
        hint = f"; {show(alike[0], 80)!r} differs from it in case only" if alike else ""
        task.module.warn(f"user {show(name, 80)!r} is on none of the servers{hint}")
    return missing


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
