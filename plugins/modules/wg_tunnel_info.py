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
"""

from ..module_utils._module.tunnel import run
from ..module_utils._tunnel import current, host, messages


def work(module, options):
    host.refuse_lockout(options)
    device = current.read_interface(options.interface)
    current.refuse_foreign(options, device)
    if device.exists and host.is_reached_over(None, sorted(device.addresses)):
        module.warn(messages.OVER_THE_TUNNEL)
    return {
        "changed": False,
        "missing": host.missing(options),
        "service": host.service(options),
        "resolver": host.resolver()[1],
        "ipv6": host.has_ipv6(),
        "kernel": host.has_kernel_module(),
    }


def main():
    run({}, work)


if __name__ == "__main__":
    main()
