#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_port_forward
short_description: Manage one port forward of a WireGuard server
version_added: 1.0.0
description:
  - Declares that I(these protocols of this external port) of a server lead to a port of one user, or lead nowhere.
  - A C(both) rule covers C(tcp) and C(udp). V(tcp) declared where a fitting C(both) stands is satisfied. V(both)
    declared where a fitting C(tcp) stands adds C(udp) alone, and does not interrupt C(tcp). V(absent) C(tcp) where
    C(both) stands leaves C(udp) forwarded.
  - The API has no update. Another O(internal_port) or O(comment) is a replacement, which interrupts the forward for
    the time of two requests. If creating the new rule fails, the old one is put back and the task fails saying so. If
    putting back fails too, the failure holds the whole lost rule in RV(lost_port_forwards).
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  user:
    description:
      - The user that the port is led to. An exact client name, or a numeric id.
      - A string of digits is an id only if no user of the server has that name.
      - A user that does not exist is an error. In check mode, where an earlier task may have been about to create it,
        it is a warning and a predicted change. With O(state=absent) it is a warning, and nothing is to be changed.
    type: raw
    required: true
  external_port:
    description:
      - The port of the server's public address, from 1 to 65535. The portal reserves 22, 51820 and 56561.
    type: int
    required: true
  internal_port:
    description:
      - The user's port, from 1 to 65535. Needed with O(state=present).
      - With O(state=absent) it is not compared.
    type: int
  protocol:
    description:
      - The protocols that the declaration is about.
    type: str
    choices: [tcp, udp, both]
    default: tcp
  comment:
    description:
      - A comment of at most 100 characters.
      - If left out, it is not compared, and kept when the rule is replaced.
    type: str
  state:
    description:
      - Whether the port leads to the user or not.
    type: str
    choices: [present, absent]
    default: present
  takeover:
    description:
      - Move the port here if another user of the server holds it. It is put back on failure.
      - Without it, a port that another user holds is an error that names the user and the rule.
    type: bool
    default: false
seealso:
  - module: premiervpn.wireguard.wg_server
  - module: premiervpn.wireguard.wg_user
"""

EXAMPLES = r"""
- name: HTTPS leads to the web server
  premiervpn.wireguard.wg_port_forward:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    user: web-server
    external_port: 443
    internal_port: 8443
    comment: HTTPS

- name: DNS, both protocols, from the user that has it now
  premiervpn.wireguard.wg_port_forward:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    user: dns
    external_port: 53
    internal_port: 5353
    protocol: both
    takeover: true

- name: No SSH from outside
  premiervpn.wireguard.wg_port_forward:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    user: web-server
    external_port: 2222
    state: absent
"""

RETURN = r"""
port_forward:
  description:
    - The rule that serves what is declared, with whatever else the API gives for it. The first, if two rules do.
    - Null with O(state=absent). In check mode, a rule yet to be created has no RV(port_forward.id).
  returned: success
  type: dict
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
      description: The rule's protocol, which can be V(both) where V(tcp) or V(udp) was declared.
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
  sample:
    comment: HTTPS
    created_at: "2026-06-01T12:00:00Z"
    external_port: 443
    id: 31
    internal_port: 8443
    protocol: tcp
    status: active
port_forwards:
  description:
    - All rules that serve what is declared. Two, where C(tcp) and C(udp) of V(both) are rules of their own. C(tcp)
      comes first.
  returned: success
  type: list
  elements: dict
lost_port_forwards:
  description:
    - Rules that were removed for a replacement that then failed, and that could not be put back. Each holds C(user) and
      all that it takes to create the rule again.
  returned: when a rule was lost
  type: list
  elements: dict
plan:
  description:
    - The steps that were run or, in check mode, would be, as of RV(premiervpn.wireguard.wg_server#module:plan).
  returned: success, and when a step failed
  type: list
  elements: dict
summary:
  description: How much the plan does, in check mode too, as of RV(premiervpn.wireguard.wg_server#module:summary).
  returned: success, and when a step failed
  type: dict
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._applying.loading import load_forwards
from ..module_utils._module.argspec import FORWARD, SERVER
from ..module_utils._module.server_task import ServerTask, desired_forward, run_server_task
from ..module_utils._planning.current import serving
from ..module_utils._planning.desired import Desired, DesiredUser
from ..module_utils._planning.validation import validate

SPEC = {
    "user": {"type": "raw", "required": True},
    "takeover": {"type": "bool", "default": False},
    **SERVER,
    **FORWARD,
}


def work(task: ServerTask) -> dict:
    forward = desired_forward(task.params)

    def declared(name: str) -> Desired:
        user = DesiredUser(name, True, (forward,))
        return Desired((user,), takeover=task.params["takeover"])

    validate(declared(task.user_label(task.params["user"])))

    present = task.params["state"] == "present"
    server, name, seen = task.find_user(task.params["server"], task.params["user"], needed=present)
    seen = load_forwards(task.portal, server.id, seen, [name] if name else [])
    outcome = task.converge(server, declared(name) if name else Desired(()), seen)

    rules = serving(outcome.after.forwards[name], forward) if name and forward.present else []
    results = [rule.result() for rule in rules]
    return task.result(port_forward=results[0] if results else None, port_forwards=results)


def main():
    run_server_task(SPEC, work, required_if=[("state", "present", ["internal_port"])])


if __name__ == "__main__":
    main()
