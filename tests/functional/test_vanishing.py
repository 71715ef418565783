# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users that go away between two reads, and users of one name."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.world import fill, ids, rule

PORT = rule("443/tcp -> 8443")


@pytest.fixture
def office(simulator: Simulator) -> Simulator:
    """Three users, of whom ben goes away after the first listing."""
    fill(simulator, {"ann": [], "ben": [rule("80/tcp -> 80")], "cay": [PORT]})
    gone = {"action": "delete_user", "server": 5, "client_name": "ben"}
    listing = {"method": "GET", "path": "/servers/5/users", "when": "after"}
    simulator.faults({"kind": "meanwhile", **listing, "do": [gone]})
    return simulator


@pytest.mark.parametrize(
    "options",
    [
        {"include_port_forwards": True},
        {"include_config": True},
        {"include_port_forwards": True, "include_config": True},
    ],
    ids=str,
)
def test_a_user_that_goes_away_is_left_out(
    module: Modules, office: Simulator, options: dict[str, Any]
) -> None:
    done = module("wg_user_info", server=5, **options)
    assert not done.last.failed, done.output
    assert [user["client_name"] for user in done.last["users"]] == ["ann", "cay"]
    assert done.sent.count("GET /servers/5/users") == 2


@pytest.mark.parametrize("user", [None, "ben"])
def test_its_port_forwards_are_left_out(module: Modules, office: Simulator, user: Any) -> None:
    options = {"user": user} if user else {}
    done = module("wg_port_forward_info", server=5, **options)
    assert not done.last.failed, done.output
    assert [found["user"] for found in done.last["port_forwards"]] == ([] if user else ["cay"])


def test_who_is_refused_and_still_listed_is_an_error(module: Modules, simulator: Simulator) -> None:
    """404 and 403 can both mean gone; only a listing tells."""
    fill(simulator, {"ann": [], "ben": []})
    path = "/users/102/port-forwards"
    simulator.faults({"kind": "status", "status": 403, "path": path, "times": None})
    done = module("wg_port_forward_info", server=5)
    assert done.last.failed
    assert done.last["error"]["status"] == 403
    assert done.last["error"]["path"] == path


TWINS = [
    {"id": 101, "client_name": "ann"},
    {"id": 102, "client_name": "ben"},
    {"id": 103, "client_name": "ben"},
]


@pytest.fixture
def twins(simulator: Simulator) -> Simulator:
    """Two users of one name, as no portal should have them, beside one of her own."""
    fill(simulator, {"ann": [], "ben": [], "other": []})
    body = {"users": TWINS}
    listing = {"method": "GET", "path": "/servers/5/users", "times": None}
    simulator.faults({"kind": "json", "body": body, **listing})
    return simulator


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wg_user", {"name": "ann"}),
        ("wg_user", {"name": "cay"}),
        ("wg_port_forward", {"user": "ann", **PORT}),
        ("wg_port_forward", {"user": "cay", "external_port": 443, "state": "absent"}),
        ("wg_server", {"users": [{"name": "ann", "port_forwards": [PORT]}]}),
        ("wg_server", {"users": [{"name": "ann"}], "purge_port_forwards": True}),
        ("wg_user_info", {}),
        ("wg_port_forward_info", {"user": "ann"}),
    ],
    ids=str,
)
def test_a_name_that_two_have_does_not_block_the_others(
    module: Modules, twins: Simulator, name: str, options: dict[str, Any]
) -> None:
    done = module(name, server=5, **options)
    assert not done.last.failed, done.output
    assert {"ben", "other"} <= ids(twins).keys()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wg_user", {"name": "ben"}),
        ("wg_user", {"name": "ben", "state": "absent"}),
        ("wg_port_forward", {"user": "ben", **PORT}),
        ("wg_port_forward", {"user": 103, **PORT}),
        ("wg_server", {"users": [{"name": "ann"}, {"name": "ben"}]}),
        ("wg_server", {"users": [{"name": "ann"}], "purge_users": True}),
        ("wg_port_forward_info", {"user": "ben"}),
    ],
    ids=str,
)
def test_it_blocks_what_involves_it(
    module: Modules, twins: Simulator, name: str, options: dict[str, Any]
) -> None:
    done = module(name, server=5, **options)
    assert done.last.failed
    assert "user 'ben' is ambiguous" in done.last.msg
    assert "102 and 103" in done.last.msg
    assert done.writes == []
