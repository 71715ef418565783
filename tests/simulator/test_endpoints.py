# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints E1 to E9, as published."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


def test_e1_lists_the_servers_of_the_account(acme, globex):
    assert acme.get("/servers").json() == {
        "servers": [
            {
                "assignment_id": 5,
                "name": "fra1",
                "hostname": "fra1.example.net",
                "ip": "192.0.2.5",
            },
            {
                "assignment_id": 6,
                "name": "ams1",
                "hostname": "ams1.example.net",
                "ip": "192.0.2.6",
            },
        ]
    }
    servers = globex.get("/servers").json()["servers"]
    assert [server["assignment_id"] for server in servers] == [9]


def test_e2_lists_users_with_live_status_and_without_secrets(acme):
    user = acme.add_user("phone")
    acme.add_user("elsewhere", server=6)
    response = acme.get("/servers/5/users")
    assert response.status_code == 200
    assert response.json() == {
        "users": [
            {
                "id": user,
                "client_name": "phone",
                "client_ip": "10.66.66.2",
                "online": False,
                "last_seen": None,
                "rx_bytes": 0,
                "tx_bytes": 0,
                "rx_formatted": "0 B",
                "tx_formatted": "0 B",
            }
        ]
    }


def test_e3_creates_a_user_with_config_and_keys(acme):
    response = acme.post("/servers/5/users", {"client_name": "phone"})
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"user", "config", "keys"}
    assert body["user"]["client_name"] == "phone"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["user"]["created_at"])
    keys = body["keys"]
    assert set(keys) == {
        "client_private_key",
        "client_public_key",
        "preshared_key",
        "server_public_key",
    }
    assert body["config"] == (
        "[Interface]\n"
        f"PrivateKey = {keys['client_private_key']}\n"
        "Address = 10.66.66.2/32\n"
        "DNS = 1.1.1.1, 8.8.8.8\n"
        "\n"
        "[Peer]\n"
        f"PublicKey = {keys['server_public_key']}\n"
        f"PresharedKey = {keys['preshared_key']}\n"
        "Endpoint = 192.0.2.5:51820\n"
        "AllowedIPs = 0.0.0.0/0, ::/0\n"
        "PersistentKeepalive = 25\n"
    )


def test_e3_makes_real_keys(acme):
    first, second = (
        acme.post("/servers/5/users", {"client_name": name}).json()["keys"] for name in "ab"
    )
    private = X25519PrivateKey.from_private_bytes(base64.b64decode(first["client_private_key"]))
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    assert public == first["client_public_key"]
    assert len(base64.b64decode(first["preshared_key"])) == 32
    assert first["server_public_key"] == second["server_public_key"]
    assert first["client_private_key"] != second["client_private_key"]
    assert first["preshared_key"] != second["preshared_key"]


def test_e3_gives_the_next_free_ip_of_the_server(acme):
    users = [acme.add_user(name) for name in "abc"]
    acme.delete(f"/users/{users[1]}")
    acme.add_user("d")
    acme.add_user("e")
    acme.add_user("f", server=6)
    ips = {
        user["client_name"]: user["client_ip"]
        for server in (5, 6)
        for user in acme.get(f"/servers/{server}/users").json()["users"]
    }
    expected = {"a": 2, "c": 4, "d": 3, "e": 5, "f": 2}
    assert ips == {name: f"10.66.66.{host}" for name, host in expected.items()}


def test_ids_increase_over_all_servers_and_are_never_used_again(acme, globex):
    first = acme.add_user("a")
    acme.delete(f"/users/{first}")
    second = acme.add_user("a", server=6)
    third = globex.add_user("a", server=9)
    assert first < second < third
    forward = acme.add_forward(second, 80)
    acme.delete(f"/port-forwards/{forward}")
    assert globex.add_forward(third, 80) > forward


def test_e4_tells_who_is_online(acme, simulator):
    user = acme.add_user("phone")
    (device,) = acme.get("/servers/5/status").json()["devices"]
    assert (device["id"], device["client_name"], device["online"]) == (user, "phone", False)


def test_e5_shows_the_same_config_and_keys_on_every_reading(acme):
    created = acme.post("/servers/5/users", {"client_name": "phone"}).json()
    first = acme.get(f"/users/{created['user']['id']}")
    assert first.status_code == 200
    assert first.json() == created
    assert acme.get(f"/users/{created['user']['id']}").json() == created


