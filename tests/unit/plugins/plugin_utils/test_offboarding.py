# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What removing users ends, told and declared."""

from __future__ import annotations

from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._offboarding import offboarding


def user(name: str, **more: Any) -> dict[str, Any]:
    return {"client_name": name, "client_ip": "10.66.66.2", "online": False, **more}


def test_told_and_declared() -> None:
    rules = [
        {"external_port": 443, "protocol": "tcp", "internal_port": 8443, "comment": "HTTPS"},
        {"external_port": 80, "protocol": "both", "internal_port": 80, "comment": ""},
    ]
    servers = [
        {
            "assignment_id": 5,
            "label": "fra1 (5)",
            "users": [user("phone", online=True, port_forwards=rules), user("old")],
        },
        {
            "assignment_id": 6,
            "label": "6",
            "users": [
                {"client_name": "x\x1b", "client_ip": None, "online": None},
                user("pad", last_seen="2026-01-01"),
            ],
        },
    ]
    found = offboarding(servers)
    assert found["told"] == [
        "phone on server fra1 (5): 10.66.66.2, online",
        "  80/both -> 80 ends",
        "  443/tcp -> 8443 (HTTPS) ends",
        "old on server fra1 (5): 10.66.66.2, never seen",
        r"x\x1b on server 6",
        "pad on server 6: 10.66.66.2, last seen 2026-01-01",
    ]
    assert [server["server"] for server in found["declared"]] == [5, 6]
    assert found["declared"][0]["users"] == [
        {"name": "phone", "state": "absent"},
        {"name": "old", "state": "absent"},
    ]


def test_nobody_is_there() -> None:
    assert offboarding([]) == {
        "told": ["none of these users is on a server, so nothing is removed"],
        "declared": [],
    }
