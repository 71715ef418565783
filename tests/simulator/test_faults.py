# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what a client gets to see of each, and whether the request was carried out."""

from __future__ import annotations

import json
import time

import pytest
import requests

from simulator.process import SimulatorError

CREATE = "/servers/5/users"
PHONE = {"client_name": "phone"}
WHEN = pytest.mark.parametrize("when", ["before", "after"])


def was_created(simulator):
    return [user["client_name"] for user in simulator.state()["users"]] == ["phone"]


# Answers


@WHEN
@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500, 502, 503, 504, 599])
def test_status(acme, simulator, status, when):
    simulator.faults(
        {"kind": "status", "status": status, "code": "c", "message": "m", "when": when}
    )
    response = acme.post(CREATE, PHONE)
    assert (response.status_code, response.json()) == (status, {"error": "m", "code": "c"})
    assert was_created(simulator) == (when == "after")
    (entry,) = simulator.requests()
    assert (entry["status"], entry["fault"]) == (status, "status")


def test_status_bodies(acme, simulator):
    simulator.faults(
        {"kind": "status", "body": "html"},
        {"kind": "status", "body": "empty", "status": 503, "retry_after": 7},
        {"kind": "status", "retry_after": "date"},
    )
    html, empty, dated = (acme.get("/servers") for _turn in range(3))
    assert html.status_code == 500
    assert html.headers["Content-Type"].startswith("text/html")
    assert "500 Internal Server Error" in html.text
    assert (empty.status_code, empty.content, empty.headers["Retry-After"]) == (503, b"", "7")
    assert dated.headers["Retry-After"].endswith("GMT")
    assert acme.get("/servers").status_code == 200


@pytest.mark.parametrize(
    ("fault", "header"), [({}, "1"), ({"retry_after": 5}, "5"), ({"retry_after": None}, None)]
)
def test_rate_limited(acme, simulator, fault, header):
    simulator.faults({"kind": "rate_limited", **fault})
    response = acme.post(CREATE, PHONE)
    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert response.headers.get("Retry-After") == header
    assert not was_created(simulator)


@WHEN
def test_html(acme, simulator, when):
    simulator.faults({"kind": "html", "when": when}, {"kind": "html", "status": 200})
    response = acme.post(CREATE, PHONE)
    assert response.status_code == 502
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE html>")
    assert was_created(simulator) == (when == "after")
    assert acme.get("/servers").status_code == 200


def test_redirect(acme, simulator):
    location = "http://localhost:1/elsewhere"
    simulator.faults(
        {"kind": "redirect", "location": location},
        {"kind": "redirect", "location": location, "status": 308},
    )
    for status in (302, 308):
        response = acme.get("/servers")
        assert (response.status_code, response.headers["Location"]) == (status, location)


@WHEN
def test_empty(acme, simulator, when):
    simulator.faults({"kind": "empty", "when": when, "times": 2})
    response = acme.post(CREATE, PHONE)
    assert (response.status_code, response.content) == (201, b"")
    assert response.headers["Content-Type"] == "application/json"
    assert was_created(simulator) == (when == "after")
    assert acme.get("/servers").status_code == 200


@WHEN
def test_garbage(acme, simulator, when):
    simulator.faults({"kind": "garbage", "when": when})
    response = acme.post(CREATE, PHONE)
    assert response.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        response.json()
    assert was_created(simulator) == (when == "after")


@pytest.mark.parametrize(
    "body", [{"users": [{"id": "{{ 1 }}"}]}, [], None, "text", 5, False, {"users": {"a": 1}}]
)
def test_json(acme, simulator, body):
    simulator.faults({"kind": "json", "body": body, "status": 203})
    response = acme.get("/servers/5/users")
    assert (response.status_code, response.json()) == (203, body)


def test_deep(acme, simulator):
    simulator.faults({"kind": "deep"}, {"kind": "deep", "depth": 3})
    response = acme.get("/servers")
    assert response.status_code == 200
    with pytest.raises(RecursionError):
        json.loads(response.text)
    assert acme.get("/servers").json() == [[[]]]


def test_huge(acme, simulator):
    simulator.faults({"kind": "huge", "megabytes": 3}, {"kind": "huge", "megabytes": 10_000})
    response = acme.get("/servers")
    assert "Content-Length" not in response.headers
    assert len(response.json()["data"]) == 3 * 2**20
    # A client may leave before the end, and the simulator minds its other clients meanwhile.
    with acme.get("/servers", stream=True) as response:
        assert next(response.iter_content(10)) == b'{"data": "'
        assert acme.get("/servers").status_code == 200
    assert acme.get("/servers").status_code == 200


def test_slow(acme, simulator):
    simulator.faults({"kind": "slow", "seconds": 0.002})
    start = time.monotonic()
    response = acme.post(CREATE, PHONE)
    assert response.status_code == 201
    assert response.json()["user"]["client_name"] == "phone"
    assert time.monotonic() - start > 0.002 * len(response.content)


