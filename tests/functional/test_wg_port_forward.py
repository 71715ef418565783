# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_port_forward: one port of the server leads to one user, or to none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, rule, rules

USERS, RULES = "GET /servers/5/users", "GET /users/101/port-forwards"
HTTPS = {"server": "5", "user": "web", "external_port": 443, "internal_port": 8443}


def test_a_rules_life_in_a_play(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [], "dns": []})
    https = {**HTTPS, "server": 5, "comment": "HTTPS"}
    gone = {"server": 5, "user": "web", "external_port": 443, "state": "absent"}
    done = run.play(
        {"wg_port_forward": https},
        {"wg_port_forward": https},
        {"wg_port_forward": {**https, "user": 101}},
        {"wg_port_forward": gone},
        {"wg_port_forward": gone},
    )
    assert done.code == 0, done.output
    assert [result.changed for result in done.results] == [True, False, False, True, False]
    assert [result["requests"] for result in done.results] == [3, 2, 2, 3, 2]
    assert done.sent == [
        *(USERS, RULES, "POST /users/101/port-forwards"),
        *(USERS, RULES),
        *(USERS, RULES),
        *(USERS, RULES, "DELETE /port-forwards/501"),
        *(USERS, RULES),
    ]
    for result in done.results[:3]:
        found = result["port_forward"]
        assert found.items() >= {**rule("443/tcp -> 8443", "HTTPS"), "id": 501}.items()
        assert found["status"] == "active"
        assert found["created_at"]
        assert result["port_forwards"] == [found]
    for result in done.results[3:]:
        assert result["port_forward"] is None
        assert result["port_forwards"] == []
    assert rules(simulator) == {"web": [], "dns": []}


@pytest.mark.parametrize(
    ("user", "most"),
    [("web", 2), (101, 2), ("101", 2)],
    ids=["a name", "an id", "an id in digits"],
)
def test_requests_of_a_second_run(run: Runner, simulator: Simulator, user: Any, most: int) -> None:
    fill(simulator, {"web": []})
    first = run.module("wg_port_forward", **{**HTTPS, "user": user})
    assert first.last.changed
    assert rules(simulator) == {"web": ["443/tcp -> 8443"]}
    second = run.module("wg_port_forward", **{**HTTPS, "user": user})
    assert not second.last.changed
    assert len(second.requests) == second.last["requests"] == most
    assert second.last["port_forward"] == first.last["port_forward"]


def test_both_held_by_two_rules(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443"), rule("443/udp -> 8443")]})
    done = run.module("wg_port_forward", **HTTPS, protocol="both")
    assert not done.last.changed
    assert [found["id"] for found in done.last["port_forwards"]] == [501, 502]
    assert done.last["port_forward"] == done.last["port_forwards"][0]
    # Whatever the order in which they are listed.
    fill(simulator, {"web": [rule("443/udp -> 8443"), rule("443/tcp -> 8443")]})
    done = run.module("wg_port_forward", **HTTPS, protocol="both")
    assert [found["protocol"] for found in done.last["port_forwards"]] == ["tcp", "udp"]
    assert done.last["port_forward"]["protocol"] == "tcp"


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("start", [[], ["443/tcp -> 8443"], ["443/both -> 9000"]], ids=str)
def test_check_mode_tells_what_happens(
    run: Runner, simulator: Simulator, start: list[str], state: str
) -> None:
    fill(simulator, {"web": [rule(text) for text in start], "other": [rule("80/tcp -> 80")]})
    before = rules(simulator)
    check = run.module("wg_port_forward", check=True, **HTTPS, state=state)
    assert check.writes == []
    assert rules(simulator) == before
    real = run.module("wg_port_forward", **HTTPS, state=state)
    assert check.last.changed == real.last.changed == (rules(simulator) != before)
    assert check.last["diff"] == real.last["diff"]
    assert check.last.values.keys() == real.last.values.keys()
    for predicted, happened in zip(check.last["plan"], real.last["plan"], strict=True):
        assert {**predicted, "status": "done"} == happened
        assert predicted["status"] == "planned"
    assert (check.last["port_forward"] is None) == (real.last["port_forward"] is None)
    if real.last["port_forward"]:
        assert check.last["port_forward"].keys() == real.last["port_forward"].keys()
    if real.last.changed:
        told = json.dumps(real.last["diff"])
        assert "443/" in told
        assert "created_at" not in told
        assert "501" not in told
        assert "active" not in told


def test_a_user_that_an_earlier_task_would_have_made(run: Runner, simulator: Simulator) -> None:
    tasks: list[dict[str, Any]] = [
        {"wg_user": {"server": 5, "name": "web"}, "register": "made"},
        {"wg_port_forward": HTTPS},
        # By the id that the first task returns: in check mode there is none yet.
        {"wg_port_forward": {**HTTPS, "user": "{{ made.user.id }}", "external_port": 444}},
    ]
    check = run.play(*tasks, check=True)
    assert check.code == 0, check.output
    assert check.writes == []
    assert [result.changed for result in check.results] == [True, True, True]
    for result in check.results[1:]:
        assert result["warnings"]
        assert result["port_forward"]["internal_port"] == 8443
    assert "'web'" in check.results[1]["warnings"][0]
    real = run.play(*tasks)
    assert real.code == 0, real.output
    assert [result.get("warnings", []) for result in real.results] == [[], [], []]
    assert rules(simulator) == {"web": ["443/tcp -> 8443", "444/tcp -> 8443"]}
    assert check.results[1].values.keys() - {"warnings"} == real.results[1].values.keys()
    assert check.results[1]["diff"] == real.results[1]["diff"]


def test_a_user_that_is_not_there(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"webb": [], "WEB": []})
    done = run.module("wg_port_forward", **HTTPS)
    assert done.last.failed
    assert "'web'" in done.last.msg
    # Nothing matches by case; the error says how near it was.
    assert "WEB" in done.last.msg
    assert "case" in done.last.msg
    assert done.writes == []


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("user", ["web", "999", 999])
def test_who_is_not_there_forwards_nothing(
    run: Runner, simulator: Simulator, user: Any, check: bool
) -> None:
    """Satisfied, with a warning that says how near a name was: nothing matches by case."""
    fill(simulator, {"webb": [], "WEB": [rule("443/tcp -> 8443")]})
    gone = {**HTTPS, "user": user, "state": "absent"}
    done = run.play({"wg_port_forward": gone}, check=check)
    assert not done.last.failed, done.output
    assert not done.last.changed
    (warning,) = done.last["warnings"]
    assert f"user '{user}' was not found on server 5" in warning
    assert ("'WEB' differs from it in case only" in warning) is (user == "web")
    assert done.last["port_forward"] is None
    assert done.last["port_forwards"] == done.last["plan"] == []
    assert done.writes == []
    there = run.play({"wg_port_forward": {**gone, "user": "webb"}}, check=check)
    assert there.last.values.keys() == done.last.values.keys() - {"warnings"}


