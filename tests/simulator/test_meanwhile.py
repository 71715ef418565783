# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another writer, who acts just before or after a request."""

from __future__ import annotations

import pytest

CREATE = "/servers/5/users"


def meanwhile(*actions, **fault):
    return {"kind": "meanwhile", "do": list(actions), **fault}


CREATE_PHONE = {"action": "create_user", "server": 5, "client_name": "phone"}


def test_someone_was_faster(acme, simulator):
    simulator.faults(meanwhile(CREATE_PHONE, method="POST", path=CREATE))
    response = acme.post(CREATE, {"client_name": "phone"})
    assert (response.status_code, response.json()["code"]) == (409, "duplicate_name")
    assert acme.names() == ["phone"]
    entry = simulator.requests()[0]
    assert (entry["status"], entry["fault"], entry["meanwhile"]) == (409, None, 1)
    assert [entry["meanwhile"] for entry in simulator.requests()[1:]] == [0]


def test_someone_came_after(acme, simulator):
    simulator.faults(meanwhile(CREATE_PHONE, path=CREATE, when="after"))
    assert acme.names() == []
    assert acme.names() == ["phone"]


@pytest.mark.parametrize(
    "action", [{"id": 101}, {"server": 5, "client_name": "web"}], ids=["id", "name"]
)
def test_someone_deleted_the_user(acme, simulator, action):
    user = acme.add_user("web")
    simulator.faults(meanwhile({"action": "delete_user", **action}, method="DELETE"))
    assert acme.delete(f"/users/{user}").status_code == 404
    assert acme.names() == []


def test_someone_took_the_port(acme, simulator):
    user = acme.add_user("web")
    acme.add_user("other")
    theirs = {
        "action": "create_port_forward",
        "server": 5,
        "client_name": "other",
        "external_port": 443,
        "internal_port": 8443,
        "protocol": "both",
        "comment": "mine",
    }
    simulator.faults(meanwhile(theirs, method="POST"))
    body = {"external_port": 443, "internal_port": 443, "protocol": "tcp"}
    assert acme.post(f"/users/{user}/port-forwards", body).status_code == 409
    (forward,) = simulator.state()["port_forwards"]
    assert {name: forward[name] for name in ("user", "internal_port", "protocol", "comment")} == {
        "user": "other",
        "internal_port": 8443,
        "protocol": "both",
        "comment": "mine",
    }


@pytest.mark.parametrize(
    "action",
    [{"id": 501}, {"server": 5, "external_port": 443, "protocol": "tcp"}],
    ids=["id", "port"],
)
def test_someone_removed_the_port(acme, simulator, action):
    user = acme.add_user("web")
    acme.add_forward(user, 80)
    acme.add_forward(user, 443)
    wanted = 501 if "id" in action else 502
    simulator.faults(meanwhile({"action": "delete_port_forward", **action}, method="DELETE"))
    assert acme.delete(f"/port-forwards/{wanted}").status_code == 404
    assert len(simulator.state()["port_forwards"]) == 1


def test_several_and_with_a_fault(acme, simulator):
    simulator.faults(
        meanwhile(CREATE_PHONE, {**CREATE_PHONE, "client_name": "tablet"}),
        meanwhile({**CREATE_PHONE, "client_name": "late"}, when="after"),
        {"kind": "status", "status": 503},
        meanwhile({**CREATE_PHONE, "client_name": "never"}, skip=5),
    )
    assert acme.get("/servers").status_code == 503
    assert acme.names() == ["phone", "tablet", "late"]
    entry = simulator.requests()[0]
    assert (entry["fault"], entry["meanwhile"]) == ("status", 2)
    assert [fault["fired"] for fault in simulator.faults()] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    "action",
    [
        {"action": "create_user", "server": 99, "client_name": "x"},
        {"action": "create_port_forward", "server": 5, "client_name": ["web"]},
        {"action": "create_user", "server": 5},
        {"action": "delete_user", "id": 999},
        {"action": "delete_user", "server": 5, "client_name": "nobody"},
        {"action": "create_port_forward", "server": 5, "client_name": "nobody"},
        {"action": "delete_port_forward", "id": 999},
        {"action": "delete_port_forward", "server": 5, "external_port": 1, "protocol": "tcp"},
    ],
)
def test_what_cannot_be_done_is_noted(acme, simulator, action):
    simulator.faults(meanwhile(action))
    assert acme.get("/servers").status_code == 200
    (fault,) = simulator.faults()
    assert fault["fired"] == 1
    (error,) = fault["errors"]
    assert error.startswith(f"{action['action']}: ")
