# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_differences
short_description: Tell in lines what differs from a declaration
version_added: 1.0.0
description:
  - Turns what P(premiervpn.wireguard.wg_results#filter) gives into lines that a person reads. It is what the playbook
    C(premiervpn.wireguard.drift) shows.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description:
      - One dictionary for each server, with C(server), C(plan) and C(summary), and with C(failed) and C(msg) where it
        failed.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: premiervpn.wireguard.wg_results
    plugin_type: filter
"""

EXAMPLES = r"""
- name: What the role did, or would do in check mode
  ansible.builtin.debug:
    msg: "{{ wg_servers_results | premiervpn.wireguard.wg_differences }}"
"""

RETURN = r"""
_value:
  description: A line for each server, and one below it for each difference.
  type: list
  elements: str
  sample:
    - "fra1: 2 differences"
    - "  user phone is missing"
    - "  web-server: 443/tcp -> 8443 (HTTPS) should be 443/tcp -> 9443 (HTTPS)"
    - "ams1: as declared"
"""

from typing import Any

from ..plugin_utils._differences import differences
from ..plugin_utils._unsafe import never_template


def wg_differences(results: list[dict[str, Any]]) -> Any:
    return never_template(differences(results))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_differences": wg_differences}
