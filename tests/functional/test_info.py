# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The information modules: what they return, and with how few requests."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import AMS, FRA, fill, rule, secret_texts, secrets, seed

LIST = "GET /servers/5/users"
INFO = ["wg_server_info", "wg_status_info", "wg_user_info", "wg_port_forward_info"]
"""All of them."""


@pytest.fixture
def office(simulator: Simulator) -> Simulator:
    """Users 101 to 103 on server 5, and 104 on server 6."""
    fill(
        simulator,
        {
            "web": [rule("443/tcp -> 8443", "HTTPS"), rule("53/both -> 53")],
            "phone": [],
            "103x": [rule("80/tcp -> 80")],
        },
        {"web": [rule("443/tcp -> 443")]},
    )
    return simulator


def test_servers(module: Modules, simulator: Simulator) -> None:
    extra = {"location": "Frankfurt", "name": "not this"}
    simulator.reset(seed({**FRA, "extra": {"location": "Frankfurt"}}, {"id": 6}))
    done = module("wg_server_info")
    assert done.sent == ["GET /servers"]
    assert done.last["servers"] == [
        {
            "assignment_id": 5,
            "name": "fra1",
            "hostname": "fra1.example.net",
            "ip": "192.0.2.5",
            "location": extra["location"],
        },
        {"assignment_id": 6},
    ]
    assert not done.last.changed
    assert done.last["requests"] == 1


@pytest.mark.parametrize(
    ("server", "found"),
    [
        *(("5", [5]), (5, [5]), ("fra1", [5]), ("192.0.2.6", [6]), ("", [5, 6]), (None, [5, 6])),
        *(("77", []), ("FRA1", []), ("nowhere", [])),
    ],
)
def test_one_server(module: Modules, simulator: Simulator, server: Any, found: list[int]) -> None:
    """So that a `server` among the defaults of all modules fits this one as well."""
    done = module("wg_server_info", server=server)
    assert [one["assignment_id"] for one in done.last["servers"]] == found
    assert done.sent == ["GET /servers"]


def test_a_server_that_is_ambiguous(module: Modules, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "name": "vpn"}, {"id": 6, "name": "vpn"}))
    done = module("wg_server_info", server="vpn")
    assert done.last.failed
    assert "ambiguous" in done.last.msg


def test_no_servers(module: Modules, simulator: Simulator) -> None:
    simulator.reset(seed())
    assert module("wg_server_info").last["servers"] == []
    missing = module("wg_user_info")
    assert missing.last.failed
    assert "the account has no server" in missing.last.msg


def test_users(module: Modules, simulator: Simulator) -> None:
    user = {
        "client_name": "phone",
        "online": True,
        "last_seen": "2026-06-01T12:00:00Z",
        "rx_bytes": 4242,
        "tx_bytes": 17,
        "extra": {"location": "the desk"},
    }
    simulator.reset(seed({**FRA, "users": [user, {"client_name": "web"}]}, AMS))
    done = module("wg_user_info", server="5")
    assert done.sent == [LIST]
    assert done.last["requests"] == 1
    assert not done.last.changed
    first, second = done.last["users"]
    assert first == {
        "id": 101,
        "client_name": "phone",
        "client_ip": "10.66.66.2",
        "online": True,
        "last_seen": "2026-06-01T12:00:00Z",
        "rx_bytes": 4242,
        "tx_bytes": 17,
        "rx_formatted": "4.14 KB",
        "tx_formatted": "17 B",
        "server": 5,
        "location": "the desk",
    }
    assert second["client_name"] == "web"


CHOICES: list[tuple[dict[str, Any], list[int]]] = [
    ({"name": "web"}, [101]),
    ({"client_name": "web"}, [101]),
    ({"id": 102}, [102]),
    ({"id": "102"}, [102]),
    ({"name": "web", "id": 101}, [101]),
    ({"name": "web", "id": 102}, []),
    ({"name": "103x"}, [103]),
    ({"name": "103"}, []),
    ({"name": "we"}, []),
    ({"name": "Web"}, []),
    ({"name": "nobody"}, []),
    ({"name": ""}, []),
    ({"id": 999}, []),
    # Of another server.
    ({"id": 104}, []),
]


