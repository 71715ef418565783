#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_user_bandwidth
short_description: Limit the bandwidth of a WireGuard user, or end the limit
version_added: 1.0.0
description:
  - Sets a user's up and down limit, or removes it, which makes the user's bandwidth unlimited.
  - The API reference available to this collection does not name the fields of a limit. They are passed to the API as
    you name them in O(limits), by the vendor's reference.
  - Nothing is sent if the fields already have the given values.
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
      - The user, by exact client name or by id. Digits mean an id only if no user of the server has them as a name.
    type: raw
    required: true
  limits:
    description:
      - The fields, as the vendor's reference has them. Needed with O(state=present).
      - Only these are compared and sent. A number and its text are the same, a list is compared in its order, and what
        is nested is compared by the fields that are given.
    type: dict
  state:
    description:
      - With V(present), the fields in O(limits) stand there. With V(absent), nothing does. For a user that is not
        there, V(absent) is satisfied, with a warning.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: premiervpn.wireguard.wg_user
  - module: premiervpn.wireguard.wg_server_dns
"""

EXAMPLES = r"""
# The names of the fields are made up: the vendor's reference has the real ones.
- name: A limit for the phone
  premiervpn.wireguard.wg_user_bandwidth:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    user: phone
    limits:
      up: 20
      down: 50

- name: No limit for the phone any more
  premiervpn.wireguard.wg_user_bandwidth:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    user: phone
    state: absent
"""

RETURN = r"""
before:
  description: What stood there, as the portal gave it. Null for nothing. WireGuard's secret keys are left out.
  returned: success, and when the portal did not keep what it took
  type: dict
after:
  description: What stands there now. In check mode, what would stand there as far as that is known.
  returned: success, and when the portal did not keep what it took
  type: dict
  sample: {down: 50, up: 20}
dropped:
  description:
    - The fields that stood there, were not given, and do not stand there any more, with what they were. A warning shows
      them too. Empty in check mode, where a warning says which fields may go.
  returned: success
  type: dict
requests:
  description: How many requests were sent.
  returned: always
  type: int
error:
  description: What is known of the request that failed, as of M(premiervpn.wireguard.wg_user).
  returned: failure
  type: dict
"""

from ..module_utils._module.argspec import SERVER, STATE
from ..module_utils._module.server_task import run_server_task
from ..module_utils._module.unpublished_task import bandwidth_result

SPEC = {
    "user": {"type": "raw", "required": True},
    "limits": {"type": "dict"},
    **SERVER,
    **STATE,
}


def main():
    run_server_task(SPEC, bandwidth_result, required_if=[("state", "present", ["limits"])])


if __name__ == "__main__":
    main()
