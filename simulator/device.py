# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a VPN server would have to be told: its own key, its peers, its port forwards.

The portal itself shows this to nobody. With it, real WireGuard can stand behind the simulator.
"""

from __future__ import annotations

from typing import Any

from . import keys
from .state import PortForward, Server, User


def device(server: Server) -> dict[str, Any]:
    """One server. Holds private and preshared keys."""
    return {
        "id": server.id,
        "endpoint": server.endpoint,
        "listen_port": keys.WIREGUARD_PORT,
        "private_key": server.keys.private,
        "peers": [_peer(user) for user in server.users.values()],
        "port_forwards": [
            _forward(forward)
            for user in server.users.values()
            for forward in user.forwards.values()
        ],
    }


def _peer(user: User) -> dict[str, Any]:
    return {
        "client_name": user.client_name,
        "client_ip": user.client_ip,
        "public_key": user.keys.public,
        "preshared_key": user.preshared_key,
    }


def _forward(forward: PortForward) -> dict[str, Any]:
    return {
        "external_port": forward.external_port,
        "protocol": forward.protocol,
        "client_ip": forward.user.client_ip,
        "internal_port": forward.internal_port,
    }
