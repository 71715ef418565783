# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own routes: journal, state, settings, reset."""

from __future__ import annotations

import json
import time

import pytest
import requests

from simulator.process import Simulator, SimulatorError

SEED = {
    "accounts": [
        {
            "name": "acme",
            "keys": ["wg_demo_acme", "wg_other"],
            "servers": [{"id": 7, "users": [{"client_name": "seeded"}]}],
        }
    ]
}


def test_the_journal(acme, nobody, simulator):
    acme.post("/servers/5/users", {"client_name": "phone"})
    acme.get("/servers/5/users?page=1")
    nobody.get("/servers")
    first, second, third = simulator.requests()
    assert [entry["n"] for entry in (first, second, third)] == [1, 2, 3]
    assert first["at"] <= second["at"] <= third["at"]
    assert first["time"].endswith("+00:00")
    fields = ("method", "path", "account", "status", "fault", "body")
    assert [tuple(entry[name] for name in fields) for entry in (first, second, third)] == [
        ("POST", "/servers/5/users", "acme", 201, None, {"client_name": "phone"}),
        ("GET", "/servers/5/users?page=1", "acme", 200, None, None),
        ("GET", "/servers", None, 401, None, None),
    ]
    simulator.clear_requests()
    assert simulator.requests() == []
    acme.get("/servers")
    assert simulator.requests()[0]["n"] == 1


def test_no_secret_in_journal_or_state(acme, simulator):
    secrets = acme.post("/servers/5/users", {"client_name": "phone"}).json()["keys"].values()
    acme.get("/users/101")
    for text in (json.dumps(simulator.requests()), json.dumps(simulator.state())):
        assert "wg_demo" not in text
        assert not any(secret in text for secret in secrets)


def test_what_wireguard_on_the_servers_would_be_told(acme, simulator):
    made = acme.post("/servers/5/users", {"client_name": "web"}).json()
    acme.add_forward(made["user"]["id"], 443)
    device = next(device for device in simulator.devices() if device["id"] == 5)
    (peer,) = device["peers"]
    assert (peer["client_name"], peer["client_ip"]) == ("web", made["user"]["client_ip"])
    assert peer["public_key"] == made["keys"]["client_public_key"]
    assert peer["preshared_key"] == made["keys"]["preshared_key"]
    assert device["private_key"] != made["keys"]["client_private_key"]
    (forward,) = device["port_forwards"]
    assert forward["external_port"] == 443
    assert forward["client_ip"] == made["user"]["client_ip"]
    assert f"Endpoint = {device['endpoint']}:{device['listen_port']}" in made["config"]


def test_the_state(acme, simulator):
    acme.add_forward(acme.add_user("web"), 443)
    state = simulator.state()
    assert set(state) == {"accounts", "servers", "users", "port_forwards"}
    assert state["accounts"][0] == {"name": "acme", "servers": [5, 6]}
    assert (state["servers"][2]["account"], state["servers"][2]["assignment_id"]) == ("globex", 9)
    (user,) = state["users"]
    assert (user["id"], user["server"], user["client_name"]) == (101, 5, "web")
    (forward,) = state["port_forwards"]
    assert forward["user_id"] == 101
    assert (forward["server"], forward["user"], forward["external_port"]) == (5, "web", 443)


def test_settings(simulator):
    changed = {
        "rate_limit": 5,
        "window": 1.5,
        "latency": 10,
        "create_delay": 20,
        "names_unique": "account",
    }
    assert simulator.settings(**changed) == changed
    assert simulator.settings(rate_limit=6) == {**changed, "rate_limit": 6}
    assert simulator.control("GET", "/settings") == {**changed, "rate_limit": 6}


@pytest.mark.parametrize(
    "settings",
    [
        {"nonsense": 1},
        {"rate_limit": -1},
        {"rate_limit": 1.5},
        {"rate_limit": True},
        {"window": 0},
        {"latency": "1"},
        {"create_delay": None},
        {"names_unique": "planet"},
    ],
)
def test_settings_that_there_are_not(simulator, settings):
    before = simulator.control("GET", "/settings")
    with pytest.raises(SimulatorError, match=r"422.*invalid"):
        simulator.settings(**settings)
    assert simulator.control("GET", "/settings") == before


def test_reset(acme, simulator):
    acme.add_forward(acme.add_user("web"), 443)
    simulator.faults({"kind": "reset"})
    simulator.shapes(preset="bare")
    simulator.settings(latency=1, rate_limit=1)
    simulator.reset()
    assert simulator.requests() == []
    assert simulator.faults() == []
    assert simulator.control("GET", "/shapes")["lists"] == "named"
    assert simulator.control("GET", "/settings")["rate_limit"] == 0
    assert simulator.state()["users"] == []
    assert acme.add_user("web") == 101


def test_reset_with_another_seed_and_back(acme, simulator):
    simulator.reset(SEED)
    assert acme.names(7) == ["seeded"]
    assert acme.get("/servers/5/users").status_code == 404
    other = requests.get(
        f"{simulator.url}/servers", headers={"Authorization": "Bearer wg_other"}, timeout=10
    )
    assert other.json() == {"servers": [{"assignment_id": 7}]}
    simulator.reset()
    assert acme.names(5) == []


def test_reset_with_a_bad_seed_changes_nothing(acme, simulator):
    acme.add_user("web")
    before = simulator.state()
    with pytest.raises(SimulatorError, match=r"422.*accounts\[0\]: name is missing"):
        simulator.reset({"accounts": [{}]})
    assert simulator.state() == before


@pytest.mark.parametrize("path", ["/reset", "/faults"])
def test_a_body_that_is_not_json(simulator, path):
    response = requests.post(f"{simulator.origin}/_simulator{path}", data="{", timeout=10)
    assert response.status_code == 422
    assert "not JSON" in response.json()["error"]


def test_a_large_seed_is_ready_at_once(acme, simulator):
    servers = [
        {
            "id": server,
            "users": [
                {
                    "client_name": f"user-{number}",
                    "port_forwards": [
                        {
                            "external_port": 1000 + number,
                            "internal_port": 80,
                            "protocol": "tcp",
                        }
                    ],
                }
                for number in range(250)
            ],
        }
        for server in range(1, 11)
    ]
    start = time.monotonic()
    simulator.reset({"accounts": [{"name": "big", "key": "wg_demo_acme", "servers": servers}]})
    assert time.monotonic() - start < 2
    assert len(acme.names(10)) == 250


def test_the_control_works_without_a_key_and_beside_faults(simulator):
    simulator.faults({"kind": "reset", "times": None})
    simulator.settings(rate_limit=1, latency=5000)
    start = time.monotonic()
    for _turn in range(5):
        assert simulator.requests() == []
    assert time.monotonic() - start < 2


def test_unknown_routes(simulator):
    for path, status in (("/_simulator/nothing", 404), ("/nothing", 404), ("/", 404)):
        response = requests.get(simulator.origin + path, timeout=10)
        assert (response.status_code, response.json()["code"]) == (status, "not_found")
    response = requests.put(f"{simulator.origin}/_simulator/reset", timeout=10)
    assert response.status_code == 405


def test_two_simulators_have_nothing_in_common(acme, simulator, client_of):
    with Simulator(rate_limit=0) as other:
        acme.add_user("web")
        simulator.faults({"kind": "status", "times": None})
        simulator.shapes(preset="bare")
        assert client_of(other).names() == []
        assert len(other.requests()) == 1
        assert other.faults() == []
