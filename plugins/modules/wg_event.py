#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_event
short_description: Correct or check a WireGuard server after an event of Event-Driven Ansible
version_added: 1.0.0
description:
  - Takes an event of the event source C(premiervpn.wireguard.wg_status), and the declaration of the servers.
  - With O(check=port_forwards) it corrects the declared port forwards of all devices of the event's server. It creates
    them while the device is online, and removes them while it is offline. It leaves alone port forwards and users that
    are not declared.
  - It lists the users itself and does not rely on a single event, so the next event corrects whatever went wrong with
    the one before. An event of the type V(devices) also says which devices are offline for certain. Then it removes
    only their port forwards.
  - With O(check=undeclared_users) the task fails if the event's user is not declared. If the event has no user, all
    users of its server are compared.
  - The playbooks C(premiervpn.wireguard.event_ports) and C(premiervpn.wireguard.event_undeclared) run this module.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  check:
    description:
      - What the event is about.
    type: str
    choices: [port_forwards, undeclared_users]
    required: true
  servers:
    description:
      - The declared servers. Each has the options of M(premiervpn.wireguard.wg_server).
      - C(while_online) of a user or of a port forward decides whether a port forward follows its device. Where it is
        not set, the port forward does.
    type: list
    elements: raw
    required: true
  event:
    description:
      - The event. In a playbook that ansible-rulebook starts it is C(ansible_eda.event).
    type: dict
    required: true
notes:
  - With O(check=port_forwards) it takes a request for the users, and one for each user whose port forwards follow its
    device. Servers that are named other than by their assignment ids take one more.
seealso:
  - module: premiervpn.wireguard.wg_server
"""

EXAMPLES = r"""
- name: Let the port forwards follow their devices
  premiervpn.wireguard.wg_event:
    check: port_forwards
    servers: "{{ wg_servers_declared }}"
    event: "{{ ansible_eda.event }}"
  vars:
    wg_servers_declared:
      - server: fra1
        users:
          - name: game-server
            while_online: true
            port_forwards:
              - {external_port: 27015, internal_port: 27015, protocol: udp}

- name: Fail if the user is not declared
  premiervpn.wireguard.wg_event:
    check: undeclared_users
    servers:
      - server: fra1
        users:
          - name: phone
    event: "{{ ansible_eda.event }}"
"""

RETURN = r"""
lines:
  description: What was done, to be read by a person.
  returned: success
  type: list
  elements: str
  sample:
    - "fra1 (5): game-server: 27015/udp -> 27015 was closed"
plan:
  description:
    - The steps that were run or, in check mode, would be, as of RV(premiervpn.wireguard.wg_server#module:plan).
  returned: with O(check=port_forwards), on success and when a step failed
  type: list
  elements: dict
summary:
  description: How much the plan does, in check mode too, as of RV(premiervpn.wireguard.wg_server#module:summary).
  returned: with O(check=port_forwards), on success and when a step failed
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

from ..module_utils._module.events import put_ports_right, refuse_undeclared
from ..module_utils._module.server_task import run_server_task

CHECKS = {"port_forwards": put_ports_right, "undeclared_users": refuse_undeclared}
SPEC = {
    "check": {"type": "str", "choices": list(CHECKS), "required": True},
    "servers": {"type": "list", "elements": "raw", "required": True},
    "event": {"type": "dict", "required": True},
}


def main():
    run_server_task(SPEC, lambda task: CHECKS[task.params["check"]](task))


if __name__ == "__main__":
    main()
