#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_server_info
short_description: List the WireGuard servers of the account
version_added: 1.0.0
description:
  - Lists the dedicated WireGuard servers that are assigned to the account.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.reads
options:
  server:
    description:
      - Only this server. Its assignment id, or exactly the name, hostname or IP address that the portal lists for it.
      - If left out, all servers of the account.
    type: str
seealso:
  - module: premiervpn.wireguard.wg_user_info
  - module: premiervpn.wireguard.wg_status_info
"""

EXAMPLES = r"""
- name: Which servers are there?
  premiervpn.wireguard.wg_server_info:
    api_key: "{{ premiervpn_api_key }}"
  register: account

- name: Their assignment ids
  ansible.builtin.debug:
    msg: "{{ account.servers | map(attribute='assignment_id') }}"
"""

RETURN = r"""
servers:
  description:
    - The servers, each with whatever else the API gives for it. Empty if the one asked for does not exist.
  returned: success
  type: list
  elements: dict
  contains:
    assignment_id:
      description: The id that the other modules take as O(premiervpn.wireguard.wg_user#module:server).
      type: int
    name:
      description: The server's name.
      returned: where the API gives it
      type: str
    hostname:
      description: The server's host name.
      returned: where the API gives it
      type: str
    ip:
      description: The server's public IP address.
      returned: where the API gives it
      type: str
  sample:
    - assignment_id: 5
      hostname: fra1.example.net
      ip: 192.0.2.5
      name: fra1
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._api.finding import server_among
from ..module_utils._errors import AmbiguousError, NotFoundError
from ..module_utils._module.argspec import SERVER
from ..module_utils._module.task import Task, run


def work(task: Task) -> dict:
    servers, wanted = task.portal.servers(), task.params["server"]
    if wanted and wanted.strip():
        try:
            servers = [server_among(servers, wanted)]
        except AmbiguousError:
            raise
        except NotFoundError:
            servers = []
    return task.result(servers=[server.result() for server in servers])


def main():
    run(SERVER, work)


if __name__ == "__main__":
    main()
