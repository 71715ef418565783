# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_user: one user is there, or is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import AMS, FRA, fill, ids, rule, rules, secrets, seed

LIST, CREATE = "GET /servers/5/users", "POST /servers/5/users"
# What ends with a user is looked at first.
GONE = ("GET /users/102/port-forwards", "DELETE /users/102")


def test_a_users_life_in_a_play(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"tablet": [rule("443/tcp -> 8443")]})
    phone = {"server": 5, "name": "phone"}
    done = run.play(
        {"wg_user": phone},
        {"wg_user": phone},
        {"wg_user": {**phone, "state": "absent"}},
        {"wg_user": {**phone, "state": "absent"}},
    )
    assert done.code == 0, done.output
    assert [result.changed for result in done.results] == [True, False, True, False]
    assert done.sent == [LIST, CREATE, LIST, LIST, *GONE, LIST]
    assert [result["requests"] for result in done.results] == [2, 1, 3, 1]

    created, again, removed, still_removed = done.results
    assert created["user"]["client_name"] == "phone"
    assert created["user"]["id"] == 102
    for result in (created, again):
        assert result["user"].items() >= {"server": 5, "client_ip": "10.66.66.3"}.items()
        assert {"online", "last_seen", "rx_bytes", "tx_bytes"} <= result["user"].keys()
        assert "config" not in result
        assert "keys" not in result
    assert removed["user"] is None
    assert still_removed["user"] is None
    assert rules(simulator) == {"tablet": ["443/tcp -> 8443"]}


def test_check_and_diff_mode_in_a_play(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"old": [rule("443/tcp -> 8443")]})
    tasks: list[dict[str, Any]] = [
        {"wg_user": {"server": 5, "name": "phone"}},
        {"wg_user": {"server": 5, "name": "old", "state": "absent"}},
    ]
    check = run.play(*tasks, check=True)
    assert check.writes == []
    assert ids(simulator) == {"old": 101}
    real = run.play(*tasks)
    assert real.writes == [CREATE, "DELETE /users/101"]
    for predicted, happened in zip(check.results, real.results, strict=True):
        assert predicted.changed
        assert happened.changed
        assert predicted["diff"] == happened["diff"]
        assert predicted["diff"]["before"] != predicted["diff"]["after"]
        assert predicted.values.keys() == happened.values.keys()
    # What ansible-playbook prints of it.
    assert "+user phone\n" in check.output
    assert "-user old\n-old: 443/tcp -> 8443\n" in check.output


