#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Its work is done by the action of the same name, where Ansible runs.

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_validate
short_description: Check a declaration of WireGuard servers without a key and without a request
version_added: 1.0.0
description:
  - Checks everything that M(premiervpn.wireguard.wg_servers) checks before its first request, and lists all problems at
    once.
  - Each problem has the file and line of the user, port forward or server, where Ansible knows them. That is with
    ansible-core 2.19 or newer. With older ones the names have to do.
  - Warns of users that have expired and can be taken out of the declaration.
  - Runs where Ansible runs. Needs no API key, sends nothing and changes nothing.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
options:
  servers:
    description:
      - The declaration, as O(premiervpn.wireguard.wg_servers#module:servers).
    type: list
    elements: raw
    required: true
  only:
    description:
      - The client names of the users to converge, as O(premiervpn.wireguard.wg_servers#module:only). A name that no
        server declares is a problem.
    type: list
    elements: str
seealso:
  - module: premiervpn.wireguard.wg_servers
"""

EXAMPLES = r"""
- name: Check the declaration
  premiervpn.wireguard.wg_validate:
    servers: "{{ wg_servers_declared }}"
"""

RETURN = r"""
problems:
  description: What is wrong. Empty if nothing is.
  returned: always
  type: list
  elements: dict
  contains:
    file:
      description: The file, relative to where Ansible was started. Null where Ansible does not know it.
      type: str
    line:
      description: The line in that file. Null where Ansible does not know it.
      type: int
    message:
      description: The server, the user, and what is wrong.
      type: str
  sample:
    - file: group_vars/all/wireguard.yml
      line: 9
      message: "server 1 (fra1): user 'web': external_port 22 is reserved by the portal (22, 51820, 56561 are)"
lines:
  description: The problems or, if there are none, what each server declares, to be read by a person. Ansible shows it.
  returned: always
  type: list
  elements: str
  sample:
    - "fra1: 14 users, 20 port forwards"
"""
