# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The current tunnel: the device on the host, as wg(8) and ip(8) print it."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field, replace
from typing import Any

from .rules import Rule, parse_rules
from .system import run
from .tunnel_options import Options, TunnelError


@dataclass(frozen=True)
class Peer:
    """A peer of the device. ``latest_handshake``: seconds since 1970, 0 for never."""

    public_key: str
    preshared_key: str | None
    endpoint: str | None
    allowed: frozenset[str]
    latest_handshake: int
    keepalive: int


@dataclass(frozen=True)
class Device:
    """The interface; ``exists`` is false where there is none, and then nothing else counts."""

    exists: bool = False
    # What is no WireGuard interface but has the name.
    foreign: bool = False
    up: bool = False
    mtu: int = 0
    addresses: frozenset[str] = frozenset()
    # Those of the link alone, as fe80::1/64.
    link_addresses: frozenset[str] = frozenset()
    private_key: str | None = None
    public_key: str | None = None
    listen_port: int = 0
    fwmark: int = 0
    peers: dict[str, Peer] = field(default_factory=dict)
    # The rules of our preferences, with the interface or without it.
    rules: frozenset[Rule] = frozenset()
    # The destinations that lead to the interface: by our table, and by the main one.
    routes: frozenset[str] = frozenset()
    main_routes: frozenset[str] = frozenset()
    # Whether the firewall table is there, or can't be.
    firewall: bool = True


def parse_json(text: str) -> list[dict[str, Any]]:
    """What ``ip -j`` printed; empty where it printed an error in the middle."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def parse_dump(text: str) -> dict[str, Any]:
    """What ``wg show INTERFACE dump`` printed, as fields of ``Device``."""
    lines = [line.split("\t") for line in text.splitlines() if line.strip()]
    if not lines or len(lines[0]) != 4:
        return {}
    private, public, port, mark = lines[0]
    return {
        "private_key": _key(private),
        "public_key": _key(public),
        "listen_port": int(port),
        "fwmark": 0 if mark == "off" else int(mark, 16),
        "peers": {line[0]: _peer(line) for line in lines[1:] if len(line) == 8},
    }


def _peer(line: list[str]) -> Peer:
    public, preshared, endpoint, allowed, handshake, _received, _sent, keepalive = line
    return Peer(
        public_key=public,
        preshared_key=_key(preshared),
        endpoint=_key(endpoint),
        allowed=frozenset(networks([] if allowed == "(none)" else allowed.split(","))),
        latest_handshake=int(handshake),
        keepalive=0 if keepalive == "off" else int(keepalive),
    )


def _key(value: str) -> str | None:
    return None if value == "(none)" else value


def networks(values: list[str]) -> list[str]:
    """Networks, each in its one spelling."""
    return [str(ipaddress.ip_network(one.strip(), strict=False)) for one in values]


def parse_link(listed: list[dict[str, Any]]) -> dict[str, Any]:
    """What ``ip -j address show dev INTERFACE`` printed, as fields of ``Device``."""
    for one in listed:
        if "ifname" in one:
            return {
                "exists": True,
                "up": "UP" in one.get("flags", []),
                "mtu": int(one.get("mtu", 0)),
                "addresses": _addresses(one, of_the_link=False),
                "link_addresses": _addresses(one, of_the_link=True),
            }
    return {}


def _addresses(link: dict[str, Any], *, of_the_link: bool) -> frozenset[str]:
    return frozenset(
        str(ipaddress.ip_interface(f"{a['local']}/{a['prefixlen']}"))
        for a in link.get("addr_info", [])
        if "local" in a and (a.get("scope") == "link") == of_the_link
    )


def destinations(listed: list[dict[str, Any]], family: int, interface: str) -> set[str]:
    """The destinations of those routes that lead to the interface."""
    default = "0.0.0.0/0" if family == 4 else "::/0"
    found = [
        default if one.get("dst") == "default" else str(one.get("dst"))
        for one in listed
        if one.get("dev") == interface and one.get("type", "unicast") == "unicast"
    ]
    return set(networks(found))


def read_interface(name: str) -> Device:
    """The interface as it is now, without its rules, routes and firewall table."""
    link = parse_link(parse_json(run("ip", "-j", "address", "show", "dev", name).out))
    held = parse_dump(run("wg", "show", name, "dump").out) or {"foreign": True} if link else {}
    return Device(**link, **held)


def read_device(options: Options) -> Device:
    """The device as it is now."""
    name, found = options.interface, read_interface(options.interface)
    values: dict[str, Any] = {"rules": frozenset(_rules(options.prefs))}
    if found.exists:
        values["routes"] = frozenset(_routes(name, str(options.table)))
        values["main_routes"] = frozenset(_routes(name, "main"))
        values["firewall"] = _has_firewall(options.nft_table)
    return replace(found, **values)


def _rules(prefs: tuple[int, ...]) -> set[Rule]:
    rules: set[Rule] = set()
    for family in (4, 6):
        # By numbers: a table may have a name on this host.
        ran = run("ip", "-N", "-j", f"-{family}", "rule", "show")
        listed = parse_json((ran or run("ip", "-j", f"-{family}", "rule", "show")).out)
        rules |= parse_rules(listed, family, prefs)
    return rules


def _has_firewall(table: str) -> bool:
    # Where nft can't make one, nobody misses it.
    return bool(run("nft", "list", "table", "inet", table)) or not run(
        "nft", "--check", "add table inet wg_client"
    )


def _routes(interface: str, table: str) -> set[str]:
    found_routes: set[str] = set()
    for family in (4, 6):
        ran = run("ip", "-j", f"-{family}", "route", "show", "table", table, "dev", interface)
        # With `dev` given, it is not repeated in what is printed.
        listed = [{**one, "dev": interface} for one in parse_json(ran.out)]
        found_routes |= destinations(listed, family, interface)
    return found_routes


def refuse_foreign(options: Options, device: Device, may_replace: bool = True) -> None:
    """Raise a ``TunnelError`` for an interface of another kind, and for a tunnel that could not be put back."""
    if device.foreign:
        raise TunnelError(
            f"the host has an interface {options.interface} that is not WireGuard's (or has no wg to"
            " tell); choose another name. Nothing was done"
        )
    if device.exists and not may_replace:
        raise TunnelError(
            f"the host has a WireGuard interface {options.interface} without a file in /etc/wireguard: made by"
            " hand, or by another program such as NetworkManager. It could not be put back. Choose another"
            " name, or let it be replaced (takeover). Nothing was done"
        )


def refuse_address_of_another(addresses: list[str], interface: str) -> None:
    """Raise a ``TunnelError`` for an address that a link has which is no tunnel: its answers would be led away."""
    own = {one.partition("/")[0] for one in addresses}
    links = parse_json(run("ip", "-j", "address", "show").out)
    tunnels = {interface, *run("wg", "show", "interfaces").out.split()}
    for link in links:
        held = {one.get("local") for one in link.get("addr_info", [])} & own
        if held and link.get("ifname") not in tunnels:
            raise TunnelError(
                f"{', '.join(sorted(map(str, held)))} would be the tunnel's address, and {link.get('ifname')} of this"
                " host has it: what answers from there would go into the tunnel. Nothing was done"
            )