def shape(value: Any) -> Any:
    """The keys of a result, at any depth; lists by their entries."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else ""


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("name", ["phone", "there"])
def test_check_mode_tells_what_happens(
    run: Runner, simulator: Simulator, name: str, state: str
) -> None:
    fill(simulator, {"there": []})
    wanted = {"server": "5", "name": name, "state": state, "return_config": True}
    check = run.module("wg_user", check=True, **wanted)
    assert check.writes == []
    real = run.module("wg_user", **wanted)
    again = run.module("wg_user", **wanted)
    assert check.last.changed == real.last.changed == ((name == "there") == (state == "absent"))
    assert not again.last.changed
    assert check.last["diff"] == real.last["diff"]
    assert check.last.values.keys() == real.last.values.keys() == again.last.values.keys()
    assert [shape(step) for step in check.last["plan"]] == [
        shape(step) for step in real.last["plan"]
    ]
    assert [step["status"] for step in check.last["plan"]] == ["planned"] * check.last.changed
    assert [step["status"] for step in real.last["plan"]] == ["done"] * real.last.changed
    if state == "present":
        published = {"id", "client_name", "client_ip", "online", "last_seen", "rx_bytes", "server"}
        assert published <= check.last["user"].keys()
        assert published <= real.last["user"].keys()


def test_the_config_on_every_run_and_only_when_asked(run: Runner, simulator: Simulator) -> None:
    wanted = {"server": "5", "name": "phone", "return_config": True}
    first = run.module("wg_user", **wanted)
    # The answer to the creation holds it all: nothing is asked twice.
    assert first.sent == [LIST, CREATE]
    second = run.module("wg_user", **wanted)
    assert second.sent == [LIST, "GET /users/101"]
    assert not second.last.changed
    truth = secrets(simulator, "phone")
    for result in (first.last, second.last):
        assert {"config": result["config"], "keys": result["keys"]} == truth
        assert set(result["keys"]) == {
            "client_private_key",
            "client_public_key",
            "preshared_key",
            "server_public_key",
        }
        assert "config" not in result["user"]
        assert "keys" not in result["user"]
    plain = run.module("wg_user", server="5", name="phone")
    assert plain.last.values.keys().isdisjoint({"config", "keys"})
    assert "PrivateKey" not in plain.output


def test_whatever_else_the_portal_gives(run: Runner, simulator: Simulator) -> None:
    user = {
        "client_name": "phone",
        "online": True,
        "last_seen": "2026-06-01T12:00:00Z",
        "rx_bytes": 4242,
        "tx_bytes": 1717,
        "extra": {"location": "the desk", "config": "SECRET", "keys": {"x": "SECRET"}},
    }
    simulator.reset(seed({**FRA, "users": [user]}, AMS))
    found = run.module("wg_user", server="5", name="phone")
    live = ("online", "last_seen", "rx_bytes", "tx_bytes")
    assert {field: found.last["user"][field] for field in live} == {
        field: user[field] for field in live
    }
    assert found.last["user"]["location"] == "the desk"
    assert found.last["user"]["rx_formatted"] == "4.14 KB"
    # Should a portal put secrets into a listing, they are still not asked for.
    assert "SECRET" not in found.output

    gone = run.module("wg_user", server="5", name="phone", state="absent")
    told = json.dumps(gone.last["diff"])
    assert "phone" in told
    for value in ("4242", "1717", "2026-06-01", "10.66.66", "the desk", "online"):
        assert value not in told


def test_its_other_name(run: Runner, simulator: Simulator) -> None:
    done = run.module("wg_user", server="5", client_name="phone")
    assert done.last["user"]["client_name"] == "phone"
    assert ids(simulator) == {"phone": 101}


@pytest.mark.parametrize("other", ["Phone", "phone2", "phon"])
def test_a_name_is_exact(run: Runner, simulator: Simulator, other: str) -> None:
    fill(simulator, {other: []})
    gone = run.module("wg_user", server="5", name="phone", state="absent")
    assert not gone.last.changed
    made = run.module("wg_user", server="5", name="phone")
    assert made.last.changed
    assert ids(simulator) == {other: 101, "phone": 102}


def test_absent_ends_its_port_forwards_and_no_one_elses(run: Runner, simulator: Simulator) -> None:
    fill(
        simulator,
        {"old": [rule("80/tcp -> 80")], "web": [rule("443/tcp -> 443")]},
        {"old": [rule("80/tcp -> 80")]},
    )
    done = run.module("wg_user", server="5", name="old", state="absent")
    assert done.writes == ["DELETE /users/101"]
    assert rules(simulator) == {"web": ["443/tcp -> 443"]}
    assert rules(simulator, 6) == {"old": ["80/tcp -> 80"]}


def test_a_name_that_another_server_holds(run: Runner, simulator: Simulator) -> None:
    """Where names are unique in the account, the error names the server that has it."""
    fill(simulator, {}, {"phone": []})
    simulator.settings(names_unique="account")
    done = run.module("wg_user", server="5", name="phone")
    assert done.last.failed
    assert "ams1" in done.last.msg
    assert "phone" in done.last.msg
    assert done.last["error"]["status"] == 409
    assert done.last["error"]["code"] == "duplicate_name"
    assert ids(simulator) == {}


def test_a_loop_of_users(run: Runner, simulator: Simulator) -> None:
    names = ["a", "b", "c"]
    done: Run = run.play({"wg_user": {"server": 5, "name": "{{ item }}"}, "loop": names})
    assert done.code == 0, done.output
    assert list(ids(simulator)) == names
