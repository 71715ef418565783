# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seed: what it can hold, and what is said about a bad one."""

from __future__ import annotations

import pytest

from simulator import seed
from simulator.document import DocumentError
from simulator.process import Simulator, SimulatorError

YAML = """
accounts:
  - name: acme
    key: wg_demo_acme
    servers:
      - id: 5
        name: fra1
        extra: {location: Frankfurt, tags: [a, b]}
        users:
          - client_name: web
            id: 200
            client_ip: 10.66.66.77
            created_at: 2026-01-01T00:00:00Z
            online: true
            last_seen: 2026-06-01T12:00:00Z
            rx_bytes: 1572864
            tx_bytes: 10
            extra: {note: "{{ lookup('pipe', 'id') }}", online: perhaps}
            port_forwards:
              - {id: 900, external_port: 443, internal_port: 8443, protocol: tcp, comment: HTTPS,
                 status: pending, created_at: 2026-02-02T00:00:00Z}
              - {external_port: 53, internal_port: 53, protocol: both}
          - client_name: "not a name!\\n{{ 1 }}"
  - name: nobody
    keys: [wg_a, wg_b, wg_c, wg_d, wg_e]
"""


def test_everything_that_a_seed_can_hold(tmp_path, client_of):
    file = tmp_path / "seed.yml"
    file.write_text(YAML, encoding="utf-8")
    with Simulator(seed=file) as simulator:
        client = client_of(simulator)
        assert client.get("/servers").json() == {
            "servers": [
                {
                    "assignment_id": 5,
                    "name": "fra1",
                    "location": "Frankfurt",
                    "tags": ["a", "b"],
                }
            ]
        }
        web, hostile = client.get("/servers/5/users").json()["users"]
        assert web == {
            "id": 200,
            "client_name": "web",
            "client_ip": "10.66.66.77",
            "online": "perhaps",
            "last_seen": "2026-06-01T12:00:00Z",
            "rx_bytes": 1572864,
            "tx_bytes": 10,
            "rx_formatted": "1.50 MB",
            "tx_formatted": "10 B",
            "note": "{{ lookup('pipe', 'id') }}",
        }
        assert hostile["client_name"] == "not a name!\n{{ 1 }}"
        assert (hostile["id"], hostile["client_ip"]) == (201, "10.66.66.2")
        body = client.get("/users/200/port-forwards").json()
        assert body["port_forwards"][0] == {
            "id": 900,
            "external_port": 443,
            "internal_port": 8443,
            "protocol": "tcp",
            "comment": "HTTPS",
            "status": "pending",
            "created_at": "2026-02-02T00:00:00Z",
        }
        assert body["port_forwards"][1]["id"] == 901
        assert client.add_user("next") == 202
        # A server without an IP in the listing has one in the configs.
        assert "Endpoint = 192.0.2.6:51820" in client.get("/users/200").json()["config"]


def test_a_json_seed_and_an_empty_one(tmp_path, client_of):
    file = tmp_path / "seed.json"
    file.write_text('{"accounts": []}', encoding="utf-8")
    with Simulator(seed=file) as simulator:
        assert client_of(simulator).get("/servers").status_code == 401


def account(**changes):
    return {"accounts": [{"name": "a", "key": "k", **changes}]}


def server(**changes):
    return account(servers=[{"id": 1, **changes}])


def user(**changes):
    return server(users=[{"client_name": "u", **changes}])


def forward(**changes):
    rule = {"external_port": 80, "internal_port": 80, "protocol": "tcp"}
    return user(port_forwards=[rule, {**rule, "external_port": 81, **changes}])


