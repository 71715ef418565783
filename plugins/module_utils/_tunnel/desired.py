# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The desired tunnel: the file that it should have, of the portal's .conf, the options, and what the host has."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any

from .._text import show
from .._wg_conf import WgConfError, parse
from .rules import Layout
from .tunnel_options import (
    HOOKS,
    NO_RESOLVER,
    RESOLVCONF,
    RESOLVED,
    Options,
    TunnelError,
    is_resolver,
)

HEADER = (
    "# Made by the Ansible role premiervpn.wireguard.wg_client, which undoes what is changed here."
)

_ORDER = {
    "Interface": (
        *("PrivateKey", "Address", "DNS", "MTU", "ListenPort", "Table", "FwMark"),
        *("PreUp", "PostUp", "PreDown", "PostDown"),
    ),
    "Peer": ("PublicKey", "PresharedKey", "Endpoint", "AllowedIPs", "PersistentKeepalive"),
}
_ENDPOINT = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>[0-9]{1,5})"
)


@dataclass(frozen=True)
class Desired:
    """What the host should have."""

    options: Options
    conf: dict[str, Any]
    layout: Layout
    warnings: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The file: always the same text for the same wish."""
        return written(self.conf)

    @property
    def peer(self) -> dict[str, Any]:
        return self.conf["Peer"][0]  # type: ignore[no-any-return]

    @property
    def addresses(self) -> list[str]:
        return list(self.conf["Interface"]["Address"])


def read(config: str, *, trusted: bool) -> dict[str, Any]:
    """A .conf as given, read and checked; a ``TunnelError`` says what is wrong with it.

    ``trusted``: the host's owner wrote it, so that it may hold system. The portal's may not: they
    would run as root.
    """
    try:
        conf = parse(config)
    except WgConfError as exc:
        raise TunnelError(f"the configuration is not one of WireGuard's: {exc}") from exc
    interface, peers = conf["Interface"], conf["Peer"]
    problems = []
    if str(interface.get("SaveConfig", "false")).lower() != "false":
        problems.append("SaveConfig = true: the tunnel would overwrite the file when it stops")
    commands = sorted(set(HOOKS.values()) & set(interface))
    if commands and not trusted:
        problems.append(
            f"{', '.join(commands)}: commands from the portal are not run; give them by the role's options"
        )
    if len(peers) != 1:
        problems.append(f"it has {len(peers)} [Peer] sections; a client has one, its server")
    problems += _missing(interface, peers[0] if peers else {})
    if problems:
        raise TunnelError(f"the configuration can't be used: {'; '.join(problems)}")
    return conf


def secrets_of(conf: dict[str, Any]) -> set[str]:
    """The keys of a configuration that nobody may see."""
    found = [
        conf["Interface"].get("PrivateKey"),
        *(one.get("PresharedKey") for one in conf["Peer"]),
    ]
    return {one for one in found if one}


def _missing(interface: dict[str, Any], peer: dict[str, Any]) -> list[str]:
    problems = [
        f"there is no {key}"
        for section, keys in (
            (interface, ("PrivateKey", "Address")),
            (peer, ("PublicKey", "Endpoint")),
        )
        for key in keys
        if not section.get(key)
    ]
    for key, section in (("Address", interface), ("AllowedIPs", peer)):
        for one in section.get(key, []):
            try:
                ipaddress.ip_interface(one)
            except ValueError:
                problems.append(f"{key} has {show(one, 60)!r}, which is no address")
    problems += [
        f"DNS has {show(one, 60)!r}, which is neither an address nor a domain"
        for one in interface.get("DNS", [])
        if not is_resolver(one)
    ]
    found = _ENDPOINT.fullmatch(peer.get("Endpoint", "x:1"))
    if not found or not 0 < int(found["port"]) < 65536:
        problems.append(f"Endpoint {show(peer['Endpoint'], 80)!r} is not of the form HOST:PORT")
    return problems


def compose(conf: dict[str, Any], options: Options, *, ipv6: bool, resolver: str) -> Desired:
    """What the host should have.

    ``ipv6``: whether the host has IPv6. ``resolver``: how the tunnel's DNS gets into use there.
    """
    keep6 = options.ipv6 == "keep" or (options.ipv6 == "auto" and ipv6)
    warnings: list[str] = []
    addresses = [str(ipaddress.ip_interface(one)) for one in conf["Interface"]["Address"]]
    addresses = [one for one in addresses if keep6 or ":" not in one]
    if not addresses:
        raise TunnelError("the configuration has IPv6 addresses alone, and IPv6 is left out here")
    allowed = _allowed(conf, options, keep6, addresses, warnings)
    families = sorted({6 if ":" in one else 4 for one in allowed})
    layout = Layout(options, tuple(addresses), tuple(families))
    interface = dict(conf["Interface"], Address=addresses)
    interface.update(Table=str(options.table), FwMark=str(options.fwmark))
    peer = dict(conf["Peer"][0], AllowedIPs=allowed)
    _override(interface, peer, options)
    hooks = layout.hooks
    servers = _resolvers(conf, options, keep6)
    if servers and resolver == RESOLVED:
        hooks["PostUp"] += _resolved(servers)
    interface["DNS"] = servers if resolver == RESOLVCONF else []
    if servers and resolver == NO_RESOLVER:
        _no_resolver(options, servers, warnings)
    for key in HOOKS.values():
        own, given = hooks.get(key, []), conf["Interface"].get(key, [])
        interface[key] = [*own, *(one for one in given if one not in own), *options.hooks[key]]
    return Desired(options, {"Interface": interface, "Peer": [peer]}, layout, warnings)


def _allowed(
    conf: dict[str, Any],
    options: Options,
    keep6: bool,
    addresses: list[str],
    warnings: list[str],
) -> list[str]:
    given = [
        str(ipaddress.ip_network(one, strict=False))
        for one in conf["Peer"][0].get("AllowedIPs", [])
    ]
    if options.routes == "list":
        given = [str(one) for one in options.networks]
        warnings.append(
            "routes is a list of networks: port forwards are answered only where a list has the"
            " asker's address; they need routes: full or forwards"
        )
    elif options.routes == "full":
        given = [
            "0.0.0.0/0",
            *(["::/0"] if any(":" in one for one in [*given, *addresses]) else []),
        ]
    elif options.routes == "forwards":
        given = ["0.0.0.0/0", *(["::/0"] if any(":" in one for one in addresses) else [])]
    kept = [one for one in dict.fromkeys(given) if keep6 or ":" not in one]
    if not kept:
        raise TunnelError(
            "no network is left for the tunnel: IPv6 is left out here, and it has no other"
        )
    return kept


def _override(interface: dict[str, Any], peer: dict[str, Any], options: Options) -> None:
    for section, key, value in (
        (interface, "MTU", options.mtu),
        (interface, "ListenPort", options.listen_port),
        (peer, "PersistentKeepalive", options.keepalive),
    ):
        if value is not None:
            section[key] = value


def _resolvers(conf: dict[str, Any], options: Options, keep6: bool) -> list[str]:
    if options.dns == "none":
        return []
    given = options.dns_servers if options.dns == "list" else conf["Interface"].get("DNS", [])
    return [one for one in given if keep6 or ":" not in one]


def _no_resolver(options: Options, servers: list[str], warnings: list[str]) -> None:
    what = (
        f"no resolver integration that works was found on the host, so DNS ({', '.join(servers)})"
    )
    if options.dns == "list":
        raise TunnelError(
            f"{what} can't be used; dns: install brings openresolv, dns: none does without"
        )
    warnings.append(f"{what} is left out; dns: install brings openresolv")


def _resolved(servers: list[str]) -> list[str]:
    addresses = [one for one in servers if _is_address(one)]
    domains = [one for one in servers if not _is_address(one)]
    return [
        f"resolvectl dns %i {' '.join(addresses)}",
        f"resolvectl domain %i {' '.join(['~.', *domains])}",
    ]


def _is_address(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+|.*:.*", value))


def written(conf: dict[str, Any], header: str = HEADER) -> str:
    """A configuration as text, in an order of its own."""
    lines = [header, "[Interface]", *_lines("Interface", conf["Interface"])]
    for peer in conf["Peer"]:
        lines += ["", "[Peer]", *_lines("Peer", peer)]
    return "\n".join(lines) + "\n"


def _lines(name: str, section: dict[str, Any]) -> list[str]:
    lines = []
    for key in _ORDER[name]:
        value = section.get(key)
        if value is None or value == []:
            continue
        commands = key in HOOKS.values()
        values = value if commands else [", ".join(value) if isinstance(value, list) else value]
        lines += [f"{key} = {one}" for one in values]
    return lines
