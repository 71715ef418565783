# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The ip rules and the firewall table of a tunnel, as commands in its file and as they should stand.

The guard: only a packet that has no source address yet is led into the tunnel, since only that is the
host's own and answers nobody. What answers has the source that it was asked at: the tunnel's address, and
then it goes by the tunnel, or another one, and then no rule of ours touches it. So no address of the host
is in a rule, and rules of other uplinks count as before. Three preferences in a row are ours:

- The first: WireGuard's own packets go by the main table, and never into the tunnel; what comes from the tunnel's
  address, or belongs to a connection that came through it, goes by the tunnel's table. IPv6 matches no empty source,
  so there what has a source jumps to the third.
- The second: the main table, but for its default route; then the tunnel's table.
- The third: where jumps lead to. Without the guard: all that is not WireGuard's own, to the tunnel's table.

A firewall table remembers by which way a connection came. Without nft, two things are missing: port forwards
that lead into a container, and UDP services that answer on a wildcard socket at another address of the host.
"""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass
from typing import Any

from .tunnel_options import Options

# The host's own network may have the VPN's numbers: then its own route counts, whoever made it.
VPN_METRIC = 9000
# What has no source yet, and where that can't be matched, all that has one.
_NO_SOURCE = "0.0.0.0/32"
_ANY_SOURCE = ("::/1", "8000::/1")


@dataclass(frozen=True)
class Rule:
    """One ip rule; ``None`` where it does not care. ``table``: or ``goto N``, or ``nop``."""

    family: int
    pref: int
    table: str
    source: str | None = None
    iif: str | None = None
    suppress: bool = False
    mark: int | None = None
    unless_mark: int | None = None

    @property
    def command(self) -> str:
        parts = [f"ip -{self.family} rule add"]
        if self.source:
            parts.append(f"from {shlex.quote(self.source)}")
        if self.iif:
            parts.append(f"iif {shlex.quote(self.iif)}")
        if self.mark is not None:
            parts.append(f"fwmark {self.mark}")
        if self.unless_mark is not None:
            parts.append(f"not fwmark {self.unless_mark}")
        target = self.table.startswith(("goto ", "nop"))
        parts.append(self.table if target else f"lookup {self.table}")
        if self.suppress:
            parts.append("suppress_prefixlength 0")
        return " ".join([*parts, f"pref {self.pref}"])


@dataclass(frozen=True)
class Layout:
    """Which rules a tunnel gets. The options have their own values: none is ``auto`` any more."""

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
        """The rules, in the order in which they are added: what protects comes before what steers."""
        if self.options.routes == "none":
            return []
        first, _second, third = self.options.prefs
        table = str(self.options.table)
        rules = []
        for family in self.families if self.steers and self.options.guard else ():
            # Where main leads nowhere, as while an uplink is down, they go on below ours: never into the tunnel.
            rules.append(Rule(family, third, "nop"))
            for mark in (self.options.fwmark, self.options.other_mark):
                rules.append(Rule(family, first, "main", mark=mark))
                rules.append(Rule(family, first, f"goto {third}", mark=mark))
            question = self.options.question_mark
            rules.append(Rule(family, first, "main", mark=question, suppress=True))
            rules.append(Rule(family, first, table, mark=question))
        for family in sorted({_family(one) for one in self.addresses}):
            mark, iif = self.options.tunnel_mark, self.options.interface
            # A port forward goes on to where it leads; only what comes back goes by the tunnel.
            rules.append(Rule(family, first, "main", iif=iif, mark=mark))
            rules.append(Rule(family, first, table, mark=mark))
        rules += [Rule(_family(one), first, table, source=_host(one)) for one in self.addresses]
        for family in self.families if self.steers else ():
            rules += self._steering(family) if self.options.guard else self._everything(family)
        return rules

    def _steering(self, family: int) -> list[Rule]:
        first, second, third = self.options.prefs
        table, source = str(self.options.table), _NO_SOURCE if family == 4 else None
        rules = []
        if family == 6:
            rules += [Rule(6, first, f"goto {third}", source=one) for one in _ANY_SOURCE]
        rules.append(Rule(family, second, "main", source=source, suppress=True))
        rules.append(Rule(family, second, table, source=source))
        return rules

    def _everything(self, family: int) -> list[Rule]:
        _first, second, third = self.options.prefs
        return [
            Rule(family, second, "main", suppress=True),
            Rule(family, third, str(self.options.table), unless_mark=self.options.fwmark),
        ]

    @property
    def vpn_networks(self) -> list[str]:
        """The networks of the VPN itself: where port forwards alone are wanted, they get a route.

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
        no_rules, no_firewall = self._no_rules(), f"{self._delete_table()} 2>/dev/null || true"
        if self.options.routes == "none":
            return {"PostUp": [no_rules], "PostDown": [no_rules, no_firewall]}
        up = [no_rules, no_firewall, *(rule.command for rule in self.rules)]
        up += [
            f"ip -{_family(one)} route replace {shlex.quote(one)} dev %i metric {VPN_METRIC}"
            for one in self.vpn_networks
        ]
        # So that a strict rp_filter of the tunnel's takes the mark of a connection into account.
        # A name may have a dot, which sysctl(8) takes for a /.
        up.append("{ echo 1 >/proc/sys/net/ipv4/conf/%i/src_valid_mark; } 2>/dev/null || true")
        up += [_nft(part) for part in self.firewall]
        if self.steers and self.options.guard:
            up.append(f"{_MARKS_COUNT} && {_nft(self._wildcards())}")
        return {"PostUp": up, "PostDown": [no_rules, no_firewall]}

    def _no_rules(self) -> str:
        prefs = " ".join(map(str, self.options.prefs))
        return (
            f"for f in -4 -6; do for p in {prefs}; do "
            "while ip $f rule delete pref $p 2>/dev/null; do :; done; done; done"
        )

    def _delete_table(self) -> str:
        return f"nft delete table inet {shlex.quote(self.options.nft_table)}"

    @property
    def firewall(self) -> list[list[str]]:
        """Commands for nft, in parts: where a part is not supported, the others work without it."""
        name, tunnel = f"inet {self.options.nft_table}", hex(self.options.tunnel_mark)
        raw, mangle = f"rule {name} raw", f"rule {name} mangle"
        # wg-quick has such a rule for its own default route: nobody may reach the tunnel's address by other links.
        closed = [
            f"add table {name}",
            f"add chain {name} raw {{ type filter hook prerouting priority -300; }}",
            *(
                f'add {raw} iifname != "%i" {_nft_family(one)} daddr {_host(one)} '
                "fib saddr type != local drop"
                for one in self.addresses
            ),
        ]
        # What came through the tunnel is answered through it, by containers too.
        remembered = [
            f"add chain {name} mangle {{ type filter hook prerouting priority -150; }}",
            f'add {mangle} iifname "%i" ct state new ct mark 0 ct mark set {tunnel}',
            f"add {mangle} ct mark {tunnel} meta mark set {tunnel}",
        ]
        return [closed, remembered]

    def _wildcards(self) -> list[str]:
        """UDP that asks a wildcard socket at another address of the host's.

        Where the answer, which has no source, would get the tunnel's address and way, the question is led to
        that address. The answer takes the connection's mark, the main table and the address that was asked.
        """
        name, other = f"inet {self.options.nft_table}", hex(self.options.other_mark)
        question = hex(self.options.question_mark)
        asked = (
            'iifname != "%i" meta l4proto udp fib daddr type local fib saddr type != local ct mark 0'
            f" meta mark 0 socket wildcard 1 socket mark != {self.options.fwmark}"
        )
        parts = [
            f"add chain {name} asked {{ type nat hook prerouting priority -101; }}",
            f"add chain {name} answers {{ type route hook output priority -150; }}",
            f"add rule {name} mangle ct mark {other} meta mark set {other}",
            f"add rule {name} answers ct direction reply ct mark {other} meta mark set {other}",
        ]
        for family in (4, 6):
            own = [one for one in self.addresses if _family(one) == family]
            if own and family in self.families:
                ip = _nft_family(own[0])
                parts.append(
                    f"add rule {name} asked meta nfproto ipv{family} {asked} meta mark set {question} "
                    f'fib saddr . mark oifname "%i" ct mark set {other} '
                    f"meta mark set {other} dnat {ip} to {_host(own[0])}"
                )
        return [*parts, f"add rule {name} asked meta mark {question} meta mark set 0"]