@pytest.mark.parametrize(("options", "ids"), CHOICES, ids=[str(case[0]) for case in CHOICES])
def test_users_by_name_and_id(
    module: Modules, office: Simulator, options: dict[str, Any], ids: list[int]
) -> None:
    everything = {"include_config": True, "include_port_forwards": True}
    done = module("wg_user_info", server="5", **options, **everything)
    assert not done.last.failed, done.output
    assert [user["id"] for user in done.last["users"]] == ids
    # What was not asked for is not read.
    assert done.sent[0] == LIST
    assert sorted(done.sent[1:]) == sorted(
        [f"GET /users/{number}{more}" for number in ids for more in ("", "/port-forwards")]
    )


def test_a_config_only_when_asked(module: Modules, office: Simulator) -> None:
    hidden = secret_texts(office, "web") + secret_texts(office, "phone")
    plain = module("wg_user_info", server="5", include_port_forwards=True)
    assert not [text for text in hidden if text in plain.output]
    assert "PrivateKey" not in plain.output
    assert not [user for user in plain.last["users"] if {"config", "keys"} & user.keys()]

    done = module("wg_user_info", server="5", include_config=True)
    assert len(done.requests) == 1 + 3
    for user in done.last["users"]:
        assert {"config": user["config"], "keys": user["keys"]} == secrets(
            office, user["client_name"]
        )
        assert "port_forwards" not in user


def test_a_config_that_a_listing_holds(module: Modules, simulator: Simulator) -> None:
    """A portal that puts secrets into a listing has not been asked for them."""
    leak = {"config": "[Interface]\nPrivateKey = SECRET", "keys": {"client_private_key": "SECRET"}}
    extra = {**leak, "details": leak, "location": "kept"}
    server = {**FRA, "extra": extra, "users": [{"client_name": "a", "extra": extra}]}
    simulator.reset(seed(server))
    for name in INFO:
        done = module(name)
        assert not done.last.failed, done.output
        assert "SECRET" not in done.output
        assert ("kept" in done.output) == (name != "wg_port_forward_info")


def test_users_with_port_forwards(module: Modules, office: Simulator) -> None:
    done = module("wg_user_info", server="fra1", include_port_forwards=True)
    assert done.sent[:2] == ["GET /servers", LIST]
    assert len(done.requests) == 2 + 3
    found = {user["client_name"]: user["port_forwards"] for user in done.last["users"]}
    assert [forward["external_port"] for forward in found["web"]] == [443, 53]
    assert found["phone"] == []
    assert found["103x"][0]["external_port"] == 80


def test_port_forwards_of_a_server(module: Modules, office: Simulator) -> None:
    done = module("wg_port_forward_info", server="5")
    assert len(done.requests) == done.last["requests"] == 1 + 3
    assert done.sent[0] == LIST
    first, *others = done.last["port_forwards"]
    created = first.pop("created_at")
    assert isinstance(created, str)
    assert first.pop("status") == "active"
    assert first == {
        "id": 501,
        "external_port": 443,
        "internal_port": 8443,
        "protocol": "tcp",
        "comment": "HTTPS",
        "user": "web",
        "user_id": 101,
    }
    assert [(forward["id"], forward["user"], forward["user_id"]) for forward in others] == [
        (502, "web", 101),
        (503, "103x", 103),
    ]
    assert others[0]["comment"] == ""


USERS: list[tuple[Any, list[int]]] = [
    ("web", [501, 502]),
    (101, [501, 502]),
    ("101", [501, 502]),
    ("phone", []),
    ("nobody", []),
    ("Web", []),
    ("", []),
    (999, []),
    ("999", []),
    (104, []),
]


@pytest.mark.parametrize(("user", "ids"), USERS, ids=[repr(case[0]) for case in USERS])
def test_port_forwards_of_a_user(
    module: Modules, office: Simulator, user: Any, ids: list[int]
) -> None:
    done = module("wg_port_forward_info", server="5", user=user)
    assert not done.last.failed, done.output
    assert [forward["id"] for forward in done.last["port_forwards"]] == ids
    exists = user in ("web", 101, "101", "phone")
    assert len(done.requests) == (2 if exists else 1)


