# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Portals with many users, for the simulator to start with."""

from __future__ import annotations

from typing import Any

from tests.bench.place import KEY

FIRST_PORT = 10_000


def declared_users(users: int, forwards: int) -> list[dict[str, Any]]:
    """Users and their port forwards, as ``wg_server`` takes them."""
    return [
        {
            "name": f"device-{number:03}",
            "port_forwards": [
                {
                    "external_port": FIRST_PORT + number * forwards + port,
                    "internal_port": 8000 + port,
                    "protocol": "tcp",
                    "comment": f"service {port}",
                }
                for port in range(forwards)
            ],
        }
        for number in range(users)
    ]


def seed(servers: int, users: int, forwards: int = 0) -> dict[str, Any]:
    """One account with so many servers, each with so many users, each with so many forwards.

    The servers' ids count from 5. A user's name stands once in the account, and every other is online.
    """
    return {
        "accounts": [
            {
                "name": "acme",
                "key": KEY,
                "servers": [_server(5 + number, users, forwards) for number in range(servers)],
            }
        ]
    }


def _server(number: int, users: int, forwards: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"server-{number}",
        "hostname": f"server-{number}.example.net",
        "ip": f"192.0.2.{number}",
        "users": [
            {
                "client_name": f"{user['name']}-on-{number}",
                "online": index % 2 == 0,
                "last_seen": "2026-01-01T00:00:00Z",
                "rx_bytes": 1_000_000 + index,
                "tx_bytes": 2_000_000 + index,
                "port_forwards": user["port_forwards"],
            }
            for index, user in enumerate(declared_users(users, forwards))
        ],
    }