@pytest.mark.parametrize("user", ["web", 999])
def test_a_server_that_is_not_there_satisfies_nothing(
    run: Runner, simulator: Simulator, user: Any
) -> None:
    gone = {**HTTPS, "user": user, "state": "absent", "server": "77"}
    done = run.module("wg_port_forward", **gone)
    assert done.last.failed
    assert "server '77' was not found" in done.last.msg


@pytest.mark.parametrize("user", [False, True, ["web"], {"name": "web"}])
def test_a_user_that_is_no_name(run: Runner, simulator: Simulator, user: Any) -> None:
    for name, options in (("wg_port_forward", HTTPS), ("wg_port_forward_info", {"server": 5})):
        done = run.module(name, **{**options, "user": user})
        assert done.last.failed
        assert "user must be a client name or an id" in done.last.msg
        assert done.sent == []


def test_an_id_that_is_not_there(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    done = run.module("wg_port_forward", **{**HTTPS, "user": 999})
    assert done.last.failed
    assert "999" in done.last.msg
    assert "user" in done.last.msg
    assert done.writes == []


def test_an_id_of_another_server(run: Runner, simulator: Simulator) -> None:
    """An id is one of this server's users, or it is not found: nothing is changed elsewhere."""
    fill(simulator, {"web": []}, {"far": []})
    done = run.module("wg_port_forward", **{**HTTPS, "user": 102})
    assert done.last.failed
    assert done.last.msg.startswith("user '102' was not found on server ")
    assert done.writes == []
    assert rules(simulator, 6) == {"far": []}


def test_protocol_is_tcp_unless_told(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    done = run.module("wg_port_forward", **HTTPS)
    assert done.requests[-1]["body"] == {
        "external_port": 443,
        "internal_port": 8443,
        "protocol": "tcp",
    }


def test_absent_needs_and_compares_no_target(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443", "HTTPS")]})
    done = run.module(
        "wg_port_forward",
        **{**HTTPS, "internal_port": 1, "comment": "another", "state": "absent"},
    )
    assert done.last.changed
    assert rules(simulator) == {"web": []}


def test_only_the_users_own_rule_is_removed(run: Runner, simulator: Simulator) -> None:
    """Absent says that the port does not lead to this user; where else it leads is not its matter."""
    fill(simulator, {"web": [], "dns": [rule("443/tcp -> 8443")]})
    done = run.module("wg_port_forward", **HTTPS, state="absent", takeover=True)
    assert not done.last.changed
    assert done.writes == []
    assert rules(simulator)["dns"] == ["443/tcp -> 8443"]
