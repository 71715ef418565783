# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of how Linux picks a packet's way, and of the networks that a host may be in.

A host has links with addresses, uplinks with rules of their own, containers behind a bridge, addresses that came
after the tunnel, and rules of other programs. The tunnel's rules are the real ones.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import rules
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.desired import Desired
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.rules import Layout, Rule
from tests.support.tunnel_hosts import CONF, wish

TUNNEL, BRIDGE = "pvpn0", "docker0"
# The address that uplinks have for this host, by link and family.
FIRST, SECOND = "eth0", "eth1"
CONTAINERS = {4: "172.30.0.2", 6: "fd17::2"}
# NetworkManager's routes have such a metric.
LEASED = 100
SOMEBODY = {4: "203.0.113.9", 6: "2001:db8:ffff::9"}
NOBODY = {4: "0.0.0.0", 6: "::"}
CONF_OF_BOTH = CONF.replace("10.66.66.2/32", "10.66.66.2/32, fd66::2/128")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Packet:
    """What is sent. Without a ``source`` Linux takes one when the way is known; ``iif``: it is passed on."""

    target: str
    source: str | None = None
    mark: int = 0
    iif: str | None = None

    @property
    def family(self) -> int:
        return ipaddress.ip_address(self.target).version


@dataclass
class Ways:
    """The rules and the routing tables of a host."""

    rules: list[Rule]
    # Networks with the links and the metrics of their routes.
    tables: dict[str, list[tuple[Network, str, int]]]

    def of(self, packet: Packet) -> str | None:
        """The link by which a packet leaves; None where it has no way."""
        ours = (one for one in self.rules if one.family == packet.family)
        ordered = sorted(ours, key=lambda one: one.pref)
        start = 0
        for place, rule in enumerate(ordered):
            if place < start or not _matches(rule, packet) or rule.table == "nop":
                continue
            if rule.table.startswith("goto "):
                pref = int(rule.table.split()[1])
                start = next(n for n, one in enumerate(ordered) if one.pref >= pref)
                assert start > place
                continue
            found = self._route(rule.table, packet.target)
            if found and not (rule.suppress and not found[0].prefixlen):
                return found[1]
        return None

    def _route(self, table: str, target: str) -> tuple[Network, str, int] | None:
        address = ipaddress.ip_address(target)
        fitting = [one for one in self.tables.get(table, []) if address in one[0]]
        return max(fitting, key=lambda one: (one[0].prefixlen, -one[2]), default=None)


def _matches(rule: Rule, packet: Packet) -> bool:
    if rule.iif not in (None, packet.iif):
        return False
    if rule.mark not in (None, packet.mark):
        return False
    if rule.unless_mark is not None and rule.unless_mark == packet.mark:
        return False
    if rule.source is None:
        return True
    # IPv6 looks at no source that is not there yet, and IPv4 takes it for 0.0.0.0.
    if packet.source is None and packet.family == 6:
        return False
    source = packet.source or NOBODY[packet.family]
    return ipaddress.ip_address(source) in ipaddress.ip_network(rule.source)


