# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal shows of a server, a user and a port forward: the fields of each row."""

from __future__ import annotations

from typing import Any

from .shapes import Shapes
from .state import PortForward, Server, User


def server_view(server: Server, shapes: Shapes) -> dict[str, Any]:
    """E1: ``assignment_id`` is the published field; name, hostname and IP where there are some."""
    named = {"name": server.name, "hostname": server.hostname, "ip": server.ip}
    return {
        "assignment_id": shapes.number(server.id),
        **{field: value for field, value in named.items() if value is not None},
        **server.extra,
    }


def user_view(user: User, shapes: Shapes) -> dict[str, Any]:
    """E2, and the live part of E4: no keys, no config."""
    return {
        "id": shapes.number(user.id),
        "client_name": user.client_name,
        "client_ip": user.client_ip,
        "online": user.online,
        "last_seen": user.last_seen,
        "rx_bytes": user.rx_bytes,
        "tx_bytes": user.tx_bytes,
        "rx_formatted": format_bytes(user.rx_bytes),
        "tx_formatted": format_bytes(user.tx_bytes),
        **user.extra,
    }


def details_view(user: User, shapes: Shapes) -> dict[str, Any]:
    """E3 and E5: "details" besides; which ones is not published."""
    return {"created_at": user.created_at, **user_view(user, shapes)}


def secrets_view(user: User) -> dict[str, Any]:
    """E3 and E5: ``config`` and the four keys."""
    return {
        "config": user.config,
        "keys": {
            "client_private_key": user.keys.private,
            "client_public_key": user.keys.public,
            "preshared_key": user.preshared_key,
            "server_public_key": user.server.keys.public,
        },
    }


def forward_view(forward: PortForward, shapes: Shapes) -> dict[str, Any]:
    """E7's seven fields."""
    return {
        "id": shapes.number(forward.id),
        "external_port": shapes.number(forward.external_port),
        "internal_port": shapes.number(forward.internal_port),
        "protocol": forward.protocol,
        "status": forward.status,
        "comment": forward.comment or shapes.no_comment(),
        "created_at": forward.created_at,
    }


def format_bytes(count: Any) -> str:
    """A counter for people: ``0 B``, ``1.50 MB``."""
    # A seed may put anything in a counter, to see what a client makes of it.
    if not isinstance(count, int | float):
        return str(count)
    if count < 1024:
        return f"{count} B"
    size = float(count)
    for unit in ("KB", "MB", "GB"):
        size /= 1024
        if size < 1024:
            return f"{size:.2f} {unit}"
    return f"{size / 1024:.2f} TB"
