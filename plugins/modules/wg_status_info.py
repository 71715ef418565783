#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_status_info
short_description: Read the live status of a WireGuard server's devices
version_added: 1.0.0
description:
  - Reads who is online on a server, as the server itself reports it to the portal.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.reads
seealso:
  - module: premiervpn.wireguard.wg_user_info
"""

EXAMPLES = r"""
- name: Who is online?
  premiervpn.wireguard.wg_status_info:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
  register: status

- name: Their names
  ansible.builtin.debug:
    msg: "{{ status.devices | selectattr('online') | map(attribute='client_name') }}"
"""

RETURN = r"""
devices:
  description: The server's devices, with the fields that the API gives for them.
  returned: success
  type: list
  elements: dict
  sample:
    - client_name: phone
      online: true
server:
  description: The server's assignment id.
  returned: success
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

from ..module_utils._api.finding import server_and_devices
from ..module_utils._module.argspec import SERVER
from ..module_utils._module.task import Task, run


def work(task: Task) -> dict:
    server, devices = server_and_devices(task.portal, task.params["server"])
    return task.result(server=server.id, devices=devices)


def main():
    run(SERVER, work)


if __name__ == "__main__":
    main()
