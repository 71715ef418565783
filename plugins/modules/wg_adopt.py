#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_adopt
short_description: Write the current state of WireGuard servers into a file, as a declaration
version_added: 1.0.0
description:
  - Writes the users and port forwards of the account's servers as C(wg_servers_declared), ready to commit. The role
    P(premiervpn.wireguard.wg_servers#role) takes it as it is, and changes nothing.
  - Leaves out what can't be declared, and names it in a comment of the file, in RV(left_out) and on the terminal. That
    is a port that the portal reserves, a name that two users share, a port that two rules lead to two places, and a
    comment that Ansible would take for a template.
  - The file is plain YAML in a stable order, and holds no secrets.
  - Takes one request for the servers, one for each server, and one for each user.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  path:
    description:
      - The file to write, on the host where the module runs. Folders that are missing are made.
      - A new file has the usual mode, and one that is replaced keeps its own.
    type: path
    required: true
    aliases: [dest]
  servers:
    description:
      - Only these servers, each by assignment id, name, host name or IP address. If left out or empty, all of them.
    type: list
    elements: str
    default: []
  force:
    description:
      - Replace a file that is there, and keep a backup of it. If V(false), that is an error.
      - A file that C(ansible-vault) encrypted is never replaced.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_servers
"""

EXAMPLES = r"""
- name: What is there becomes what is declared
  premiervpn.wireguard.wg_adopt:
    api_key: "{{ premiervpn_api_key }}"
    path: ./group_vars/all/wireguard.yml
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
declaration:
  description: What the file declares, as M(premiervpn.wireguard.wg_servers) takes it.
  returned: success
  type: list
  elements: dict
  sample:
    - server: 5
      users:
        - name: web-server
          port_forwards:
            - {external_port: 443, internal_port: 8443, comment: HTTPS}
left_out:
  description: What stands on the servers and is not in the file, with the reason.
  returned: success
  type: list
  elements: str
lines:
  description: What was written and what was left out, to be read by a person. Ansible shows it when the task ends.
  returned: success
  type: list
  elements: str
  sample:
    - "wrote ./group_vars/all/wireguard.yml: 1 server, 14 users, 20 port forwards"
backup_file:
  description: The copy of the file that was replaced.
  returned: when a file was replaced
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

from ..module_utils._module.adopt import adopt
from ..module_utils._module.task import run

SPEC = {
    "path": {"type": "path", "required": True, "aliases": ["dest"]},
    "servers": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
}


def main():
    run(SPEC, adopt)


if __name__ == "__main__":
    main()
