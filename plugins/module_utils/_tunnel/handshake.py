# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The handshake of a tunnel that is up: whether the server answers, and what helps where it does not."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

from .._wg_fields import is_by_name
from .current import parse_dump
from .plan import ALIVE
from .system import run
from .tunnel_options import TunnelError

# WireGuard tries again only every five seconds, and a little more, whatever changes meanwhile.
_RETRY = 8


def latest(interface: str) -> int:
    """The time of the last one, in seconds since 1970; 0 for never."""
    held = parse_dump(run("wg", "show", interface, "dump").out)
    return max([peer.latest_handshake for peer in held.get("peers", {}).values()], default=0)


def trigger(conf: dict[str, Any], interface: str) -> None:
    """Send a packet into the tunnel: without one, and without a keepalive, there is no handshake."""
    try:
        network = ipaddress.ip_network(conf["Peer"][0]["AllowedIPs"][0])
        own = ipaddress.ip_interface(conf["Interface"]["Address"][0])
    except (KeyError, IndexError, ValueError):
        return
    # The server is most likely the first of the VPN's own network; if not, the packet is lost there.
    first = ipaddress.ip_network(f"{own.ip}/{24 if own.version == 4 else 64}", strict=False)[1]
    target = first if first in network else network[0]
    family = socket.AF_INET if target.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        try:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
            sender.setblocking(False)
            sender.sendto(b"", (str(target), 9))
        except OSError:
            pass


def verify(conf: dict[str, Any], interface: str, seconds: int) -> str:
    """See that the server answers. What was mended for that, in words; a ``TunnelError`` where nothing helps."""
    if _answers(conf, interface, seconds):
        return ""
    peer = conf["Peer"][0]
    before = _endpoint(interface)
    if is_by_name(peer["Endpoint"]):
        # WireGuard asks for a name once, when the tunnel starts.
        run("wg", "set", interface, "peer", peer["PublicKey"], "endpoint", peer["Endpoint"])
        if _endpoint(interface) != before and _answers(conf, interface, max(seconds, _RETRY)):
            return "the server's name leads to another address now"
    raise TunnelError(
        f"The tunnel is up, but the server at {peer['Endpoint']} did not answer within {seconds} s (verify)."
        " Is UDP to it open, and is the user still on the portal? Nothing was changed."
        f"{several_addresses(peer['Endpoint'])}"
    )


def several_addresses(endpoint: str) -> str:
    """A sentence where the server's name leads to more than one address; else nothing."""
    name, _colon, port = endpoint.rpartition(":")
    if not is_by_name(endpoint):
        return ""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_DGRAM)
    except OSError:
        return ""
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if len(addresses) < 2:
        return ""
    return f" {name} leads to {', '.join(addresses)}, and WireGuard takes the first of them alone."


def _answers(conf: dict[str, Any], interface: str, seconds: int) -> bool:
    """Whether there is a session, or comes about within so many seconds."""
    end = time.monotonic() + seconds
    while time.time() - latest(interface) > ALIVE:
        if time.monotonic() > end:
            return False
        trigger(conf, interface)
        time.sleep(0.2)
    return True


def _endpoint(interface: str) -> set[str | None]:
    held = parse_dump(run("wg", "show", interface, "dump").out)
    return {peer.endpoint for peer in held.get("peers", {}).values()}
