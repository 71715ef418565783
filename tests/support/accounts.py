# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account as the pages are to show it: two servers, 60 users, 100 port forwards; and a hostile one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from .world import AMS, FRA, rule, seed

PEOPLE = ("anna", "ben", "carla", "dmitri", "elif", "farid", "greta", "hugo", "ines", "jonas")
DEVICES = ("phone", "laptop", "desktop")
COMMENTS = ("Web", "", "Game server: ask Greta", "{{ 7*7 }} isn't 49")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{ lookup('ansible.builtin.pipe', 'id') }}",
    "../../../../tmp/elsewhere",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "bell\x07 and \x1b[31mred",
    "W" * 120,
    "</td></tr></table>",
)


def account() -> dict[str, Any]:
    """Two servers, 60 users and 100 port forwards, the same every time."""
    chance = random.Random(11)
    return seed(
        {**FRA, "users": list(_users(chance, 0))}, {**AMS, "users": list(_users(chance, 100))}
    )


def hostile() -> dict[str, Any]:
    """A server and users whose every text was written by somebody with bad intentions."""
    users = [
        {
            "client_name": name,
            "client_ip": name,
            "online": number % 2 == 0,
            "last_seen": name,
            "rx_bytes": 10**number,
            "extra": {"note": name},
            "port_forwards": [{**rule(f"{8000 + number} -> 80"), "comment": name[:100]}],
        }
        for number, name in enumerate(HOSTILE)
    ]
    return seed(
        {"id": 5, "name": HOSTILE[0], "hostname": HOSTILE[1], "ip": HOSTILE[2], "users": users}
    )


def _users(chance: random.Random, first: int) -> Iterator[dict[str, Any]]:
    names = [f"{person}-{device}" for device in DEVICES for person in PEOPLE]
    for number, name in enumerate(names):
        ports = [8000 + first + number * 2 + extra for extra in range(2 if number < 20 else 1)]
        online = chance.random() < 0.4
        yield {
            "client_name": name,
            "online": online,
            "last_seen": "2026-11-25T02:41:00Z"
            if online
            else f"2026-11-{number % 24 + 1:02}T12:00:00Z",
            "rx_bytes": int(10 ** chance.uniform(4, 11)),
            "tx_bytes": int(10 ** chance.uniform(5, 11.5)),
            "port_forwards": [
                rule(
                    f"{port}/{chance.choice(('tcp', 'udp', 'both'))} -> 80", chance.choice(COMMENTS)
                )
                for port in ports
            ],
        }