PLACE = "seed.accounts[0]"
BAD = [
    (None, "seed: must be an object"),
    ([], "seed: must be an object"),
    ({"acounts": []}, "seed: unknown field 'acounts'; known are accounts"),
    ({"accounts": {}}, "seed: accounts must be a list"),
    ({"accounts": [1]}, f"{PLACE}: must be an object"),
    ({"accounts": [{"key": "k"}]}, f"{PLACE}: name is missing"),
    ({"accounts": [{"name": "a"}]}, f"{PLACE}: must have a key"),
    (account(key=""), f"{PLACE}: key must be text, and not empty"),
    (account(keys=["k"]), f"{PLACE}: has a key that stands in the seed twice"),
    (account(keys=["b", "c", "d", "e", "f"]), f"{PLACE}: must have a key, or keys: a list of 1"),
    (account(keys=[1]), f"{PLACE}: keys must be a list of texts"),
    (account(nonsense=1), f"{PLACE}: unknown field 'nonsense'"),
    (account(servers=[{}]), f"{PLACE}.servers[0]: id is missing"),
    (server(id="1"), f"{PLACE}.servers[0]: id must be a whole number from 1"),
    (server(ip=5), f"{PLACE}.servers[0]: ip must be text"),
    (server(extra=[]), f"{PLACE}.servers[0]: extra must be an object"),
    (account(servers=[{"id": 1}, {"id": 1}]), "servers[1]: there is a server 1 already"),
    (server(users=["u"]), "users[0]: must be an object"),
    (user(client_name=5), "users[0]: client_name must be text"),
    (user(client_name=None), "users[0]: client_name must be text"),
    (user(extra="x"), "users[0]: extra must be an object"),
    (user(nonsense=1), "users[0]: unknown field 'nonsense'"),
    (server(users=[{"client_name": "u", "id": 1}] * 2), "users[1]: there is a user 1 already"),
    (server(users=[{"client_name": "u"}] * 254), "users[253]: The server has no free IP"),
    (forward(external_port=80), "port_forwards[1]: External port 80/tcp is already forwarded"),
    (forward(external_port=22), "port_forwards[1]: External port 22 is reserved"),
    (forward(external_port="80"), "port_forwards[1]: external_port must be an integer"),
    (forward(protocol="icmp"), "port_forwards[1]: protocol must be tcp, udp or both"),
    (forward(comment=5), "port_forwards[1]: comment must be text"),
    (forward(id=501), "port_forwards[1]: there is a port forward 501 already"),
]


@pytest.mark.parametrize(("document", "message"), BAD)
def test_bad_seeds(document, message):
    with pytest.raises(DocumentError) as caught:
        seed.build(document)
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [None, "", [], {}, 0, "text", -1, 1.5, "\x1b[31m"])
def test_live_values_are_returned_as_they_came(simulator, acme, value):
    live = dict.fromkeys(("online", "last_seen", "rx_bytes", "tx_bytes"), value)
    accounts = [
        {
            "name": "a",
            "key": "wg_demo_acme",
            "servers": [{"id": 5, "users": [{"client_name": "u", **live}]}],
        }
    ]
    simulator.reset({"accounts": accounts})
    (shown,) = acme.get("/servers/5/users").json()["users"]
    assert {name: shown[name] for name in live} == live


def test_hostile_names_and_comments(simulator, acme):
    names = ["", " ", "a\nb", "\x1b[31mred", "{{ 1 }}", "x" * 5000, "ü", "same", "same"]
    rule = {"external_port": 80, "internal_port": 80, "protocol": "tcp", "comment": "{{ 1 }}" * 99}
    users = [{"client_name": name} for name in names]
    users[0]["port_forwards"] = [rule]
    simulator.reset(
        {"accounts": [{"name": "a", "key": "wg_demo_acme", "servers": [{"id": 5, "users": users}]}]}
    )
    assert acme.names() == names
    body = acme.get("/users/101/port-forwards").json()
    assert body["port_forwards"][0]["comment"] == rule["comment"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accounts: [", "neither YAML nor JSON"),
        ("accounts: [{}]", "seed.accounts[0]: name is missing"),
        ("", "seed: must be an object"),
        ("!!python/object/apply:os.getcwd []", "neither YAML nor JSON"),
    ],
)
def test_a_bad_file_ends_the_program(tmp_path, text, message):
    file = tmp_path / "seed.yml"
    file.write_text(text, encoding="utf-8")
    simulator = Simulator(seed=file)
    with pytest.raises(SimulatorError) as caught:
        simulator.start()
    assert message in str(caught.value)
    assert simulator.process.returncode == 2


def test_a_missing_file(tmp_path):
    simulator = Simulator(seed=tmp_path / "none.yml")
    with pytest.raises(SimulatorError, match="cannot read"):
        simulator.start()
    assert simulator.process.returncode == 2
