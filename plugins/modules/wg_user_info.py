#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_user_info
short_description: List the users of one or several WireGuard servers
version_added: 1.0.0
description:
  - Lists a server's users with their live status, and on request with their port forwards, configuration and keys.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._configs
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.reads
options:
  servers:
    description:
      - The servers to look at, instead of O(server). Each an assignment id, or exactly the name, hostname or IP address
        that the portal lists for it. V(all) stands for all of the account.
      - Takes one request for the servers, and one for each.
    type: list
    elements: str
  name:
    description:
      - Only the user of exactly this client name, which is a text.
    type: raw
    aliases: [client_name]
  id:
    description:
      - Only the user of this id.
    type: int
  include_config:
    description:
      - Return each user's C(config) and C(keys) too. They are secrets, so set C(no_log) on the task as well.
      - Takes one request for each user.
    type: bool
    default: false
  include_port_forwards:
    description:
      - Return each user's C(port_forwards) too. Takes one request for each user.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_user
  - module: premiervpn.wireguard.wg_port_forward_info
"""

EXAMPLES = r"""
- name: All users of a server
  premiervpn.wireguard.wg_user_info:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
  register: all

- name: Is there a phone?
  premiervpn.wireguard.wg_user_info:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    name: phone
    include_port_forwards: true
  register: phone

- name: The public keys of all
  premiervpn.wireguard.wg_user_info:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    include_config: true
  register: secret
  no_log: true

- name: Are shown
  ansible.builtin.debug:
    # Not item.keys: that is a method which every dictionary has.
    msg: "{{ item['keys'].client_public_key }}"
  loop: "{{ secret.users }}"
  loop_control:
    label: "{{ item.client_name }}"

- name: Where is Anna's phone?
  premiervpn.wireguard.wg_user_info:
    api_key: "{{ premiervpn_api_key }}"
    servers: all
    name: anna-phone
  register: anywhere

- name: On these servers
  ansible.builtin.debug:
    msg: "{{ anywhere.users | map(attribute='server') }}"

- name: It depends
  ansible.builtin.debug:
    msg: "{{ phone.users | length > 0 }}"
"""

RETURN = r"""
users:
  description:
    - The users, each with whatever else the API gives for it. Empty if the one asked for does not exist. A user that
      goes away while the others are read is left out.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The user's id.
      type: int
    client_name:
      description: The user's name.
      type: str
    client_ip:
      description: The user's IP address inside the VPN.
      type: str
    online:
      description: Whether the device is connected.
      type: bool
    last_seen:
      description: When the device was last connected, as the API gives it.
      type: str
    rx_bytes:
      description: Bytes received.
      type: int
    tx_bytes:
      description: Bytes sent.
      type: int
    server:
      description: The assignment id of the user's server.
      type: int
    port_forwards:
      description: The user's port forwards, as of RV(premiervpn.wireguard.wg_port_forward#module:port_forward).
      returned: when O(include_port_forwards=true)
      type: list
      elements: dict
    config:
      description:
        - The text of the user's C(.conf) file. Beside it stands C(keys), a dictionary of the user's keys as the API
          names them.
        - Write C(user['keys']), not C(user.keys), which in Jinja is a method that every dictionary has.
      returned: when O(include_config=true)
      type: str
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._api.finding import server_and_users
from ..module_utils._api.reading import (
    forwards_of_one,
    list_users,
    read_each_present,
    secrets_of,
)
from ..module_utils._errors import DeclarationError
from ..module_utils._model import Server
from ..module_utils._module.argspec import HOOKS, SERVER
from ..module_utils._module.task import Task, run
from ..module_utils._planning.validation import text_problem

SPEC = {
    "name": {"type": "raw", "aliases": ["client_name"]},
    "id": {"type": "int"},
    "servers": {"type": "list", "elements": "str"},
    "include_config": {"type": "bool", "default": False},
    "include_port_forwards": {"type": "bool", "default": False},
    **HOOKS,
    **SERVER,
}


def work(task: Task) -> dict:
    params = task.params
    problem = params["name"] is not None and text_problem(params["name"])
    if problem:
        raise DeclarationError([problem])
    found = [user for server, users in listed(task) for user in of_server(task, server, users)]
    return task.result(users=found)


def listed(task: Task) -> list:
    """The servers to look at, and of their users those that are asked for."""
    params, portal = task.params, task.portal
    names = [name.strip() for name in params["servers"] or [] if name.strip()]
    if params["servers"] is None:
        found = [server_and_users(portal, params["server"])]
    elif not names:
        raise DeclarationError(["servers is an empty list; servers: all stands for all"])
    else:
        found = list_users(portal, [] if names == ["all"] else names)
    return [
        (
            server,
            [
                user
                for user in users
                if params["name"] in (None, user.client_name) and params["id"] in (None, user.id)
            ],
        )
        for server, users in found
    ]


def of_server(task: Task, server: Server, users: list) -> list:
    params, portal = task.params, task.portal
    results = {user.id: user.result(server.id) for user in users}
    if params["include_port_forwards"]:
        read = read_each_present(
            portal, server.id, users, lambda user: forwards_of_one(portal, user)
        )
        users = [user for user, _rules in read]
        for user, rules in read:
            results[user.id]["port_forwards"] = [rule.result() for rule in rules]
    if params["include_config"]:
        configs = read_each_present(portal, server.id, users, lambda user: secrets_of(portal, user))
        users = [user for user, _secrets in configs]
        for user, secrets in configs:
            results[user.id].update(config=secrets.config, keys=secrets.keys)
    return [results[user.id] for user in users]


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
