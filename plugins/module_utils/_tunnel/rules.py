# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The way of the packets: the ip rules of a tunnel, as commands in its file and as they should stand.

Three preferences in a row are ours. At the first: what comes from one of the host's own addresses goes
by the main table, so that replies leave the way they came (the guard); what comes from the tunnel's
address goes by the tunnel's table, so that port forwards answer to everywhere. At the second: the main
table, but for its default route. At the third: all else that is not WireGuard's own goes by the
tunnel's table. It needs no firewall and no sysctl, and is the same in every version of wg-quick.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .tunnel_options import Options

# For each family, the option of ip(8).
FAMILIES = {4: "-4", 6: "-6"}


@dataclass(frozen=True)
class Rule:
    """One ip rule; ``None`` where it does not care."""

    family: int
    pref: int
    table: str
    source: str | None = None
    suppress: bool = False
    unless_mark: int | None = None

    @property
    def command(self) -> str:
        parts = [f"ip -{self.family} rule add"]
        if self.source:
            parts.append(f"from {self.source}")
        if self.unless_mark is not None:
            parts.append(f"not fwmark {self.unless_mark}")
        parts.append(f"lookup {self.table}")
        if self.suppress:
            parts.append("suppress_prefixlength 0")
        return " ".join([*parts, f"pref {self.pref}"])


@dataclass(frozen=True)
class Layout:
    """Which rules a tunnel gets."""

    options: Options
    # The tunnel's own addresses, with their prefixes.
    addresses: tuple[str, ...]
    # The families for which packets may go into the tunnel.
    families: tuple[int, ...]

    @property
    def steers(self) -> bool:
        """Whether the host's own traffic is led into the tunnel."""
        return self.options.routes in ("full", "list")

    @property
    def rules(self) -> list[Rule]:
        """The rules, but for those from the host's own addresses."""
        if self.options.routes == "none":
            return []
        first, second, third = self.options.prefs
        table = str(self.options.table)
        rules = [
            Rule(_family(one), first, table, source=one.partition("/")[0]) for one in self.addresses
        ]
        for family in self.families if self.steers else ():
            rules.append(Rule(family, second, "main", suppress=True))
            rules.append(Rule(family, third, table, unless_mark=self.options.fwmark))
        return rules

    def guard(self, own: list[str]) -> list[Rule]:
        """The rules from the host's ``own`` addresses."""
        if not (self.steers and self.options.guard):
            return []
        pref = self.options.guard_pref
        found = [Rule(_family(one), pref, "main", source=one) for one in own]
        return [rule for rule in found if rule.family in self.families]

    def guard_like(self, rules: Iterable[Rule]) -> set[Rule]:
        """Those of the rules that are a guard's, for whatever address."""
        return set(self.guard([rule.source for rule in rules if rule.source])) & set(rules)

    @property
    def vpn_networks(self) -> list[str]:
        """The networks of the VPN itself: where port forwards alone are desired, they get a route.

        The portal gives a single address. Its neighbours are in the /24, or the /64, around it.
        """
        if self.options.routes != "forwards":
            return []
        found = []
        for one in self.addresses:
            interface = ipaddress.ip_interface(one)
            prefix = min(interface.network.prefixlen, 24 if interface.version == 4 else 64)
            found.append(str(ipaddress.ip_network(f"{interface.ip}/{prefix}", strict=False)))
        return sorted(set(found))

    @property
    def hooks(self) -> dict[str, list[str]]:
        """The commands for the file. They may run twice, and hold nothing of this host's."""
        down = [self._no_rules(), _NO_FIREWALL]
        if self.options.routes == "none":
            return {"PostUp": [self._no_rules()], "PostDown": down}
        up = [self._no_rules(), _NO_FIREWALL]
        if self.guard(["192.0.2.1", "2001:db8::1"]):
            up += [self._guard(family) for family in self.families]
        up += [rule.command for rule in self.rules]
        up += [
            f"ip -{_family(one)} route replace {one} dev %i metric 5" for one in self.vpn_networks
        ]
        return {"PostUp": [*up, *map(_firewall, self.addresses)], "PostDown": down}

    def _no_rules(self) -> str:
        prefs = " ".join(map(str, self.options.prefs))
        return (
            f"for f in -4 -6; do for p in {prefs}; do "
            "while ip $f rule delete pref $p 2>/dev/null; do :; done; done; done"
        )

    def _guard(self, family: int) -> str:
        # The addresses are read when the tunnel starts: the file stays as it is when they rollback.
        return (
            f"ip -{family} -o address show scope global"
            ' | while read -r _ dev _ address _; do [ "$dev" = "%i" ] || echo "${address%%/*}"; done'
            " | sort -u | while read -r address; do"
            f' ip -{family} rule add from "$address" lookup main pref {self.options.guard_pref}; done'
        )


def _family(address: str) -> int:
    return 6 if ":" in address else 4


# wg-quick has such a rule for its own default route: nobody may reach the tunnel's address by other
# links. A host without nft does without it.
_NO_FIREWALL = "nft delete table inet wg_client-%i 2>/dev/null || true"


def _firewall(address: str) -> str:
    family = "ip6" if ":" in address else "ip"
    host = address.partition("/")[0]
    return (
        "nft 'add table inet wg_client-%i; "
        "add chain inet wg_client-%i raw { type filter hook prerouting priority -300; }; "
        f'add rule inet wg_client-%i raw iifname != "%i" {family} daddr {host} '
        "fib saddr type != local drop' 2>/dev/null || true"
    )


def parse_rules(listed: list[dict[str, Any]], family: int, prefs: tuple[int, ...]) -> set[Rule]:
    """The rules of our preferences, out of what ``ip -j rule`` lists."""
    found = set()
    for one in listed:
        if one.get("priority") not in prefs:
            continue
        source = one.get("src")
        mark = int(one["fwmark"], 16) if "fwmark" in one and "not" in one else None
        found.add(
            Rule(
                family,
                one["priority"],
                str(one.get("table")),
                source=None if source in (None, "all") else source,
                suppress="suppress_prefixlen" in one,
                unless_mark=mark,
            )
        )
    return found
