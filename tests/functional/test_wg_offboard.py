# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_offboard: whatever could not be looked at or removed keeps nobody else's access alive."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.modules import Modules
from tests.support.world import AMS, FRA, fill, ids, rule


@pytest.fixture
def anna(simulator: Simulator) -> Simulator:
    """Anna's devices on two servers, and somebody else's."""
    here = {"anna-phone": [rule("443/tcp -> 8443", "HTTPS")], "anna": [], "ben": []}
    fill(simulator, here, {"anna-phone": [rule("80/both -> 1")], "far": []})
    return simulator


def test_wherever_they_are(module: Modules, anna: Simulator) -> None:
    check = module("wg_offboard", check=True, users=["anna-phone"])
    assert (check.last.changed, check.writes) == (True, [])
    assert check.last["lines"] == [
        "anna-phone on fra1 (5), 10.66.66.2, never seen: is to be removed with",
        "  443/tcp -> 8443 (HTTPS)",
        "anna-phone on ams1 (6), 10.66.66.2, never seen: is to be removed with",
        "  80/both -> 1",
    ]
    done = module("wg_offboard", users=["anna-phone"])
    assert [(one["server"], one["server_name"]) for one in done.last["removed"]] == [
        (5, "fra1"),
        (6, "ams1"),
    ]
    assert done.last["removed"][0]["port_forwards"][0]["comment"] == "HTTPS"
    assert len(done.sent) == 1 + 2 + 2 + 2
    assert (list(ids(anna)), list(ids(anna, 6))) == (["anna", "ben"], ["far"])


@pytest.mark.parametrize("users", ["anna, ben", "anna ben", ["anna,ben"], [" anna\n", "ben"]])
def test_lists_and_texts_are_split(module: Modules, anna: Simulator, users: Any) -> None:
    done = module("wg_offboard", users=users)
    assert not done.last.failed, done.last.msg
    assert list(ids(anna)) == ["anna-phone"]


@pytest.mark.parametrize(
    "users", ["", " , ", [], [""], ["a;b"], "anna/ben", [None], [{"a": 1}], True]
)
def test_names_that_no_client_can_have(module: Modules, anna: Simulator, users: Any) -> None:
    done = module("wg_offboard", users=users)
    assert done.last.failed
    assert "users" in done.last.msg
    assert done.sent == []


def test_a_name_that_is_nowhere_fails_at_the_end(module: Modules, anna: Simulator) -> None:
    done = module("wg_offboard", users="Ben, anna")
    assert done.last.failed
    assert done.last.msg == "not found on any server: Ben ('ben' differs in case only)"
    assert done.last["missing"] == ["Ben"]
    assert list(ids(anna)) == ["anna-phone", "ben"]
    assert [one["client_name"] for one in done.last["removed"]] == ["anna"]
    fine = module("wg_offboard", users="Ben, anna", missing="ok")
    assert (fine.last.failed, fine.last.changed) == (False, False)
    assert fine.last["lines"][-1].startswith("warning: not found on any server: Ben")


def test_two_of_one_name_are_both_removed(module: Modules, simulator: Simulator) -> None:
    twins = [{**FRA, "users": [{"client_name": "twin"}, {"client_name": "twin"}]}, {**AMS}]
    simulator.reset({"accounts": [{"name": "acme", "key": KEY, "servers": twins}]})
    done = module("wg_offboard", users="twin")
    assert not done.last.failed, done.last.msg
    assert len(done.last["removed"]) == 2
    assert list(ids(simulator)) == []


def test_a_server_that_is_down_and_rules_that_can_not_be_read(
    module: Modules, anna: Simulator
) -> None:
    broken = {"kind": "status", "status": 403, "code": "no", "times": None, "method": "GET"}
    anna.faults(
        {**broken, "path": "/servers/6/users"}, {**broken, "path": "/users/{id}/port-forwards"}
    )
    done = module("wg_offboard", users="anna-phone")
    assert done.last.failed
    assert done.last.msg.startswith("ams1 (6) could not be looked at: ")
    assert list(ids(anna)) == ["anna", "ben"]
    assert done.last["removed"][0]["port_forwards"] is None
    assert any(
        x.endswith("removed with its port forwards, which could not be read")
        for x in done.last["lines"]
    )


def test_a_deletion_that_fails_does_not_keep_the_others(module: Modules, anna: Simulator) -> None:
    anna.faults(
        {"kind": "status", "status": 422, "code": "no", "method": "DELETE", "path": "/users/{id}"}
    )
    done = module("wg_offboard", users="anna-phone")
    assert done.last.failed
    assert "anna-phone on fra1 (5) could not be removed: " in done.last.msg
    assert [one["server"] for one in done.last["removed"]] == [6]
    assert done.last.changed


def test_who_is_still_declared_is_told(module: Modules, anna: Simulator) -> None:
    declared = [
        {"server": 5, "users": [{"name": "anna"}, {"client_name": "ben", "state": "absent"}]},
        "not a declaration",
    ]
    done = module("wg_offboard", users="anna, ben", declared=declared)
    assert done.last.failed
    assert done.last.msg.startswith("still declared, so that the next converge would bring")
    assert "back: anna;" in done.last.msg
    assert list(ids(anna)) == ["anna-phone"]