def test_a_user_called_like_an_id(module: Modules, simulator: Simulator) -> None:
    fill(simulator, {"a": [rule("1/tcp -> 1")], "101": [rule("2/tcp -> 2")]})
    for user, port in (("101", 2), (101, 1), ("102", 2)):
        found = module("wg_port_forward_info", server="5", user=user).last["port_forwards"]
        assert [forward["external_port"] for forward in found] == [port]


def test_no_users(module: Modules, simulator: Simulator) -> None:
    fill(simulator, {})
    assert module("wg_user_info", server="5").last["users"] == []
    assert module("wg_port_forward_info", server="5").last["port_forwards"] == []
    assert module("wg_status_info", server="5").last["devices"] == []


@pytest.mark.parametrize("name", INFO[1:])
@pytest.mark.parametrize("unknown_id", ["404", "403"])
def test_a_server_that_is_not_there(
    module: Modules, office: Simulator, name: str, unknown_id: str
) -> None:
    office.shapes(unknown_id=unknown_id)
    for server in ("7", "9", "fra", "nowhere"):
        done = module(name, server=server)
        assert done.last.failed
        for part in (f"'{server}'", "was not found", "fra1 (5)", "ams1 (6)"):
            assert part in done.last.msg
    assert "in case only" in module(name, server="FRA1").last.msg
    several = module(name)
    assert several.last.failed
    assert "ams1 (6), fra1 (5)" in several.last.msg


@pytest.mark.parametrize("name", INFO[1:])
def test_each_way_to_name_a_server(module: Modules, simulator: Simulator, name: str) -> None:
    fill(simulator, {"a": [rule("1/tcp -> 1")]}, {"b": [rule("1/tcp -> 1")]})
    returned = {"wg_status_info": "devices", "wg_user_info": "users"}.get(name, "port_forwards")
    by_id = module(name, server="6").last[returned]
    assert len(by_id) == 1
    for server in ("ams1", "ams1.example.net", "192.0.2.6"):
        assert module(name, server=server).last[returned] == by_id
    simulator.reset(seed({**AMS, "users": [{"client_name": "b", "port_forwards": []}]}))
    for options in ({}, {"server": ""}):
        done = module(name, **options)
        assert not done.last.failed
        assert done.sent[0] == "GET /servers"


@pytest.mark.parametrize("status_name", ["devices", "status", "users"])
@pytest.mark.parametrize("lists", ["named", "bare", "data", "data_named"])
def test_status_in_each_shape(
    module: Modules, simulator: Simulator, lists: str, status_name: str
) -> None:
    user = {"client_name": "phone", "online": True, "extra": {"endpoint": "192.0.2.77:4000"}}
    simulator.reset(seed({**FRA, "users": [user, {"client_name": "web"}]}, AMS))
    simulator.shapes(lists=lists, status_name=status_name)
    done = module("wg_status_info", server="5")
    assert done.sent == ["GET /servers/5/status"]
    assert done.last["server"] == 5
    assert [device["client_name"] for device in done.last["devices"]] == ["phone", "web"]
    phone = done.last["devices"][0]
    assert phone["online"] is True
    assert phone["endpoint"] == "192.0.2.77:4000"


STATUS: dict[str, tuple[Any, list[dict[str, Any]] | None]] = {
    "nobody": ({"devices": []}, []),
    "other fields beside it": ({"server": 5, "devices": [{"a": 1}], "online": 1}, [{"a": 1}]),
    "a status that is a text": ({"status": "ok", "devices": [{"a": 1}]}, [{"a": 1}]),
    "an object": ({"online": True}, None),
    "a map": ({"status": {"phone": True}}, None),
    "texts": (["HIDDEN"], None),
    "null": (None, None),
}


@pytest.mark.parametrize(("body", "devices"), STATUS.values(), ids=STATUS)
def test_what_a_status_may_be(
    module: Modules, simulator: Simulator, body: Any, devices: list[dict[str, Any]] | None
) -> None:
    simulator.faults({"kind": "json", "path": "/servers/5/status", "body": body, "times": None})
    done = module("wg_status_info", server="5", max_wait=0)
    if devices is None:
        assert done.last.failed
        assert done.last["error"]["path"] == "/servers/5/status"
        assert "HIDDEN" not in done.output
    else:
        assert done.last["devices"] == devices


