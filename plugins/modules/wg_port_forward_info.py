#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_port_forward_info
short_description: List the port forwards of a WireGuard server or user
version_added: 1.0.0
description:
  - Lists the port forwards of one user or, without O(user), of all users of a server.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.reads
options:
  user:
    description:
      - Only the port forwards of this user. An exact client name, or a numeric id. A string of digits is an id only if
        no user of the server has that name.
      - If left out, those of all users of the server, which takes one request for each of them.
    type: raw
seealso:
  - module: premiervpn.wireguard.wg_port_forward
"""

EXAMPLES = r"""
- name: Which ports lead where?
  premiervpn.wireguard.wg_port_forward_info:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
  register: all

- name: The ports of one user
  premiervpn.wireguard.wg_port_forward_info:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    user: web-server
  register: web
"""

RETURN = r"""
port_forwards:
  description:
    - The port forwards, each with whatever else the API gives for it. Empty if the user asked for does not exist.
      Those of a user that goes away while the others are read are left out.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The rule's id.
      type: int
    external_port:
      description: The port of the server's public address.
      type: int
    internal_port:
      description: The user's port.
      type: int
    protocol:
      description: V(tcp), V(udp) or V(both).
      type: str
    comment:
      description: The comment. Empty if there is none.
      type: str
    status:
      description: The rule's status, as the API gives it.
      type: str
    created_at:
      description: When the rule was created, as the API gives it.
      type: str
    user:
      description: The client name of the user that the port leads to.
      type: str
    user_id:
      description: The id of that user.
      type: int
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._api.finding import server_and_users, user_among
from ..module_utils._api.reading import forwards_of_one, read_each_present
from ..module_utils._errors import NotFoundError
from ..module_utils._module.argspec import SERVER
from ..module_utils._module.task import Task, run

SPEC = {"user": {"type": "raw"}, **SERVER}


def work(task: Task) -> dict:
    portal, wanted = task.portal, task.params["user"]
    if wanted not in (None, ""):
        task.user_label(wanted)
    server, users = server_and_users(portal, task.params["server"])
    if wanted is not None:
        try:
            users = [user_among(users, wanted, server)]
        except NotFoundError:
            users = []
    read = read_each_present(portal, server.id, users, lambda user: forwards_of_one(portal, user))
    return task.result(
        port_forwards=[
            {**rule.result(), "user": user.client_name, "user_id": user.id}
            for user, rules in read
            for rule in rules
        ]
    )


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
