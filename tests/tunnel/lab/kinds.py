# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of hosts: with a second uplink, with a container, with an address that comes late, behind NAT, IPv6 alone."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

from .host import Host
from .lab import Lab
from .node import Node

UPLINK = "198.18.240"
PUBLIC = "198.18.241.1"
BRIDGE, CONTAINER = "172.30.0.1", "172.30.0.2"
BRIDGE6, CONTAINER6 = "fd17:30::1", "fd17:30::2"

# As Docker publishes a port, and filters all else, for each family.
PUBLISHED = """
table {family} published {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    fib daddr type local tcp dport {port} dnat to {to}:80
    fib daddr type local udp dport {port} dnat to {to}:80
  }}
  chain output {{
    type nat hook output priority -100;
    {family} daddr != {loopback} fib daddr type local tcp dport {port} dnat to {to}:80
    {family} daddr != {loopback} fib daddr type local udp dport {port} dnat to {to}:80
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct status dnat accept
    iifname "bridge0" accept
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    {family} saddr {network} oifname != "bridge0" masquerade
  }}
}}
"""


# As a home's or a hypervisor's router does it: some ports lead in, all leads out, and nothing else comes in.
NAT = """
table ip hidden {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    ip daddr {public} tcp dport {{ {ports} }} dnat to {host}
    ip daddr {public} udp dport {{ {ports} }} dnat to {host}
  }}
  chain forward {{
    type filter hook forward priority filter;
    ip daddr {host} ct status dnat accept
    ip daddr {host} ct state new drop
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    ip saddr {host} snat to {public}
  }}
}}
"""


@contextlib.contextmanager
def behind_nat(lab: Lab, host: Host, *ports: int) -> Iterator[str]:
    """The host behind its router's one address, which leads these ports to it: that address."""
    router = lab.network.router
    router.ip(f"address add {PUBLIC}/32 dev lo")
    led = ", ".join(map(str, ports))
    router.run("nft", "-f", "-", stdin=NAT.format(public=PUBLIC, host=host.v4, ports=led))
    try:
        yield PUBLIC
    finally:
        router.run("nft", "delete", "table", "ip", "hidden")
        router.ip(f"address del {PUBLIC}/32 dev lo")


def without_ipv4(host: Host) -> None:
    """Leave it its IPv6 address alone."""
    host.ip(f"address del {host.v4}/24 dev eth0")


def add_address(lab: Lab, host: Host) -> str:
    """One more address on the host's link, that was not there when the tunnel started."""
    address = host.link.v4(77)
    host.ip(f"address add {address}/24 dev eth0")
    return address


def add_uplink(lab: Lab, host: Host) -> str:
    """A second uplink with rules of its own, as everybody makes them; its address."""
    router = lab.network.router
    peer = ("peer", "name", "eth1", "netns", str(host.pid))
    router.call(subprocess.run, ["ip", "link", "add", "uplink", "type", "veth", *peer], check=True)
    router.ip(f"address add {UPLINK}.1/24 dev uplink", "link set uplink up")
    host.ip(
        f"address add {UPLINK}.2/24 dev eth1",
        "link set eth1 up",
        f"route add default via {UPLINK}.1 dev eth1 table 200",
        f"route add {UPLINK}.0/24 dev eth1 table 200",
        f"rule add from {UPLINK}.2 lookup 200 pref 32765",
    )
    return f"{UPLINK}.2"


def add_container(host: Host, port: int) -> Node:
    """A network of its own behind a bridge, with its port 80 published as this one, as Docker does it."""
    container = Node("container")
    peer = ("peer", "name", "eth0", "netns", str(container.pid))
    host.call(subprocess.run, ["ip", "link", "add", "inside", "type", "veth", *peer], check=True)
    host.ip(
        "link add bridge0 type bridge",
        "link set inside master bridge0 up",
        f"address add {BRIDGE}/24 dev bridge0",
        f"address add {BRIDGE6}/64 dev bridge0 nodad",
        "link set bridge0 up",
    )
    container.ip(
        "link set lo up",
        f"address add {CONTAINER}/24 dev eth0",
        f"address add {CONTAINER6}/64 dev eth0 nodad",
        "link set eth0 up",
        f"route add default via {BRIDGE}",
        f"route add default via {BRIDGE6}",
    )
    host.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
    for family, network, loopback, to in (
        ("ip", f"{BRIDGE}/24", "127.0.0.0/8", CONTAINER),
        ("ip6", f"{BRIDGE6}/64", "::1", f"[{CONTAINER6}]"),
    ):
        rules = PUBLISHED.format(
            family=family, port=port, to=to, network=network, loopback=loopback
        )
        host.run("nft", "-f", "-", stdin=rules)
    return container