# Where packets are taken only by the link that leads back, the mark has to count for that; wg-quick sets this too.
# No pipe: wg-quick has pipefail set, and what writes into a grep -q may be told that nobody reads.
_MARKS_COUNT = (
    "{ ! grep -qsx 1 /proc/sys/net/ipv4/conf/*/rp_filter"
    " || sysctl -q -w net.ipv4.conf.all.src_valid_mark=1 2>/dev/null; }"
)


def _nft(commands: list[str]) -> str:
    return f"nft {shlex.quote('; '.join(commands))} 2>/dev/null || true"


def _family(address: str) -> int:
    return 6 if ":" in address else 4


def _nft_family(address: str) -> str:
    return "ip6" if ":" in address else "ip"


def _host(address: str) -> str:
    return address.partition("/")[0]


def parse_rule(one: dict[str, Any], family: int) -> Rule:
    """One of what ``ip -N -j rule`` lists."""
    source, length = one.get("src"), one.get("srclen", 32 if family == 4 else 128)
    mark = int(str(one["fwmark"]), 0) if "fwmark" in one else None
    negated = "not" in one
    if "goto" in one:
        table = f"goto {one['goto']}"
    else:
        table = "nop" if "nop" in one else str(one.get("table"))
    prefixed = f"{source}/{length}"
    return Rule(
        family,
        int(one.get("priority", 0)),
        "main" if table == "254" else table,
        source=None
        if source in (None, "all")
        else prefixed
        if prefixed in (_NO_SOURCE, *_ANY_SOURCE)
        else str(source),
        iif=one.get("iif"),
        suppress="suppress_prefixlen" in one,
        mark=None if negated else mark,
        unless_mark=mark if negated else None,
    )


def parse_rules(listed: list[dict[str, Any]], family: int, prefs: tuple[int, ...]) -> set[Rule]:
    """The rules of our preferences, out of what ``ip -N -j rule`` lists."""
    return {parse_rule(one, family) for one in listed if one.get("priority") in prefs}