@dataclass(frozen=True)
class Surroundings:
    """Where a host is."""

    families: tuple[int, ...] = (4, 6)
    # A second uplink, with rules of its own for its address.
    second: bool = False
    containers: bool = False
    # An address that came after the tunnel had started.
    late: bool = False
    # The network of its link has the VPN's numbers.
    like_the_vpn: bool = False
    # Rules of another program, before ours: Tailscale has such.
    tailscale: bool = False
    # Somebody's tunnel, made by wg-quick, that takes the default route.
    by_hand: bool = False

    def addresses(self, family: int) -> dict[str, str]:
        """The host's own addresses, each with its link."""
        if family not in self.families:
            return {}
        found = {self._address(family, FIRST, 9): FIRST}
        if self.second:
            found[self._address(family, SECOND, 9)] = SECOND
        if self.late:
            found[self._address(family, FIRST, 77)] = FIRST
        return found

    def neighbour(self, family: int) -> str:
        """Somebody on the same link."""
        return self._address(family, FIRST, 99)

    def _address(self, family: int, link: str, number: int) -> str:
        if self.like_the_vpn and link == FIRST:
            return f"10.66.66.{number}" if family == 4 else f"fd66::{number:x}"
        place = 1 if link == FIRST else 2
        return f"192.0.{place}.{number}" if family == 4 else f"2001:db8:{place}::{number:x}"

    def ways(self, tunnel: Desired | None = None) -> Ways:
        """How packets go, with our tunnel or without it."""
        ways = Ways([], {"main": []})
        for family in (4, 6):
            ways.rules.append(Rule(family, 32766, "main"))
            for link in (FIRST, SECOND) if self.second else (FIRST,):
                if family in self.families:
                    self._add_link(ways, family, link)
        if self.by_hand:
            _take_all(ways, "wg9", "51900", 51900)
        if self.tailscale:
            ways.rules += [Rule(4, 5210, "main", mark=0x80000), Rule(4, 5270, "52")]
            ways.tables["52"] = [(ipaddress.ip_network("100.64.0.0/10"), "tailscale0", 0)]
        if tunnel:
            _add_tunnel(ways, tunnel)
        return ways

    def _add_link(self, ways: Ways, family: int, link: str) -> None:
        network = ipaddress.ip_network(
            f"{self._address(family, link, 0)}/{24 if family == 4 else 64}"
        )
        default = ipaddress.ip_network(f"{NOBODY[family]}/0")
        ways.tables["main"].append((network, link, LEASED))
        if self.containers:
            inside = ipaddress.ip_network(
                f"{CONTAINERS[family]}/{24 if family == 4 else 64}", False
            )
            ways.tables["main"].append((inside, BRIDGE, 0))
        if link == FIRST:
            ways.tables["main"].append((default, link, LEASED))
        else:
            ways.tables["200"] = [
                *ways.tables.get("200", []),
                (network, link, 0),
                (default, link, 0),
            ]
            ways.rules.append(Rule(family, 32765, "200", source=self._address(family, link, 9)))

    def answers(self, family: int, target: str) -> Iterable[Packet]:
        """Answers of the host to somebody, from each of its addresses, and from a container."""
        for address in self.addresses(family):
            yield Packet(target, source=address)
        if self.containers and family in self.families:
            yield Packet(target, source=CONTAINERS[family], iif=BRIDGE)


def _take_all(ways: Ways, link: str, table: str, mark: int) -> None:
    """As wg-quick does it."""
    for family in (4, 6):
        ways.rules.append(Rule(family, 32764, table, unless_mark=mark))
        ways.rules.append(Rule(family, 32763, "main", suppress=True))
        whole = ipaddress.ip_network(f"{NOBODY[family]}/0")
        ways.tables[table] = [*ways.tables.get(table, []), (whole, link, 0)]


def _add_tunnel(ways: Ways, tunnel: Desired) -> None:
    ways.rules += tunnel.layout.rules
    inside = [ipaddress.ip_network(one) for one in tunnel.peer["AllowedIPs"]]
    ways.tables[str(tunnel.options.table)] = [(one, TUNNEL, 0) for one in inside]
    ways.tables["main"] += [
        (ipaddress.ip_network(one), TUNNEL, rules.VPN_METRIC) for one in tunnel.layout.vpn_networks
    ]


surroundings = st.builds(
    Surroundings,
    families=st.sampled_from(((4,), (6,), (4, 6), (4, 6))),
    second=st.booleans(),
    containers=st.booleans(),
    late=st.booleans(),
    like_the_vpn=st.booleans(),
    tailscale=st.booleans(),
    by_hand=st.booleans(),
)
# What a tunnel takes: all, halves of it, somebody's network alone, port forwards.
routes = st.sampled_from(
    (
        "full",
        "full",
        "forwards",
        "none",
        ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"],
        ["203.0.113.0/24"],
        ["2001:db8:ffff::/48"],
    )
)


@dataclass(frozen=True)
class Change:
    """A tunnel that somebody wants, and where."""

    where: Surroundings = field(default_factory=Surroundings)
    routes: str | tuple[str, ...] = "full"
    guard: bool = True
    # Whether the VPN gives IPv6.
    both: bool = False

    @property
    def tunnel(self) -> Desired:
        wanted = list(self.routes) if isinstance(self.routes, tuple) else self.routes
        return wish(
            CONF_OF_BOTH if self.both else CONF, routes=wanted, guard=self.guard, rollback=60
        )

    @property
    def turned_away(self) -> list[Packet]:
        """The answers to somebody that leave by another way than without the tunnel."""
        before, after = self.where.ways(), self.where.ways(self.tunnel)
        return [
            one
            for family in self.where.families
            for target in (SOMEBODY[family], self.where.neighbour(family))
            for one in self.where.answers(family, target)
            if before.of(one) != after.of(one)
        ]


changes = st.builds(
    Change,
    where=surroundings,
    routes=routes.map(lambda one: tuple(one) if isinstance(one, list) else one),
    guard=st.booleans(),
    both=st.booleans(),
)


def by_addresses(layout: Layout, family: int) -> list[Rule]:
    """As roles of others do it: from each address that is there at the start to the main table."""
    there = Surroundings(second=True).addresses(family)
    guard = [Rule(family, layout.options.prefs[0], "main", source=one) for one in there]
    return [*guard, *layout._everything(family)]
