# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a task tells: a file's diff without keys, and the facts about a client."""

from __future__ import annotations

import ipaddress
from typing import Any

from .._wg_conf import WgConfError, parse
from .causes import hide
from .device import Device
from .options import Options
from .wanted import written

HIDDEN, OTHER = "(hidden)", "(hidden, another one)"
_SECRETS = (("Interface", "PrivateKey"), ("Peer", "PresharedKey"))


def diff(path: str, old: str | None, new: str | None) -> dict[str, Any]:
    """The change of a file, for ``--diff``. ``None``: there is no file."""
    return {
        "before_header": path,
        "after_header": path,
        "before": shown(old, None),
        "after": shown(new, old),
    }


def shown(text: str | None, other: str | None) -> str:
    """A configuration without its keys; one that differs from the ``other``'s says so."""
    if text is None:
        return ""
    try:
        conf = parse(text)
    except WgConfError:
        return "(a file that is not one of WireGuard's)\n"
    known = _secrets(other)
    header = "".join(f"{line}\n" for line in text.split("\n") if line.startswith("#"))
    for name, key in _SECRETS:
        for number, section in enumerate(_sections(conf, name)):
            if section.get(key):
                before = known.get((name, key, number))
                section[key] = OTHER if before not in (None, section[key]) else HIDDEN
    return hide_private(written(conf, hide(header).rstrip("\n")))


def hide_private(text: str) -> str:
    """Hide what a command of the user's may hold; the public keys stay."""
    return "\n".join(
        line if line.startswith("PublicKey = ") else hide(line) for line in text.split("\n")
    )


def _sections(conf: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return conf[name] if isinstance(conf[name], list) else [conf[name]]


def _secrets(text: str | None) -> dict[tuple[str, str, int], Any]:
    try:
        conf = parse(text or "[Interface]\n")
    except WgConfError:
        return {}
    return {
        (name, key, number): section.get(key)
        for name, key in _SECRETS
        for number, section in enumerate(_sections(conf, name))
    }


def facts(conf: dict[str, Any], options: Options, device: Device) -> dict[str, Any]:
    """What a playbook wants to know of the client. What is not known yet is null."""
    interface, peer = conf["Interface"], conf["Peer"][0]
    held = device.peers.get(peer["PublicKey"])
    fits = device.private_key == interface["PrivateKey"]
    return {
        "interface": options.interface,
        "address": str(ipaddress.ip_interface(interface["Address"][0]).ip),
        "addresses": list(interface["Address"]),
        "endpoint": peer["Endpoint"],
        "public_key": device.public_key if fits else None,
        "server_public_key": peer["PublicKey"],
        "latest_handshake": (held.latest_handshake if held and fits else 0) or None,
        "routes": options.routes,
        "dns": list(interface.get("DNS") or []),
    }
