# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_offboarding
short_description: What removing users ends, and the declaration that removes them
version_added: 1.0.0
description:
  - Turns users that were found into lines that a person reads, and into what M(premiervpn.wireguard.wg_server) takes to
    remove them. The playbook C(premiervpn.wireguard.offboard) uses it.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The C(servers) of M(premiervpn.wireguard.wg_account_info), with port forwards.
    type: list
    elements: dict
    required: true
seealso:
  - module: premiervpn.wireguard.wg_account_info
"""

EXAMPLES = r"""
- name: What removing them ends
  ansible.builtin.debug:
    msg: "{{ (found.servers | premiervpn.wireguard.wg_offboarding).told }}"
"""

RETURN = r"""
_value:
  description:
    - C(told) are the lines. C(declared) holds, for each server, C(server), C(label) and C(users), which are absent.
  type: dict
  sample:
    declared:
      - label: fra1 (5)
        server: 5
        users:
          - {name: anna-phone, state: absent}
    told:
      - "anna-phone on server fra1 (5): 10.66.66.3, online"
      - "  443/tcp -> 8443 (HTTPS) ends"
"""

from typing import Any

from ..plugin_utils._offboarding import offboarding
from ..plugin_utils._unsafe import never_template


def wg_offboarding(servers: list[dict[str, Any]]) -> Any:
    return never_template(offboarding(servers))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_offboarding": wg_offboarding}
