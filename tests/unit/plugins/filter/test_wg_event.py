# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter for playbooks that an event starts: what a declaration says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.premiervpn.wireguard.plugins.filter.wg_event_declaration import (
    wg_event_declaration,
)

SERVERS = [
    {"assignment_id": 5, "name": "fra1", "hostname": "fra1.example.net", "ip": "192.0.2.5"},
    {"assignment_id": "6", "name": "ams1"},
]
WEB = {"external_port": 443, "internal_port": 8443, "comment": "HTTPS"}
OLD = {"external_port": 80, "state": "absent"}


def device(online: bool | None, **fields: Any) -> dict[str, Any]:
    known = {"client_name": "phone", "online": online, "rx_bytes": 0, "tx_bytes": 0}
    return {**known, **fields}


def event(kind: str = "online", **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "server": 5,
        "server_name": "fra1",
        "user": "phone",
        "at": "2026-06-01T12:00:00Z",
        "before": device(kind != "online"),
        "after": device(kind == "online"),
        **fields,
    }


@pytest.mark.parametrize(
    "named",
    [5, "5", "fra1", "fra1.example.net", "192.0.2.5"],
)
def test_a_device_is_found_however_its_server_is_named(named: Any) -> None:
    users = [{"name": "phone", "port_forwards": [WEB, OLD]}, {"name": "tablet"}]
    declared = [{"server": "ams1", "users": users[1:]}, {"server": named, "users": users}]
    assert wg_event_declaration(declared, event("online"), SERVERS) == {
        "declared": True,
        "port_forwards": [{**WEB, "state": "present"}, OLD],
    }
    assert wg_event_declaration(declared, event("offline"), SERVERS) == {
        "declared": True,
        "port_forwards": [{**WEB, "state": "absent"}, OLD],
    }


NOT_DECLARED: dict[str, list[dict[str, Any]]] = {
    "nobody": [],
    "on another server": [{"server": 6, "users": [{"name": "phone", "port_forwards": [WEB]}]}],
    "on a server that is not there": [{"server": "x", "users": [{"name": "phone"}]}],
    "in another case": [{"server": 5, "users": [{"name": "Phone", "port_forwards": [WEB]}]}],
    "as absent": [{"server": 5, "users": [{"name": "phone", "state": "absent"}]}],
    "without a server, where there are two": [{"users": [{"name": "phone"}]}],
}


@pytest.mark.parametrize("case", NOT_DECLARED)
def test_a_device_that_is_declared_by(case: str) -> None:
    found = wg_event_declaration(NOT_DECLARED[case], event(), SERVERS)
    assert found == {"declared": False, "port_forwards": []}


def test_the_only_server_need_not_be_named_and_a_name_may_have_its_other_option() -> None:
    declared = [{"users": [{"client_name": "phone", "port_forwards": [WEB]}]}]
    found = wg_event_declaration(declared, event("removed", after=None), SERVERS[:1])
    assert found == {"declared": True, "port_forwards": [{**WEB, "state": "absent"}]}


def test_a_declaration_that_is_none_is_refused() -> None:
    for wrong in (["fra1"], [{"server": 5, "users": ["phone"]}], 5):
        with pytest.raises(AnsibleFilterError, match="no list of servers"):
            wg_event_declaration(wrong, event(), SERVERS)
