# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a task says: why a tunnel did not start, a file's diff without keys, the facts about a tunnel."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from .._text import HIDDEN, hide_keys, show
from .._wg_conf import WgConfError, parse
from .._wg_fields import held_key
from .current import Device
from .desired import is_stand_in, written
from .tunnel_options import Options

OVER_THE_TUNNEL = (
    "this host is reached through its own tunnel. This run can change the tunnel's settings. It can neither remove the"
    " tunnel nor give it other keys: where the portal has new ones, it stops before it changes anything. For these,"
    " reach the host by another address (ansible_host)"
)
OTHER = f"{HIDDEN} (another one)"
_CAUSES = (
    (r"resolvconf: command not found", "DNS is set and the host has no resolvconf"),
    (
        r"-6 (address|route|rule) add .*\n.*(Permission denied|is disabled|not supported)",
        "IPv6 is disabled on the host and the tunnel has IPv6; set ipv6: drop",
    ),
    (
        r"(?s)^(?!.*Falling back).*(Unknown device type|Operation not supported|Protocol not supported)",
        "the kernel has no WireGuard and wireguard-go is not installed",
    ),
    (
        r"(nft|iptables(-restore)?): command not found",
        "a command of the tunnel needs nft or iptables, and the host has neither",
    ),
    (
        r"sysctl: .*(Read-only|permission denied)",
        "a command of the tunnel sets a sysctl, and /proc/sys can't be written here",
    ),
    (
        r"(?i)failed to create TUN|/dev/net/tun",
        "wireguard-go needs /dev/net/tun, which is not there",
    ),
    (r"Address already in use", "the port to listen to is taken by another program"),
    (
        r"(Name or service not known|Temporary failure in name resolution|Trying again in)",
        "the server's name can't be resolved",
    ),
    (r"is not a WireGuard interface|already exists", "another interface has the name"),
    (r"(?i)resolvectl|resolve1|systemd-resolved", "systemd-resolved did not take the tunnel's DNS"),
    (
        r"Configuration parsing error|Unable to modify interface",
        "WireGuard did not take the configuration",
    ),
    (r"RTNETLINK answers: File exists", "a route or rule of the tunnel is there already"),
    (r"Operation not permitted", "the host (a container?) may not set up network interfaces"),
)
# What follows on a failure, and what systemd says of it.
_NOISE = re.compile(
    r"\[#\] ip link delete|wg-quick@|Job for|See |Starting |Started |Failed to start "
)

_SECRETS = (("Interface", "PrivateKey"), ("Peer", "PresharedKey"))


def diff(path: str, old: str | None, new: str | None) -> dict[str, Any]:
    """The change of a file, for ``--diff``. ``None``: there is no file."""
    return {
        "before_header": path,
        "after_header": path,
        "before": without_keys(old, None),
        "after": without_keys(new, old),
    }


def without_keys(text: str | None, other: str | None) -> str:
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
    return hide_private(written(conf, hide_keys(header).rstrip("\n")))


def hide_private(text: str) -> str:
    """Hide what a command of the user's may hold; the public keys stay."""
    return "\n".join(
        line if line.startswith("PublicKey = ") else hide_keys(line) for line in text.split("\n")
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
    fits = device.private_key == held_key(interface["PrivateKey"])
    return {
        "interface": options.interface,
        "address": str(ipaddress.ip_interface(interface["Address"][0]).ip),
        "addresses": [one for one in interface["Address"] if not is_stand_in(one)],
        "endpoint": peer["Endpoint"],
        "public_key": device.public_key if fits else None,
        "server_public_key": peer["PublicKey"],
        "latest_handshake": (held.latest_handshake if held and fits else 0) or None,
        "routes": options.routes,
        "dns": list(interface.get("DNS") or []),
    }


def failure_cause(log: str) -> str:
    """The cause, or the last lines of the log; never a key."""
    for pattern, sentence in _CAUSES:
        if re.search(pattern, log):
            return sentence
    lines = [
        line for line in hide_keys(log).splitlines() if line.strip() and not _NOISE.match(line)
    ]
    if not lines:
        return "wg-quick said nothing"
    if lines[-1].startswith("[#] "):
        return f"this command failed: {show(lines[-1][4:], 300)}"
    return " | ".join(show(line, 200) for line in lines[-4:])
