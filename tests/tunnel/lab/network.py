# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's network: a router, and every node on a link of its own to it.

``198.18.N.2`` and ``2001:db8:N::2`` are node number N's addresses, ``.1`` and ``::1`` the router's. They are
seen in the lab alone: links are made inside the namespaces, never in the machine's own. The router takes
no packet whose source does not belong to the link that it comes by, as providers' routers do.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from itertools import count

from .node import Node, stop_all

NO_SPOOFING = """
table ip6 lab {
  chain prerouting {
    type filter hook prerouting priority raw;
    fib saddr . iif oif missing ip6 saddr != fe80::/10 drop
  }
}
"""


@dataclass(frozen=True)
class Link:
    """A node's link: its number, and the addresses that follow from it."""

    number: int

    def v4(self, host: int = 2) -> str:
        return f"198.18.{self.number}.{host}"

    def v6(self, host: int = 2) -> str:
        return f"2001:db8:{self.number:x}::{host:x}"

    @property
    def on_the_router(self) -> str:
        """The name of the router's end."""
        return f"link{self.number}"


class Network:
    """The router and the links."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.nodes: list[Node] = []
        self.router = self.node("router")
        self.router.sysctl(
            ipv4__ip_forward=1,
            ipv6__conf__all__forwarding=1,
            ipv4__conf__all__rp_filter=1,
        )
        self.router.run("nft", "-f", "-", stdin=NO_SPOOFING)

    def node(self, name: str) -> Node:
        """A node without a root file system of its own, and without a link."""
        made = Node(name)
        self.nodes.append(made)
        return made

    def attach(self, node: Node) -> Link:
        """Give a node its link."""
        link = Link(next(self._numbers))
        ours = link.on_the_router
        # By a process of this namespace of processes, as the node's number is one of here.
        peer = ("peer", "name", "eth0", "netns", str(node.pid))
        add = ["ip", "link", "add", ours, "type", "veth", *peer]
        self.router.call(subprocess.run, add, check=True)
        self.router.ip(
            f"address add {link.v4(1)}/24 dev {ours}",
            f"address add {link.v6(1)}/64 dev {ours} nodad",
            f"link set {ours} up",
        )
        # Looking for a second owner of an address takes two seconds.
        node.sysctl(ipv6__conf__eth0__accept_dad=0)
        node.ip(
            f"address add {link.v4()}/24 dev eth0",
            f"address add {link.v6()}/64 dev eth0 nodad",
            "link set eth0 up",
            f"route add default via {link.v4(1)}",
            f"route add default via {link.v6(1)}",
        )
        return link

    def stop(self) -> None:
        """All nodes that were made here."""
        stop_all(self.nodes)