def test_slow_has_the_client_time_out_or_not(acme, simulator):
    simulator.faults({"kind": "slow", "seconds": 0.3})
    with acme.get("/servers", stream=True, timeout=0.1) as response:
        assert response.status_code == 200
        with pytest.raises(requests.ConnectionError):
            _read = response.content
    (entry,) = simulator.requests()
    assert entry["status"] == 200


# Connections


@WHEN
def test_reset(acme, simulator, send, when):
    simulator.faults({"kind": "reset", "when": when})
    with send("POST", CREATE, json.dumps(PHONE)) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1000)
    assert was_created(simulator) == (when == "after")
    (entry,) = simulator.requests()
    assert (entry["status"], entry["fault"]) == (None, "reset")


@WHEN
def test_close(acme, simulator, send, when):
    simulator.faults({"kind": "close", "when": when})
    with send("POST", CREATE, json.dumps(PHONE)) as connection:
        assert connection.recv(1000) == b""
    assert was_created(simulator) == (when == "after")
    (entry,) = simulator.requests()
    assert (entry["status"], entry["fault"]) == (None, "close")


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_how_a_library_sees_it(acme, simulator, kind):
    acme.get("/servers")
    simulator.faults({"kind": kind})
    with pytest.raises(requests.ConnectionError):
        acme.post(CREATE, PHONE)
    assert acme.get("/servers").status_code == 200


@WHEN
def test_timeout(acme, simulator, when):
    simulator.faults({"kind": "timeout", "when": when})
    with pytest.raises(requests.ReadTimeout):
        acme.post(CREATE, PHONE, timeout=0.3)
    assert was_created(simulator) == (when == "after")
    (entry,) = simulator.requests()
    assert (entry["status"], entry["fault"]) == (None, "timeout")
    assert acme.get("/servers").status_code == 200


def test_timeout_ends(acme, simulator, send):
    simulator.faults({"kind": "timeout", "seconds": 0.2})
    start = time.monotonic()
    with send("GET", "/servers") as connection:
        assert connection.recv(1000) == b""
    assert 0.2 <= time.monotonic() - start < 5


def receive(connection):
    data = b""
    while part := connection.recv(65536):
        data += part
    head, _separator, body = data.partition(b"\r\n\r\n")
    return head.decode(), body


