# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The desired tunnel: the file that it should have, of the portal's .conf, the options, and what the host has."""

from __future__ import annotations

import ipaddress
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

from .._wg_fields import canonical_endpoint, is_by_name
from .._wg_fields import resolver as read_resolver
from .rules import Layout
from .tunnel_options import (
    HOOKS,
    NO_RESOLVER,
    RESOLVCONF,
    RESOLVED,
    Options,
    TunnelError,
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


_STAND_INS = ipaddress.IPv6Network("fd70:7670:6e30::/96")


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


def compose(conf: dict[str, Any], options: Options, *, ipv6: bool, resolver: str) -> Desired:
    """What the host should have. Raises a ``TunnelError`` where nothing is left of the configuration.

    ``ipv6``: whether the host has IPv6. ``resolver``: how the tunnel's DNS gets into use there.
    """
    keep6 = options.ipv6 == "keep" or (options.ipv6 == "auto" and ipv6)
    warnings: list[str] = []
    addresses = [str(ipaddress.ip_interface(one)) for one in conf["Interface"]["Address"]]
    # Once each: wg-quick fails at the second.
    addresses = [one for one in dict.fromkeys(addresses) if keep6 or ":" not in one]
    if not addresses:
        raise TunnelError("the configuration has IPv6 addresses alone, and IPv6 is left out here")
    allowed = _allowed(conf, options, keep6, addresses, warnings)
    families = sorted({6 if ":" in one else 4 for one in allowed})
    if 6 in families and options.routes in ("full", "list"):
        addresses += _stand_in(addresses)
    layout = Layout(options, tuple(addresses), tuple(families))
    interface = dict(conf["Interface"], Address=addresses)
    interface.update(Table=str(options.table), FwMark=str(options.fwmark))
    peer = dict(conf["Peer"][0], AllowedIPs=allowed)
    peer["Endpoint"] = canonical_endpoint(peer["Endpoint"])
    _override(interface, peer, options)
    _refuse_mtu(interface, [*addresses, *allowed])
    hooks = layout.hooks
    if options.reresolve and is_by_name(peer["Endpoint"]):
        hooks["PostUp"] = [*hooks["PostUp"], _reresolving(peer)]
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


def _stand_in(addresses: list[str]) -> list[str]:
    """An IPv6 address where the VPN gives none and IPv6 goes into the tunnel: a local one, that leads nowhere.

    Without it Linux would take an address of another link, and sooner or later that link. And with it
    programs prefer IPv4.
    """
    if any(":" in one for one in addresses):
        return []
    return [f"{_STAND_INS[int(ipaddress.ip_interface(addresses[0]).ip)]}/128"]


def is_stand_in(address: str) -> bool:
    """Whether an address is not the VPN's, but the one that IPv6 has where the VPN gives none."""
    found = ipaddress.ip_interface(address)
    return found.version == 6 and found.ip in _STAND_INS


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
    if not given:
        raise TunnelError("the configuration has no AllowedIPs, and routes: none adds none")
    if not kept:
        raise TunnelError(
            "no network is left for the tunnel: IPv6 is left out here, and it has no other"
        )
    return kept


def _refuse_mtu(interface: dict[str, Any], networks: list[str]) -> None:
    """Below 1280 Linux takes IPv6 off an interface, and every command for it fails with "No such device"."""
    mtu = interface.get("MTU")
    if mtu and mtu < 1280 and any(":" in one for one in networks):
        raise TunnelError(
            f"an mtu of {mtu} is too small for IPv6, which needs 1280; give 1280 or more, or set ipv6: drop."
            " Nothing was done"
        )


def _override(interface: dict[str, Any], peer: dict[str, Any], options: Options) -> None:
    for section, key, value in (
        (interface, "MTU", options.mtu),
        (interface, "ListenPort", options.listen_port),
        (peer, "PersistentKeepalive", options.keepalive),
    ):
        if value is not None:
            section[key] = value
    if not interface.get("MTU"):  # 0 is what some programs write for none
        interface.pop("MTU", None)


def _resolvers(conf: dict[str, Any], options: Options, keep6: bool) -> list[str]:
    if options.dns == "none":
        return []
    given = options.dns_servers if options.dns == "list" else conf["Interface"].get("DNS", [])
    # In their one spelling, never as they came.
    given = [one for one in map(read_resolver, given) if one]
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


def _reresolving(peer: dict[str, Any]) -> str:
    """Asks for the server's name again where no handshake came for long, as long as this interface is there."""
    key, endpoint = shlex.quote(peer["PublicKey"]), shlex.quote(peer["Endpoint"])
    look = (
        "n=/sys/class/net/%i/ifindex; i=$(cat $n); "
        'while sleep 30 && [ "$(cat $n 2>/dev/null)" = "$i" ]; do '
        f"t=$(wg show %i latest-handshakes | grep -F {key} | cut -f2); "
        f"[ $(($(date +%s) - ${{t:-0}})) -lt 150 ] || wg set %i peer {key} endpoint {endpoint}; done"
    )
    return f"setsid sh -c {shlex.quote(look)} </dev/null >/dev/null 2>&1 &"


def _resolved(servers: list[str]) -> list[str]:
    addresses = [one for one in servers if _is_address(one)]
    domains = [one for one in servers if not _is_address(one)]
    return [
        f"resolvectl dns %i {' '.join(map(shlex.quote, addresses))}",
        f"resolvectl domain %i {' '.join(map(shlex.quote, ['~.', *domains]))}",
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