@pytest.mark.parametrize("preset", ["default", "enveloped", "bare"])
def test_each_shape(module: Modules, office: Simulator, preset: str) -> None:
    everything = {"include_config": True, "include_port_forwards": True, "server": "5"}
    plain = module("wg_user_info", **everything).last["users"]
    office.shapes(preset=preset, numbers="string", comment="empty")
    done = module("wg_user_info", **everything)
    assert done.last["users"] == plain
    assert module("wg_server_info").last["servers"][0]["assignment_id"] == 5
    forwards = module("wg_port_forward_info", server="5").last["port_forwards"]
    assert [forward["external_port"] for forward in forwards] == [443, 53, 80]


def test_check_and_diff_mode(module: Modules, office: Simulator) -> None:
    for name in INFO:
        options = {} if name == "wg_server_info" else {"server": "5"}
        real = module(name, **options)
        check = module(name, check=True, **options)
        assert check.last.values == real.last.values
        assert sorted(check.sent) == sorted(real.sent)
        assert "diff" not in check.last


def test_in_a_play(run: Runner, office: Simulator) -> None:
    """As the documentation has it: with defaults for the whole group, in check mode too."""
    tasks: list[dict[str, Any]] = [
        {"wg_server_info": {}},
        {"wg_status_info": {"server": 5}},
        {"wg_user_info": {"server": 5, "name": "web"}},
        {"wg_port_forward_info": {"server": 5, "user": 101}},
        {"wg_port_forward_info": {"server": 5, "user": "{{ 101 }}"}},
    ]
    done = run.play(
        *tasks,
        check=True,
        env={"PREMIERVPN_API_KEY": None},
        module_defaults={"group/premiervpn.wireguard.wg": {"api_key": "wg_demo_acme"}},
    )
    assert done.code == 0, done.output
    assert not [result for result in done.results if result.changed]
    assert [result["requests"] for result in done.results] == [1, 1, 1, 2, 2]
    assert len(done.results[3]["port_forwards"]) == len(done.results[4]["port_forwards"]) == 2
    assert "wg_demo_acme" not in json.dumps([result.values for result in done.results])


@pytest.mark.parametrize("name", INFO)
def test_a_failure(module: Modules, office: Simulator, name: str) -> None:
    options = {} if name == "wg_server_info" else {"server": "5"}
    told = {"status": 422, "code": "some_code", "message": "Some words."}
    office.faults({"kind": "status", **told, "times": None})
    done = module(name, **options)
    assert done.last.failed
    assert done.last["error"].items() >= {**told, "method": "GET"}.items()
    assert done.last["requests"] == len(done.requests) == 1


def test_one_of_many_requests_fails(module: Modules, office: Simulator) -> None:
    """Nothing is returned as if it were all."""
    office.faults({"kind": "status", "status": 422, "path": "/users/103/port-forwards"})
    done = module("wg_port_forward_info", server="5")
    assert done.last.failed
    assert "port_forwards" not in done.last
    assert done.last["error"]["path"] == "/users/103/port-forwards"


def test_many_users_are_read_at_once(
    module: Modules, simulator: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"user-{number}" for number in range(50)]
    fill(simulator, {name: [rule(f"{1000 + i}/tcp -> 80")] for i, name in enumerate(names)})
    simulator.settings(latency=50)
    began = time.monotonic()
    done = module("wg_port_forward_info", server="5")
    took = time.monotonic() - began
    assert done.last["requests"] == len(done.requests) == 51
    assert len(set(done.sent)) == 51
    # In the order of the users, whichever was answered first.
    assert [forward["user"] for forward in done.last["port_forwards"]] == names
    # Several were under way at once: some arrived before the one before could have been answered.
    arrivals = sorted(request["at"] for request in done.requests)[1:]
    assert min(second - first for first, second in itertools.pairwise(arrivals)) < 0.05
    with capsys.disabled():
        print(f"\n51 requests of 50 ms each: {took:.2f} s")