def test_e6_removes_a_user_and_its_port_forwards(acme):
    user = acme.add_user("phone")
    forward = acme.add_forward(user, 443)
    assert acme.delete(f"/users/{user}").status_code == 200
    assert acme.names() == []
    for gone in (f"/users/{user}", f"/users/{user}/port-forwards"):
        assert acme.get(gone).status_code == 404
    assert acme.delete(f"/port-forwards/{forward}").status_code == 404
    # The port is free again.
    acme.add_forward(acme.add_user("phone"), 443)


def test_recreating_a_user_makes_new_keys(acme):
    old = acme.post("/servers/5/users", {"client_name": "phone"}).json()
    acme.delete(f"/users/{old['user']['id']}")
    new = acme.post("/servers/5/users", {"client_name": "phone"}).json()
    assert new["keys"]["client_private_key"] != old["keys"]["client_private_key"]
    assert new["user"]["id"] != old["user"]["id"]


def test_e7_and_e8_port_forwards(acme):
    user = acme.add_user("web")
    assert acme.get(f"/users/{user}/port-forwards").json() == {"user": "web", "port_forwards": []}
    wanted = {"external_port": 443, "internal_port": 8443, "protocol": "tcp", "comment": "HTTPS"}
    response = acme.post(f"/users/{user}/port-forwards", wanted)
    assert response.status_code == 201
    forward = response.json()["port_forward"]
    assert {field: forward[field] for field in wanted} == wanted
    assert set(forward) == {*wanted, "id", "status", "created_at"}
    assert forward["status"] == "active"
    assert acme.get(f"/users/{user}/port-forwards").json() == {
        "user": "web",
        "port_forwards": [forward],
    }


def test_e9_removes_a_port_forward(acme):
    user = acme.add_user("web")
    keep, drop = acme.add_forward(user, 80), acme.add_forward(user, 443)
    assert acme.delete(f"/port-forwards/{drop}").status_code == 200
    forwards = acme.get(f"/users/{user}/port-forwards").json()["port_forwards"]
    assert [forward["id"] for forward in forwards] == [keep]
    acme.add_forward(user, 443)


@pytest.mark.parametrize("key", ["wg_wrong", "", "Bearer", "wg_demo_acme2"])
def test_a_bad_key_is_401(nobody, key):
    response = nobody.get("/servers", headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 401
    assert response.json()["code"] == "unauthorized"


def test_no_key_and_another_scheme_are_401(nobody):
    assert nobody.get("/servers").status_code == 401
    basic = nobody.get("/servers", headers={"Authorization": "Basic wg_demo_acme"})
    assert basic.status_code == 401


OTHERS = [
    ("GET", "/servers/9/users"),
    ("POST", "/servers/9/users"),
    ("GET", "/servers/9/status"),
    ("GET", "/users/{user}"),
    ("DELETE", "/users/{user}"),
    ("GET", "/users/{user}/port-forwards"),
    ("POST", "/users/{user}/port-forwards"),
    ("DELETE", "/port-forwards/{forward}"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_what_belongs_to_another_account_is_403(acme, globex, simulator, method, path):
    user = globex.add_user("theirs", server=9)
    forward = globex.add_forward(user, 80)
    before = simulator.state()
    path = path.format(user=user, forward=forward)
    body = {"client_name": "x", "external_port": 81, "internal_port": 81, "protocol": "tcp"}
    response = acme(method, path, json=body if method == "POST" else None)
    assert response.status_code == 403
    assert response.json()["code"] == "forbidden"
    assert simulator.state() == before


@pytest.mark.parametrize("unknown", ["999", "0", "-1", "abc", "5x", "9" * 40, "%2e%2e"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/servers/{}/users"),
        ("GET", "/servers/{}/status"),
        ("GET", "/users/{}"),
        ("DELETE", "/users/{}"),
        ("DELETE", "/port-forwards/{}"),
    ],
)
def test_an_unknown_id_is_404(acme, method, path, unknown):
    response = acme(method, path.format(unknown))
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/servers/", "/servers/5", "/users"])
def test_an_unknown_path_is_404(acme, path):
    response = acme.get(path)
    assert response.status_code == 404
    assert set(response.json()) == {"error", "code"}


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/servers"), ("DELETE", "/servers"), ("PATCH", "/users/1")]
)
def test_a_wrong_method_is_405(acme, method, path):
    response = acme(method, path)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert "GET" in response.headers["Allow"]
