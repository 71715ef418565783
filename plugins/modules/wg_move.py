#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_move
short_description: Move users and their port forwards to another WireGuard server
version_added: 1.0.0
description:
  - Creates each user on the new server, with the port forwards that it has on the old one, and writes its hand-out.
  - Removes a user from the old server once its device was seen on the new one. That is when the new server says that
    the device is online, was seen, or has received or sent anything. Until then the old server serves it as before.
  - Run it as often as you like. It reads from the two servers how far each user is, and continues there.
  - A user of that name that is on both servers counts as one whose move has begun.
  - The new server gives new keys, so each device needs its new configuration.
  - A port that another user has on the new server is an error before anything is made. Where the rate limit has no room
    to look at all users there, it is one when the portal refuses the port.
  - Takes one request for the servers, two for their users, one or two for each user that is still on the old server,
    one for each other user of the new one if port forwards have to be made there, and one for each thing that is made
    or removed. Hand-outs take two more for each user.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._configs
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  users:
    description:
      - The exact client names, as a list or as a text. Both are split at commas and white space.
      - A name that is on neither server is an error before anything is changed.
    type: raw
    required: true
  from:
    description:
      - The old server, by assignment id, name, host name or IP address.
    type: str
    required: true
  to:
    description:
      - The new server, by assignment id, name, host name or IP address.
    type: str
    required: true
  export_dir:
    description:
      - A folder for the hand-outs of the users that are still to move, as M(premiervpn.wireguard.wg_handout) writes
        them. Needs the library C(segno). If left out, none are written.
    type: path
  now:
    description:
      - Remove each user from the old server at once, though its device was not seen on the new one.
    type: bool
    default: false
  title:
    description:
      - As O(premiervpn.wireguard.wg_handout#module:title).
    type: str
  contact:
    description:
      - As O(premiervpn.wireguard.wg_handout#module:contact).
    type: str
  declared:
    description:
      - The declaration that converge uses, as O(premiervpn.wireguard.wg_servers#module:servers). It is checked whole
        before any request.
      - A warning names each user that the next converge would make on the old server again, as it is still declared
        there, and each that it would remove from the new one.
      - A hand-out shows when access ends, as O(premiervpn.wireguard.wg_handout#module:declared).
    type: list
    elements: raw
seealso:
  - module: premiervpn.wireguard.wg_handout
  - module: premiervpn.wireguard.wg_offboard
"""

EXAMPLES = r"""
- name: Move two devices
  premiervpn.wireguard.wg_move:
    api_key: "{{ premiervpn_api_key }}"
    users: [phone, laptop]
    from: fra1
    to: ams1
    export_dir: ./handouts
"""

RETURN = r"""
moved:
  description: The users that are on the new server alone or, in check mode, would be.
  returned: success, and when a user could not be removed
  type: list
  elements: str
waiting:
  description: The users that are on both servers, until their device was seen on the new one.
  returned: success, and when a user could not be removed
  type: list
  elements: str
handouts:
  description: The hand-outs, as RV(premiervpn.wireguard.wg_handout#module:handouts).
  returned: success, and when a user could not be removed
  type: list
  elements: dict
plan:
  description: The steps on the new server, as RV(premiervpn.wireguard.wg_server#module:plan).
  returned: success, and when something was planned
  type: list
  elements: dict
summary:
  description: The same in numbers, as RV(premiervpn.wireguard.wg_server#module:summary).
  returned: success, and when something was planned
  type: dict
lines:
  description: Where each user stands, to be read by a person. Ansible shows it when the task ends.
  returned: success, and when a user could not be removed
  type: list
  elements: str
  sample:
    - "phone: made on ams1 (6) with 2 port forwards, stays on fra1 (5) until its device was seen on ams1 (6)"
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of RV(premiervpn.wireguard.wg_user#module:error).
  returned: failure
  type: dict
"""

from ..module_utils._module.argspec import HOOKS
from ..module_utils._module.moving import move
from ..module_utils._module.server_task import run_server_task

SPEC = {
    "users": {"type": "raw", "required": True},
    "from": {"type": "str", "required": True},
    "to": {"type": "str", "required": True},
    "export_dir": {"type": "path"},
    "now": {"type": "bool", "default": False},
    "title": {"type": "str"},
    "contact": {"type": "str"},
    "declared": {"type": "list", "elements": "raw"},
    **HOOKS,
}


def main():
    run_server_task(SPEC, move)


if __name__ == "__main__":
    main()
