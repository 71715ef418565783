# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Naming a server and a user: ids, exact names, and errors that list what there is."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import AMS, FRA, fill, ids, rule, rules, seed


def phone_on(run: Runner, server: Any) -> Run:
    options = {} if server is None else {"server": server}
    return run.module("wg_user", name="phone", **options)


@pytest.mark.parametrize(
    ("server", "requests"),
    [
        (6, ["GET /servers/6/users"]),
        ("6", ["GET /servers/6/users"]),
        ("ams1", ["GET /servers", "GET /servers/6/users"]),
        ("ams1.example.net", ["GET /servers", "GET /servers/6/users"]),
        ("192.0.2.6", ["GET /servers", "GET /servers/6/users"]),
    ],
)
def test_a_server(run: Runner, simulator: Simulator, server: Any, requests: list[str]) -> None:
    done = phone_on(run, server)
    assert done.last.changed, done.output
    assert done.sent == [*requests, "POST /servers/6/users"]
    assert done.last["user"]["server"] == 6
    assert list(ids(simulator, 6)) == ["phone"]
    assert ids(simulator, 5) == {}


@pytest.mark.parametrize("server", [None, ""], ids=["left out", "empty"])
def test_the_only_server(run: Runner, simulator: Simulator, server: Any) -> None:
    simulator.reset(seed({"id": 7}))
    done = phone_on(run, server)
    assert done.last.changed, done.output
    assert list(ids(simulator, 7)) == ["phone"]


def test_no_server_named_and_several_there(run: Runner) -> None:
    done = phone_on(run, None)
    assert done.last.failed
    for part in ("5", "fra1", "6", "ams1"):
        assert part in done.last.msg
    assert done.writes == []


def test_no_server_at_all(run: Runner, simulator: Simulator) -> None:
    simulator.reset(seed())
    done = phone_on(run, None)
    assert done.last.failed
    assert "no server" in done.last.msg


@pytest.mark.parametrize(
    "server",
    ["fra", "fra1.example", "fra12", "192.0.2", "12345", 12345, "0", "-5", " ", "fra1 "],
)
def test_a_server_that_is_not_there(run: Runner, server: Any) -> None:
    """Nothing matches by a part; an error lists those that there are."""
    done = phone_on(run, server)
    assert done.last.failed
    for part in (str(server).strip(), "fra1", "ams1"):
        assert part in done.last.msg
    assert done.writes == []


@pytest.mark.parametrize("server", ["FRA1", "Fra1.Example.Net"])
def test_a_server_that_differs_in_case(run: Runner, server: str) -> None:
    done = phone_on(run, server)
    assert done.last.failed
    assert repr(server) in done.last.msg
    assert "case" in done.last.msg
    assert done.writes == []


def test_an_ambiguous_server(run: Runner, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "name": "vpn"}, {**AMS, "name": "vpn"}))
    done = phone_on(run, "vpn")
    assert done.last.failed
    for part in ("'vpn'", "5", "6", "ambiguous"):
        assert part in done.last.msg
    assert done.writes == []
    assert phone_on(run, 6).last.changed


def test_another_accounts_server(run: Runner) -> None:
    """The portal says 403; the error names the servers that this key reaches."""
    done = phone_on(run, 9)
    assert done.last.failed
    for part in ("9", "fra1", "ams1"):
        assert part in done.last.msg
    assert "nyc1" not in done.output
    assert done.writes == []


def test_a_server_whose_name_is_a_number(run: Runner, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "name": "77"}, AMS))
    done = phone_on(run, "77")
    assert done.last.changed, done.output
    assert done.last["user"]["server"] == 5


def test_a_server_id_and_a_name_alike(run: Runner, simulator: Simulator) -> None:
    """Digits that are one server's id and another's name: the assignment id."""
    simulator.reset(seed({**FRA, "name": "6"}, AMS))
    done = phone_on(run, "6")
    if not done.last.failed:
        assert done.last["user"]["server"] == 6
    assert ids(simulator, 5) == {}


