# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VPN server: WireGuard with the peers and port forwards that the portal knows of."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .network import Network

PORT_OF_WIREGUARD = 51820
NETWORK = "10.66.66.0/24"
ADDRESS = "10.66.66.1"  # the server's own inside the tunnel


class Server:
    """Real WireGuard (wireguard-go), forwards by DNAT, and the clients' traffic masqueraded."""

    def __init__(self, network: Network) -> None:
        self.node = network.node("server")
        self.link = network.attach(self.node)
        self.node.sysctl(ipv4__ip_forward=1)
        self.node.run("wireguard-go", "wg0")
        self.node.ip(f"address add {ADDRESS}/24 dev wg0", "link set wg0 mtu 1420 up")
        self._told = ""

    def tell(self, device: Mapping[str, Any]) -> None:
        """Have the peers and forwards of the portal's server; nothing is done if it has them."""
        text = json.dumps(device, sort_keys=True)
        if text == self._told:
            return
        self.node.run("wg", "syncconf", "wg0", "/dev/stdin", stdin=_conf(device))
        self.node.run("nft", "-f", "-", stdin=_rules(device))
        self._told = text

    def handshakes(self) -> dict[str, int]:
        """The time of each public key's last handshake, in seconds since 1970; 0: never."""
        lines = self.node.run("wg", "show", "wg0", "latest-handshakes").splitlines()
        return {key: int(at) for key, at in (line.split("\t") for line in lines)}


def _conf(device: Mapping[str, Any]) -> str:
    lines = [
        "[Interface]",
        f"PrivateKey = {device['private_key']}",
        f"ListenPort = {device['listen_port']}",
    ]
    for peer in device["peers"]:
        lines += [
            "[Peer]",
            f"PublicKey = {peer['public_key']}",
            f"PresharedKey = {peer['preshared_key']}",
            f"AllowedIPs = {peer['client_ip']}/32",
        ]
    return "\n".join(lines) + "\n"


def _rules(device: Mapping[str, Any]) -> str:
    """The whole table, in one transaction: no packet meets half of it."""
    forwards = [
        f"    ip daddr {device['endpoint']} {transport} dport {forward['external_port']} "
        f"dnat to {forward['client_ip']}:{forward['internal_port']}"
        for forward in device["port_forwards"]
        for transport in ("tcp", "udp")
        if forward["protocol"] in (transport, "both")
    ]
    lines = [
        "table ip vpn",
        "delete table ip vpn",
        "table ip vpn {",
        "  chain prerouting {",
        "    type nat hook prerouting priority dstnat;",
        *forwards,
        "  }",
        "  chain postrouting {",
        "    type nat hook postrouting priority srcnat;",
        f"    ip saddr {NETWORK} oifname eth0 masquerade",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


class Follower:
    """Tells the server what the portal knows, twice a second, until it is stopped."""

    SECONDS = 0.5  # a tunnel starts two seconds after its user was made, at the earliest

    def __init__(self, server: Server, read: Callable[[], Mapping[str, Any]]) -> None:
        self._server = server
        self._read = read
        self._end = threading.Event()
        self._lock = threading.Lock()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        self._thread.start()

    def now(self) -> None:
        """Tell it at once."""
        with self._lock:
            self._server.tell(self._read())

    def stop(self) -> None:
        """Stop, and raise what went wrong."""
        self._end.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _follow(self) -> None:
        while not self._end.wait(self.SECONDS):
            try:
                self.now()
            except Exception as error:  # noqa: BLE001 - stop() raises it, in the tests' own thread
                self.error = error
                return
