#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_user
short_description: Manage one user of a WireGuard server
version_added: 1.0.0
description:
  - Creates or removes a user (a device with its keys, internal IP address and C(.conf) file) of a dedicated WireGuard
    server, and keeps the user's configuration file.
  - The API has no update. A user that exists is left as it is, with its keys.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._configs
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
  - ansible.builtin.files
options:
  name:
    description:
      - The user's client name, exactly. Letters, digits, C(-) and C(_), at most 50 of them.
      - It has to be a text. What YAML takes for something else (V(no), V(123)) has to be written in quotes.
    type: raw
    required: true
    aliases: [client_name]
  state:
    description:
      - V(present) creates the user if it is missing.
      - V(absent) removes the user, and its access and port forwards with it. The file at O(config_path) is removed too.
        A symbolic link there is itself what is removed.
    type: str
    choices: [present, absent]
    default: present
  config_path:
    description:
      - Where to keep the user's C(.conf) file, on the host where the module runs.
      - It is compared with what the API holds, which takes a request more, and replaced atomically where it differs.
      - Its mode is C(0600) unless O(mode) says otherwise. Its directory must exist. A symbolic link is followed.
      - What can be known to keep it from being written (an unknown owner, a missing directory, a file that is mounted
        by itself or immutable) is refused before the user is created, in check mode too. A file that is mounted by
        itself is written over with O(unsafe_writes=true).
    type: path
  backup:
    description:
      - Keep a copy of the file at O(config_path) before it is replaced or removed. The copy holds the old keys.
    type: bool
    default: false
  revoked_public_keys:
    description:
      - WireGuard public keys that this device must not have, a stolen laptop's say.
      - Where the user's key is among them, the user is deleted and created again, once, with new keys. Every port
        forward that it has is created again; RV(lost_port_forwards) holds those that could not be. Its IP address may
        change.
      - Takes one request more, to read the user's public key.
    type: list
    elements: str
    default: []
  return_config:
    description:
      - Return RV(config) and C(keys), on every run. They are secrets, so set C(no_log) on the task as well.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_server
  - module: premiervpn.wireguard.wg_port_forward
"""

EXAMPLES = r"""
- name: A user, and its configuration file
  premiervpn.wireguard.wg_user:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    name: phone
    config_path: "{{ playbook_dir }}/phone.conf"

- name: The configuration in a variable
  premiervpn.wireguard.wg_user:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    name: phone
    return_config: true
  register: phone
  no_log: true

- name: It goes elsewhere
  ansible.builtin.copy:
    content: "{{ phone.config }}"
    dest: "{{ playbook_dir }}/phone-copy.conf"
    mode: "0600"
  # Null in check mode, for a user yet to be created.
  when: phone.config is not none
  no_log: true

- name: Its public key, for another system
  ansible.builtin.debug:
    # Not phone.keys: that is a method which every dictionary has.
    msg: "{{ phone['keys'].client_public_key }}"

- name: The phone was stolen, and gets new keys
  premiervpn.wireguard.wg_user:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    name: phone
    config_path: "{{ playbook_dir }}/phone.conf"
    revoked_public_keys:
      - xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=

- name: Nobody uses this device any more
  premiervpn.wireguard.wg_user:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    name: phone
    config_path: "{{ playbook_dir }}/phone.conf"
    state: absent
"""

RETURN = r"""
user:
  description:
    - The user, with whatever else the API gives for it. Null if it is absent.
    - In check mode, a user yet to be created has no RV(user.id) and no live values.
  returned: success
  type: dict
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
  sample:
    client_ip: 10.66.66.2
    client_name: phone
    id: 12
    last_seen: null
    online: false
    rx_bytes: 0
    server: 5
    tx_bytes: 0
config:
  description:
    - The text of the user's C(.conf) file. Beside it stands C(keys), a dictionary of the user's keys as the API names
      them. Both are null in check mode, for a user yet to be created.
    - Write C(phone['keys'].client_public_key), not C(phone.keys.client_public_key). In Jinja C(keys) after a dot is a
      method that every dictionary has.
  returned: when O(return_config=true) and O(state=present)
  type: str
lost_port_forwards:
  description:
    - Rules that ended with a user that was replaced, and that could not be created again. Each holds C(user) and all
      that it takes to create the rule again.
  returned: when a rule was lost
  type: list
  elements: dict
backup_file:
  description: The copy that was made of the old configuration file.
  returned: when one was made
  type: str
plan:
  description:
    - The steps that were run or, in check mode, would be, as of RV(premiervpn.wireguard.wg_server#module:plan).
  returned: success, and when a step failed
  type: list
  elements: dict
summary:
  description: How much the plan does, in check mode too, as of RV(premiervpn.wireguard.wg_server#module:summary).
  returned: success, and when a step failed
  type: dict
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed. Every field is null where no request failed.
  returned: failure
  type: dict
  contains:
    status:
      description: The HTTP status. Null if nothing answered.
      type: int
    code:
      description: The API's error code.
      type: str
    message:
      description: The API's error message.
      type: str
    method:
      description: The method of the request.
      type: str
    path:
      description: The path of the request, below the base URL.
      type: str
"""

from typing import Any

from ..module_utils._api.finding import server_and_users
from ..module_utils._applying.loading import load_current
from ..module_utils._module.argspec import HOOKS, REVOKED, SERVER, STATE
from ..module_utils._module.server_task import ServerTask, run_server_task
from ..module_utils._planning.desired import Desired, DesiredUser
from ..module_utils._planning.validation import validate

SPEC = {
    "name": {"type": "raw", "required": True, "aliases": ["client_name"]},
    "config_path": {"type": "path"},
    "backup": {"type": "bool", "default": False},
    "return_config": {"type": "bool", "default": False},
    **HOOKS,
    **REVOKED,
    **SERVER,
    **STATE,
}


def work(task: ServerTask) -> dict:
    name, present = task.params["name"], task.params["state"] == "present"
    revoked = frozenset(key.strip() for key in task.params["revoked_public_keys"])
    declaration = validate(Desired((DesiredUser(name, present, revoked_public_keys=revoked),)))
    task.check_files(declaration)

    server, users = server_and_users(task.portal, task.params["server"])
    outcome = task.converge(
        server, declaration, load_current(task.portal, server.id, declaration, users)
    )

    names = [name] if present else []
    returned = present and task.params["return_config"]
    secrets = task.secrets(outcome, names, returned=returned)
    result: dict[str, Any] = {"user": None}
    if present:
        result["user"] = outcome.after.users[name].result(server.id)
    if returned:
        result.update(config=secrets[name].config, keys=secrets[name].keys)
    return task.result(**result)


def main():
    run_server_task(SPEC, work, add_file_common_args=True)


if __name__ == "__main__":
    main()
