# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_results
short_description: What a loop over declared servers did, server by server
version_added: 1.0.0
description:
  - Shortens the results of a loop of M(premiervpn.wireguard.wg_server) over the C(servers) that
    M(premiervpn.wireguard.wg_declared_info) returns. The role P(premiervpn.wireguard.wg_servers#role) and the playbook
    C(premiervpn.wireguard.drift) use it.
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The C(results) of the loop.
    type: list
    elements: dict
    required: true
seealso:
  - plugin: premiervpn.wireguard.wg_differences
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Whether everything is as declared
  ansible.builtin.debug:
    msg: "{{ looped.results | premiervpn.wireguard.wg_results | selectattr('changed') | map(attribute='server') }}"
"""

RETURN = r"""
_value:
  description:
    - One dictionary for each server, with C(server) as it was declared, C(changed), C(plan) and C(summary).
    - Where the server failed, C(failed) is true and C(msg) says why.
    - With C(users) where the declaration has C(return_configs).
  type: list
  elements: dict
"""

from typing import Any

from ..plugin_utils._differences import results
from ..plugin_utils._unsafe import never_template


def wg_results(looped: list[dict[str, Any]]) -> Any:
    return never_template(results(looped))


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_results": wg_results}
