# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published rules for what E3 and E8 take."""

from __future__ import annotations

import pytest


def refusal(response):
    body = response.json()
    assert set(body) == {"error", "code"}
    return response.status_code, body["code"]


@pytest.mark.parametrize("name", ["a", "A-b_9", "-", "_", "0", "x" * 50])
def test_good_names(acme, name):
    acme.add_user(name)
    assert acme.names() == [name]


@pytest.mark.parametrize(
    "name",
    ["", "x" * 51, "a b", "a.b", "a/b", "ä", "a\n", "{{ a }}", "\u0661", None, 5, True, ["a"]],
)
def test_bad_names(acme, name):
    response = acme.post("/servers/5/users", {"client_name": name})
    assert refusal(response) == (422, "invalid_name")
    assert acme.names() == []


def test_a_body_that_is_too_long(acme, simulator):
    response = acme("POST", "/servers/5/users", data=b"x" * 2**21)
    assert refusal(response) == (413, "content_too_large")
    assert simulator.requests()[0]["status"] == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"null", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object(acme, body):
    response = acme("POST", "/servers/5/users", data=body)
    assert refusal(response) == (422, "invalid_body")


def test_a_name_may_stand_once_on_a_server(acme):
    acme.add_user("phone")
    response = acme.post("/servers/5/users", {"client_name": "phone"})
    assert refusal(response) == (409, "duplicate_name")
    acme.add_user("Phone")
    acme.add_user("phone", server=6)


def test_a_name_may_stand_once_in_an_account_where_so_set(acme, globex, simulator):
    simulator.settings(names_unique="account")
    acme.add_user("phone")
    response = acme.post("/servers/6/users", {"client_name": "phone"})
    assert refusal(response) == (409, "duplicate_name")
    globex.add_user("phone", server=9)


def test_a_full_server(acme):
    for number in range(253):
        acme.add_user(f"user{number}")
    response = acme.post("/servers/5/users", {"client_name": "one-more"})
    assert refusal(response) == (422, "server_full")
    acme.add_user("one-more", server=6)


def forward(**changes):
    body = {"external_port": 8080, "internal_port": 80, "protocol": "tcp", **changes}
    return {field: value for field, value in body.items() if value is not ...}


BAD_PORTS = [0, -1, 65536, 1.5, "80", "", None, True, [80], ...]


@pytest.mark.parametrize("port", BAD_PORTS)
@pytest.mark.parametrize("field", ["external_port", "internal_port"])
def test_bad_ports(acme, field, port):
    user = acme.add_user("web")
    response = acme.post(f"/users/{user}/port-forwards", forward(**{field: port}))
    assert refusal(response) == (422, "invalid_port")
    assert field in response.json()["error"]


@pytest.mark.parametrize("port", [22, 51820, 56561])
def test_reserved_ports(acme, port):
    user = acme.add_user("web")
    response = acme.post(f"/users/{user}/port-forwards", forward(external_port=port))
    assert refusal(response) == (422, "port_reserved")
    # Inside they are ports like others.
    response = acme.post(f"/users/{user}/port-forwards", forward(internal_port=port))
    assert response.status_code == 201


@pytest.mark.parametrize("port", [1, 65535])
def test_the_outermost_ports(acme, port):
    user = acme.add_user("web")
    body = forward(external_port=port, internal_port=port)
    assert acme.post(f"/users/{user}/port-forwards", body).status_code == 201


@pytest.mark.parametrize("protocol", ["TCP", "icmp", "", None, 6, ["tcp"], ...])
def test_bad_protocols(acme, protocol):
    user = acme.add_user("web")
    response = acme.post(f"/users/{user}/port-forwards", forward(protocol=protocol))
    assert refusal(response) == (422, "invalid_protocol")


@pytest.mark.parametrize("comment", ["x" * 101, 5, ["x"], True])
def test_bad_comments(acme, comment):
    user = acme.add_user("web")
    response = acme.post(f"/users/{user}/port-forwards", forward(comment=comment))
    assert refusal(response) == (422, "invalid_comment")


@pytest.mark.parametrize(
    ("comment", "shown"), [("x" * 100, "x" * 100), ("é" * 100, "é" * 100), ("", None), (None, None)]
)
def test_good_comments(acme, comment, shown):
    user = acme.add_user("web")
    response = acme.post(f"/users/{user}/port-forwards", forward(comment=comment))
    assert response.json()["port_forward"]["comment"] == shown


@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        ("tcp", "tcp", True),
        ("udp", "udp", True),
        ("both", "both", True),
        ("both", "tcp", True),
        ("both", "udp", True),
        ("tcp", "both", True),
        ("udp", "both", True),
        ("tcp", "udp", False),
        ("udp", "tcp", False),
    ],
)
def test_a_port_can_be_forwarded_once_per_server(acme, first, second, conflict):
    one, other = acme.add_user("one"), acme.add_user("other")
    acme.add_forward(one, 443, first)
    for user in (one, other):
        response = acme.post(
            f"/users/{user}/port-forwards", forward(external_port=443, protocol=second)
        )
        if conflict:
            assert refusal(response) == (409, "port_in_use")
        else:
            assert response.status_code == 201
            acme.delete(f"/port-forwards/{response.json()['port_forward']['id']}")
    # On another server it is free.
    acme.add_forward(acme.add_user("far", server=6), 443, second)


def test_deleting_one_of_two_rules_frees_its_transport_only(acme):
    user = acme.add_user("web")
    tcp = acme.add_forward(user, 443, "tcp")
    acme.add_forward(user, 443, "udp")
    acme.delete(f"/port-forwards/{tcp}")
    acme.add_forward(user, 443, "tcp")
    response = acme.post(f"/users/{user}/port-forwards", forward(external_port=443, protocol="udp"))
    assert refusal(response) == (409, "port_in_use")
