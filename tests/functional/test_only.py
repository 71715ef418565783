# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_server with ``only``: some users of the declaration now, at what those users cost."""

from __future__ import annotations

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules

from .test_wg_server import LIST, converge, user

MANY = {f"device-{number:03}": [rule(f"{10_000 + number}/tcp -> 80")] for number in range(250)}


def test_one_port_of_a_server_of_250_users_costs_a_handful_of_requests(
    run: Runner, simulator: Simulator
) -> None:
    fill(simulator, MANY)
    declared = [user(name, *held) for name, held in MANY.items()]
    declared[7]["port_forwards"][0]["internal_port"] = 81
    number = ids(simulator)["device-007"]
    done = converge(run, *declared, only=["device-007"])
    assert done.last["summary"]["port_forwards_created"] == 1
    assert done.sent == [
        LIST,
        f"GET /users/{number}/port-forwards",
        "DELETE /port-forwards/508",
        f"POST /users/{number}/port-forwards",
    ]
    assert [found["client_name"] for found in done.last["users"]] == ["device-007"]
    again = converge(run, *declared, only=["device-007"])
    assert not again.last.changed
    assert again.sent == [LIST, f"GET /users/{number}/port-forwards"]


def test_the_other_declared_users_are_left_alone_and_are_not_purged(
    run: Runner, simulator: Simulator
) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1")], "b": [rule("81/tcp -> 1")], "guest": []})
    declared = [user("a", "80/tcp -> 2"), user("b", "81/tcp -> 2"), user("c"), user("guest")]
    declared[3] = {"name": "visitor"}
    done = converge(run, *declared, only=["a"], purge_users=True, purge_port_forwards=True)
    assert done.last["summary"]["users_deleted"] == 1
    assert rules(simulator) == {"a": ["80/tcp -> 2"], "b": ["81/tcp -> 1"]}


def test_nobody_is_somebody_to_be_named(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1")]})
    done = converge(run, user("a", "80/tcp -> 2"), only=[])
    assert not done.last.changed
    assert done.sent == [LIST]


def test_a_name_that_is_not_declared_is_refused_before_any_request(
    run: Runner, simulator: Simulator
) -> None:
    done = converge(run, user("a"), only=["A", "a", "b"])
    assert done.last.failed
    assert "'A' is not a declared user" in done.last.msg
    assert "'b' is not a declared user" in done.last.msg
    assert done.sent == []


def test_the_whole_declaration_is_checked_all_the_same(run: Runner, simulator: Simulator) -> None:
    done = converge(run, user("a"), user("b", "22/tcp -> 22"), only=["a"])
    assert "external_port 22 is reserved" in done.last.msg
    assert done.sent == []


def test_a_port_that_a_user_set_aside_holds(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": [rule("80/tcp -> 1")]})
    declared = [user("a", "80/tcp -> 1"), user("b")]
    done = converge(run, *declared, only=["a"])
    assert done.last.failed
    assert "user 'b' holds it (80/tcp -> 1) and it is not among `only`" in done.last.msg
    assert rules(simulator) == {"a": [], "b": ["80/tcp -> 1"]}


def test_check_mode_does_not_look_at_the_others(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": [], "c": []})
    number = ids(simulator)["a"]
    done = converge(run, user("a", "80/tcp -> 1"), {"name": "b"}, only=["a"], check=True)
    assert done.last.changed
    assert done.sent == [LIST, f"GET /users/{number}/port-forwards"]
    assert "`only` leaves them alone" in done.output