# Users


def forward_to(run: Runner, user: Any, **options: Any) -> Run:
    wanted = {"user": user, "external_port": 443, "internal_port": 1, **options}
    return run.module("wg_port_forward", server="5", **wanted)


# 101 and 102 by their ids; the third bears the first one's id as its name.
DIGITS: dict[str, list[dict[str, Any]]] = {"web": [], "dns": [], "101": []}


@pytest.mark.parametrize(
    ("user", "name"),
    [("web", "web"), (101, "web"), ("102", "dns"), (102, "dns"), ("101", "101"), (103, "101")],
)
def test_a_user(run: Runner, simulator: Simulator, user: Any, name: str) -> None:
    """A string of digits means an id only if no user of the server has that name."""
    fill(simulator, DIGITS)
    done = forward_to(run, user)
    assert done.last.changed, done.output
    assert rules(simulator)[name] == ["443/tcp -> 1"]


def test_a_number_in_a_play_is_an_id(run: Runner, simulator: Simulator) -> None:
    fill(simulator, DIGITS)
    port = {"server": 5, "internal_port": 1}
    done = run.play(
        {"wg_port_forward": {**port, "user": 101, "external_port": 1001}},
        {"wg_port_forward": {**port, "user": "101", "external_port": 1002}},
        {"wg_user": {"server": "fra1", "name": "dns"}, "register": "found"},
        {"wg_port_forward": {**port, "user": "{{ found.user.id }}", "external_port": 1003}},
    )
    assert done.code == 0, done.output
    assert rules(simulator) == {
        "web": ["1001/tcp -> 1"],
        "101": ["1002/tcp -> 1"],
        "dns": ["1003/tcp -> 1"],
    }


@pytest.mark.parametrize("user", ["we", "web2", "web ", "Web", "999", 999, "1O1"])
def test_a_user_that_is_not_there(run: Runner, simulator: Simulator, user: Any) -> None:
    fill(simulator, DIGITS)
    done = forward_to(run, user)
    assert done.last.failed
    assert str(user) in done.last.msg
    assert ("case" in done.last.msg) == (user == "Web")
    assert done.writes == []


def test_the_same_name_on_two_servers(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []}, {"web": [rule("443/tcp -> 9")]})
    assert forward_to(run, "web").last.changed
    assert rules(simulator) == {"web": ["443/tcp -> 1"]}
    assert rules(simulator, 6) == {"web": ["443/tcp -> 9"]}


def test_a_user_of_the_only_server(run: Runner, simulator: Simulator) -> None:
    """`server` left out in each module."""
    simulator.reset({"accounts": [{"name": "acme", "key": KEY, "servers": [FRA]}]})
    done = run.play(
        {"wg_user": {"name": "web"}},
        {"wg_port_forward": {"user": "web", "external_port": 443, "internal_port": 1}},
        {"wg_server": {"users": [{"name": "dns"}]}},
    )
    assert done.code == 0, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 1"], "dns": []}


def test_who_shall_be_absent_and_is_spelt_otherwise(run: Runner, simulator: Simulator) -> None:
    """Nothing is removed, and a warning says how near a name was."""
    fill(simulator, {"Phone": []})
    gone = {"name": "phone", "state": "absent"}
    nobody = {"name": "nobody", "state": "absent"}
    done = run.play(
        {"wg_user": {"server": 5, **gone}},
        {"wg_user": {"server": 5, **nobody}},
        {"wg_server": {"server": 5, "users": [gone, nobody]}},
    )
    assert [result.changed for result in done.results] == [False] * 3
    warned = [result.get("warnings", []) for result in done.results]
    said = "user 'phone' was not found, so there is nothing to remove; 'Phone' differs from it in case only"
    assert warned == [[said], [], [said]]
    assert list(ids(simulator)) == ["Phone"]
