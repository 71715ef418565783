#!/usr/bin/python
# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: wg_tunnel_info
short_description: What a host has for a WireGuard tunnel, and what it lacks
version_added: 1.0.0
description:
  - Looks at a Linux host for the role P(premiervpn.wireguard.wg_client#role), and checks the options for its tunnel.
    Runs on that host, as root.
author:
  - PremierVPN (@premiervpn)
extends_documentation_fragment:
  - premiervpn.wireguard._tunnel
attributes:
  check_mode:
    description: Changes nothing, in check mode or not.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
options:
  portal:
    description:
      - What the portal should have for this host. It is checked and given back, so that one task can declare the users
        of all hosts of a play.
    type: dict
    suboptions:
      user:
        description: The client name.
        type: str
        required: true
      server:
        description: The server, as in M(premiervpn.wireguard.wg_server).
        type: str
      port_forwards:
        description: The user's port forwards, as in M(premiervpn.wireguard.wg_server). Left out, they are left alone.
        type: list
        elements: dict
      state:
        description: Whether the user should be there.
        type: str
        choices: [present, absent]
        default: present
seealso:
  - module: premiervpn.wireguard.wg_tunnel
"""

EXAMPLES = r"""
- name: Look at the host
  premiervpn.wireguard.wg_tunnel_info:
  register: looked

- name: What is missing
  ansible.builtin.debug:
    msg: "{{ looked.missing }}"
"""

RETURN = r"""
missing:
  description: The commands that the tunnel needs and the host does not have.
  returned: success
  type: list
  elements: str
  sample: [wg, wg-quick]
service:
  description: What starts the tunnel. V(systemd), V(openrc) or V(none).
  returned: success
  type: str
resolver:
  description: What would put the tunnel's DNS into use, or why nothing would.
  returned: success
  type: str
  sample: openresolv
ipv6:
  description: Whether the host has IPv6.
  returned: success
  type: bool
kernel:
  description: Whether the kernel has WireGuard. Where it has not, wireguard-go is needed.
  returned: success
  type: bool
portal:
  description: O(portal) as given, checked; null where it was not given.
  returned: success
  type: dict
"""

from ..module_utils._module.tunnel import run
from ..module_utils._tunnel import current, host
from ..module_utils._tunnel.tunnel_options import check_user

SPEC = {
    "portal": {
        "type": "dict",
        "options": {
            "user": {"type": "str", "required": True},
            "server": {"type": "str"},
            "port_forwards": {"type": "list", "elements": "dict"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
    },
}


def work(module, options):
    portal = module.params["portal"]
    if portal:
        check_user(portal["user"])
    current.refuse_foreign(options, current.read_device(options))
    return {
        "changed": False,
        "missing": host.missing(options),
        "service": host.service(options),
        "resolver": host.resolver()[1],
        "ipv6": host.has_ipv6(),
        "kernel": host.has_kernel_module(),
        "portal": portal,
    }


def main():
    run(SPEC, work)


if __name__ == "__main__":
    main()
