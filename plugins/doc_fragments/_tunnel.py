# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a tunnel on a Linux host, shared by wg_tunnel and wg_tunnel_info."""

from __future__ import annotations


class ModuleDocFragment:
    """What the role's arguments say at length is said here in a line."""

    DOCUMENTATION = r"""
requirements:
  - Python 3.8 or newer, on the host that has the tunnel
attributes:
  platform:
    description: Runs on these systems.
    support: full
    platforms: linux
options:
  tunnel:
    description:
      - The tunnel. The role P(premiervpn.wireguard.wg_client#role) has each of these with the prefix C(wg_client_), and
        says more about it.
    type: dict
    default: {}
    suboptions:
      interface:
        description: The interface's name.
        type: str
        default: pvpn0
      routes:
        description: V(full), V(forwards), V(none), or a list of networks. What goes into the tunnel.
        type: raw
        default: full
      guard:
        description: Whether replies from the host's own addresses leave the way they came.
        type: bool
        default: true
      table:
        description: The tunnel's routing table. V(auto) is a free one from 51820 on; the file keeps it.
        type: str
        default: auto
      fwmark:
        description: The mark of WireGuard's own packets. V(auto) is a free one from 51820 on; the file keeps it.
        type: str
        default: auto
      guard_pref:
        description:
          - The first of the three preferences of the tunnel's ip rules. V(auto) is a free one from 31000 on; the file
            keeps it.
        type: str
        default: auto
      rollback:
        description: Seconds after which the host puts a change back that nobody confirmed. V(0) for never.
        type: int
        default: 60
      verify:
        description: Seconds to wait for a handshake with the server. V(0) for not at all.
        type: int
        default: 15
      ipv6:
        description: V(auto) leaves IPv6 out where the host has none.
        type: str
        choices: [auto, keep, drop]
        default: auto
      dns:
        description: V(auto), V(install), V(none), or a list of resolvers.
        type: raw
        default: auto
      mtu:
        description: The interface's MTU.
        type: int
      keepalive:
        description: Seconds between two keepalives. V(0) for none.
        type: int
      listen_port:
        description: The UDP port to listen to.
        type: int
      pre_up:
        description: Commands before the interface is made.
        type: list
        elements: str
        default: []
      post_up:
        description: Commands after the tunnel is up.
        type: list
        elements: str
        default: []
      pre_down:
        description: Commands before the tunnel goes down.
        type: list
        elements: str
        default: []
      post_down:
        description: Commands after the tunnel is down.
        type: list
        elements: str
        default: []
      service:
        description: What starts the tunnel.
        type: str
        choices: [auto, systemd, openrc, none]
        default: auto
      userspace:
        description: V(auto), V(true) or V(false). Whether wireguard-go is needed.
        type: raw
        default: auto
      reresolve:
        description: Whether the host asks for the server's name again where handshakes grow old.
        type: bool
        default: false
      enabled:
        description: Whether the tunnel starts with the host.
        type: bool
        default: true
"""
