# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: wg_client_answer
short_description: What the portal answered for one host
version_added: 1.0.0
description:
  - Internal to the role P(premiervpn.wireguard.wg_client#role), and not covered by semantic versioning.
  - Picks one host's part out of the results of a loop of M(premiervpn.wireguard.wg_server) over the declarations of
    P(premiervpn.wireguard.wg_client_servers#filter).
author:
  - PremierVPN (@premiervpn)
requirements:
  - Python 3.10 or newer
options:
  _input:
    description: The registered result of the loop.
    type: dict
    required: true
  portal:
    description: What the host should have, with C(user) and C(server), by the variables of the controller.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: The configuration of this host
  ansible.builtin.set_fact:
    config: "{{ (declared | premiervpn.wireguard.wg_client_answer({'user': 'web-1', 'server': 'fra1'})).config }}"
  no_log: true
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(error), why there is no answer, empty where there is one, and with C(config), the text of the
      user's C(.conf) file. It is null in check mode for a user who is yet to be created.
  type: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError


def wg_client_answer(declared: Any, portal: Any) -> dict[str, Any]:
    try:
        # A template reads each of its variables first, up to ansible-core 2.18: of a host that did not ask, too.
        for result in declared["results"] if portal else ():
            # Where none is named, a template makes an empty text of null, up to ansible-core 2.18.
            if (result["item"]["server"] or None) == (portal["server"] or None):
                return _answer(result, str(portal["user"]))
    except (KeyError, TypeError) as exc:
        raise AnsibleFilterError(
            "wg_client_answer needs the result of a loop of wg_server, and a dictionary with user and server"
        ) from exc
    return {"error": "the portal was not asked about this host", "config": None}


def _answer(result: dict[str, Any], name: str) -> dict[str, Any]:
    for user in result.get("users") or []:
        if user.get("client_name") == name:
            return {"error": "", "config": user.get("config")}
    return {"error": result.get("msg") or f"the portal gave no user {name}", "config": None}


class FilterModule:
    def filters(self) -> dict[str, Any]:
        return {"wg_client_answer": wg_client_answer}
