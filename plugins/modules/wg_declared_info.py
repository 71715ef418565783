#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_declared_info
short_description: Check the declarations of several servers before any of them is converged
version_added: 1.0.0
description:
  - Checks the declarations of all servers at once, and lists all that is wrong with any of them. What a task for each
    server would find out one after the other, with the first servers changed already, is found before any request.
  - Two entries that mean one server are refused. Where servers are named other than by their assignment ids, this takes
    one request, which also finds their ids, so that the tasks to come need not look for them.
  - The role P(premiervpn.wireguard.wg_servers#role) and the playbook C(premiervpn.wireguard.drift) begin with it.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.reads
options:
  declared:
    description:
      - The servers. Each a dictionary with the options of M(premiervpn.wireguard.wg_server), but for those of the
        connection.
    type: list
    elements: raw
    required: true
  only:
    description:
      - The client names of the users to converge now. If left out, all of them.
      - It counts for every declared server. A server that declares none of them is left out of the result. A name that
        no server declares is refused.
    type: list
    elements: str
  folder:
    description:
      - Where a relative C(config_dir) counts from. If left out, it is returned as it was given.
    type: path
seealso:
  - module: premiervpn.wireguard.wg_server
"""

EXAMPLES = r"""
- name: Check them all
  premiervpn.wireguard.wg_declared_info:
    api_key: "{{ premiervpn_api_key }}"
    declared: "{{ wg_servers_declared }}"
  register: checked

- name: Converge one after the other
  premiervpn.wireguard.wg_server:
    api_key: "{{ premiervpn_api_key }}"
    server: "{{ item.options.server }}"
    users: "{{ item.options.users }}"
  loop: "{{ checked.servers }}"
  loop_control:
    label: "{{ item.label }}"
"""

RETURN = r"""
servers:
  description: The servers in their order.
  returned: success
  type: list
  elements: dict
  contains:
    label:
      description: How the server was named.
      type: str
    options:
      description:
        - The options of M(premiervpn.wireguard.wg_server) that are set or have a default, each in its type.
        - C(server) is an assignment id where it had to be looked for.
      type: dict
  sample:
    - label: fra1
      options:
        max_deletions: 10
        purge_port_forwards: false
        purge_users: false
        return_configs: false
        server: "5"
        users:
          - {name: phone, state: present}
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of M(premiervpn.wireguard.wg_user).
  returned: failure
  type: dict
"""

import os

from ..module_utils._module.declarations import Entry, resolved, validated_entries
from ..module_utils._module.task import Task, run

SPEC = {
    "declared": {"type": "list", "elements": "raw", "required": True},
    "only": {"type": "list", "elements": "str"},
    "folder": {"type": "path"},
}


def work(task: Task) -> dict:
    entries = validated_entries(task.params["declared"], task.params["only"])
    entries = resolved(task.portal, entries)
    folder = task.params["folder"]
    return task.result(servers=[result(entry, folder) for entry in entries])


def result(entry: Entry, folder: str | None) -> dict:
    options = dict(entry.options)
    if folder and "config_dir" in options:
        options["config_dir"] = os.path.join(folder, options["config_dir"])
    return {"label": entry.label, "options": options}


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