@WHEN
@pytest.mark.parametrize("length", ["full", "cut", "none"])
def test_truncated(simulator, send, length, when):
    simulator.faults({"kind": "truncated", "when": when, "length": length})
    with send("POST", CREATE, json.dumps(PHONE)) as connection:
        head, body = receive(connection)
    assert head.startswith("HTTP/1.1 201 ")
    lengths = [int(line.split()[1]) for line in head.splitlines() if "Length" in line]
    if length == "full":
        assert lengths[0] // 2 == len(body)
    else:
        assert lengths == ([len(body)] if length == "cut" else [])
    assert body.startswith(b'{"user": {' if when == "after" else b'{"message"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert was_created(simulator) == (when == "after")
    (entry,) = simulator.requests()
    assert (entry["status"], entry["fault"]) == (201, "truncated")


def test_truncated_as_a_library_sees_it(acme, simulator):
    simulator.faults({"kind": "truncated", "when": "after"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        acme.get("/servers")


def test_truncated_where_the_real_answer_has_no_body(acme, simulator):
    simulator.shapes(delete="204")
    user = acme.add_user("phone")
    simulator.faults({"kind": "truncated", "when": "after", "length": "none"})
    acme.delete(f"/users/{user}")
    assert acme.names() == []


def test_refused(acme, simulator, send):
    simulator.faults({"kind": "refused", "method": "GET", "seconds": 0.5})
    idle = send("GET", "/nothing")
    idle.recv(1000)
    simulator.reset()
    simulator.faults({"kind": "refused", "method": "GET", "seconds": 0.5})
    response = acme.get("/servers")
    start = time.monotonic()
    assert response.status_code == 200
    assert response.headers["Connection"] == "close"
    # A connection that was idle is closed ...
    with idle:
        assert idle.recv(1000) == b""
    # ... and a new one is refused, as long as it lasts.
    with pytest.raises(requests.ConnectionError, match="refused"):
        acme.post(CREATE, PHONE)
    with pytest.raises(ConnectionRefusedError):
        send("GET", "/servers")
    # The helper waits until the door is open again, at the same port.
    assert not was_created(simulator)
    assert 0.3 < time.monotonic() - start < 5
    assert acme.post(CREATE, PHONE).status_code == 201
    assert [entry["fault"] for entry in simulator.requests()] == ["refused", None]


def test_refused_while_others_wait(acme, globex, simulator, send):
    simulator.settings(create_delay=300)
    simulator.faults({"kind": "refused", "method": "GET", "seconds": 0.6})
    with send("POST", CREATE, json.dumps(PHONE)) as busy:
        time.sleep(0.1)
        acme.get("/servers")
        head, _rest = receive(busy)
        assert head.startswith("HTTP/1.1 201 ")
    assert was_created(simulator)


def test_refused_again_and_again(acme, simulator):
    simulator.faults({"kind": "refused", "seconds": 0.1, "times": 3})
    for _turn in range(4):
        assert acme.get("/servers").status_code == 200
        simulator.requests()
    (fault,) = simulator.faults()
    assert fault["fired"] == 3


# Which request, and how often


def test_method_and_path(acme, simulator):
    user = acme.add_user("web")
    simulator.faults(
        {"kind": "status", "status": 500, "method": "POST", "path": CREATE, "times": None},
        {"kind": "status", "status": 501, "path": "/users/{id}", "times": None},
        {"kind": "status", "status": 502, "path": "/users/[0-9]+/port-.*", "times": None},
        {"kind": "status", "status": 503, "path": "/no/such.*", "times": None},
    )
    assert acme.post(CREATE, PHONE).status_code == 500
    assert acme.get(CREATE).status_code == 200
    assert acme.post("/servers/6/users", PHONE).status_code == 201
    assert acme.get(f"/users/{user}").status_code == 501
    assert acme.get(f"/users/{user}?page=1").status_code == 501
    assert acme.delete(f"/users/{user}").status_code == 501
    assert acme.get(f"/users/{user}/port-forwards").status_code == 502
    assert acme.get("/no/such/path").status_code == 503
    assert acme.get("/servers").status_code == 200
    assert [fault["fired"] for fault in simulator.faults()] == [1, 3, 1, 1]


def test_times_and_skip(acme, simulator):
    simulator.faults({"kind": "status", "skip": 2, "times": 2})
    assert [acme.get("/servers").status_code for _turn in range(6)] == [
        200,
        200,
        500,
        500,
        200,
        200,
    ]
    (fault,) = simulator.faults()
    assert (fault["seen"], fault["fired"]) == (6, 2)


def test_for_good(acme, simulator):
    simulator.faults({"kind": "status", "times": None})
    assert {acme.get("/servers").status_code for _turn in range(20)} == {500}
    simulator.clear_faults()
    assert acme.get("/servers").status_code == 200
    assert simulator.faults() == []


def test_the_first_that_matches_wins(acme, simulator):
    simulator.faults(
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 501, "skip": 2},
        {"kind": "status", "status": 502, "times": 2},
    )
    # Each counts what it matches, also what another took: the third request is the third for all.
    assert [acme.get("/servers").status_code for _turn in range(5)] == [500, 502, 501, 502, 200]


def test_a_request_with_a_bad_key_uses_no_fault_up(acme, nobody, simulator):
    simulator.faults({"kind": "status"})
    assert nobody.get("/servers").status_code == 401
    assert acme.get("/servers").status_code == 500


def test_after_a_request_that_the_portal_refuses(acme, simulator):
    simulator.faults({"kind": "empty", "when": "after"})
    response = acme.post(CREATE, {"client_name": ""})
    assert (response.status_code, response.content) == (422, b"")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (None, "must be an object"),
        ([], "must be an object"),
        ({}, "kind is missing"),
        ({"kind": "nonsense"}, "kind must be one of status"),
        ({"kind": "reset", "nonsense": 1}, "unknown field 'nonsense'"),
        ({"kind": "reset", "status": 500}, "unknown field 'status'"),
        ({"kind": "reset", "method": "get"}, "method must be one of"),
        ({"kind": "reset", "path": "("}, "regular expression"),
        ({"kind": "reset", "when": "now"}, "when must be one of before, after"),
        ({"kind": "reset", "times": 0}, "times must be a whole number from 1"),
        ({"kind": "reset", "times": True}, "times must be a whole number"),
        ({"kind": "reset", "skip": -1}, "skip must be a whole number from 0"),
        ({"kind": "status", "status": 200}, "from 400 to 599"),
        ({"kind": "status", "retry_after": "soon"}, "retry_after must be"),
        ({"kind": "timeout", "seconds": -1}, "seconds must be a number"),
        ({"kind": "redirect"}, "location is missing"),
        ({"kind": "json"}, "body is missing"),
        ({"kind": "slow", "when": "before"}, "works on the real answer"),
        ({"kind": "refused", "when": "before"}, "works on the real answer"),
        ({"kind": "meanwhile"}, "do is missing"),
        ({"kind": "meanwhile", "do": [{}]}, "action is missing"),
        ({"kind": "meanwhile", "do": [{"action": "x"}]}, "action must be one of"),
        ({"kind": "meanwhile", "do": [{"action": "create_user", "name": "x"}]}, "unknown field"),
        ({"kind": "meanwhile", "do": [{"action": "delete_user", "id": [1]}]}, "id must be"),
    ],
)
def test_faults_that_there_are_not(simulator, fault, message):
    with pytest.raises(SimulatorError, match="422") as caught:
        simulator.faults(fault)
    assert message in str(caught.value)
    assert simulator.faults() == []
