#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_server_dns
short_description: Set the DNS-over-TLS resolvers of a WireGuard server
version_added: 1.0.0
description:
  - Sets a server's DNS-over-TLS resolvers, or removes them, which takes the server back to plain DNS.
  - The API reference available to this collection does not name the fields of this setting. They are passed to the API
    as you name them in O(settings), by the vendor's reference.
  - Nothing is sent if the fields already have the given values.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._connection
  - premiervpn.wireguard._server
  - premiervpn.wireguard._attributes
  - premiervpn.wireguard._attributes.changes
options:
  settings:
    description:
      - The fields, as the vendor's reference has them. Needed with O(state=present).
      - Only these are compared and sent. A number and its text are the same, a list is compared in its order, and what
        is nested is compared by the fields that are given.
    type: dict
  state:
    description:
      - With V(present), the fields in O(settings) stand there. With V(absent), they are removed, unless nothing stands
        there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: premiervpn.wireguard.wg_server
  - module: premiervpn.wireguard.wg_user_bandwidth
"""

EXAMPLES = r"""
# The names of the fields are made up: the vendor's reference has the real ones.
- name: Resolvers that are asked over TLS
  premiervpn.wireguard.wg_server_dns:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
    settings:
      resolvers: [192.0.2.53, 198.51.100.53]

- name: Back to plain DNS
  premiervpn.wireguard.wg_server_dns:
    api_key: "{{ premiervpn_api_key }}"
    server: 5
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
  sample: {resolvers: [192.0.2.53, 198.51.100.53]}
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
from ..module_utils._module.task import run
from ..module_utils._module.unpublished_task import dns_result

SPEC = {
    "settings": {"type": "dict"},
    **SERVER,
    **STATE,
}


def main():
    run(SPEC, dns_result, required_if=[("state", "present", ["settings"])])


if __name__ == "__main__":
    main()
