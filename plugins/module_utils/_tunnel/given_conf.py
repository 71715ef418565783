# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads the .conf that a tunnel is made of, and refuses what can't be used, or must not be."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from .._text import show
from .._wg_conf import WgConfError, parse
from .._wg_fields import is_by_name, plain_interface
from .._wg_fields import resolver as read_resolver
from .tunnel_options import HOOKS, TunnelError

_ENDPOINT = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9_][A-Za-z0-9._-]*)):(?P<port>[0-9]{1,5})"
)


def read(config: str, *, allow_hooks: bool) -> dict[str, Any]:
    """A .conf as given, read and checked; a ``TunnelError`` says what is wrong with it.

    ``allow_hooks``: the host's owner wrote it, so that it may hold commands. The portal's may not: they
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
    if commands and not allow_hooks:
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
                plain_interface(one)
            except ValueError:
                problems.append(f"{key} has {show(one, 60)!r}, which is no address")
    problems += [
        f"DNS has {show(one, 60)!r}, which is neither an address nor a domain"
        for one in interface.get("DNS", [])
        if read_resolver(one) is None
    ]
    found = _ENDPOINT.fullmatch(peer.get("Endpoint", "x:1"))
    if not found or not 0 < int(found["port"]) < 65536:
        problems.append(f"Endpoint {show(peer['Endpoint'], 80)!r} is not of the form HOST:PORT")
    elif not is_by_name(peer.get("Endpoint", "x:1")) and not _is_address(
        found["v6"] or found["host"]
    ):
        # The resolver would make some other address of it: 192.0.2.010 leads to 192.0.2.8.
        problems.append(
            f"Endpoint {show(peer['Endpoint'], 80)!r} has neither an address nor a name"
        )
    return problems


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
