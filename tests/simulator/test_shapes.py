# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every answer shape that is not published."""

from __future__ import annotations

import pytest

from simulator.process import Simulator, SimulatorError
from simulator.shapes import PRESETS, VALUES

SECRETS = {"config", "keys"}
USER = {
    *("id", "client_name", "client_ip", "created_at", "online", "last_seen"),
    *("rx_bytes", "tx_bytes", "rx_formatted", "tx_formatted"),
}


@pytest.fixture
def user(acme):
    """A user with a port forward, and ids that are known."""
    acme.add_forward(acme.add_user("web"), 443)
    return "/users/101"


LISTS = [
    ("/servers", "servers", {}),
    ("/servers/5/users", "users", {}),
    ("/servers/5/status", "devices", {}),
    ("/users/101/port-forwards", "port_forwards", {"user": "web"}),
]


@pytest.mark.parametrize(("path", "name", "beside"), LISTS)
def test_lists(acme, simulator, user, path, name, beside):
    simulator.shapes(lists="bare")
    items = acme.get(path).json()
    assert isinstance(items, list)
    assert items
    for shape, expected in {
        "named": {name: items, **beside},
        "data": {"data": items},
        "data_named": {"data": {name: items, **beside}},
    }.items():
        simulator.shapes(lists=shape)
        assert acme.get(path).json() == expected


@pytest.mark.parametrize("name", VALUES["status_name"])
def test_the_name_of_the_status_list(acme, simulator, name):
    simulator.shapes(status_name=name)
    assert acme.get("/servers/5/status").json() == {name: []}


# For each shape: the keys at the top, under "user", under "data", and under "user" in "data".
OBJECTS = [
    ("flat", "beside", USER | SECRETS, None, None, None),
    ("flat", "inside", USER | SECRETS, None, None, None),
    ("named", "beside", {"user"} | SECRETS, USER, None, None),
    ("named", "inside", {"user"}, USER | SECRETS, None, None),
    ("data", "beside", {"data"} | SECRETS, None, USER, None),
    ("data", "inside", {"data"}, None, USER | SECRETS, None),
    ("data_named", "beside", {"data"}, None, {"user"} | SECRETS, USER),
    ("data_named", "inside", {"data"}, None, {"user"}, USER | SECRETS),
]


def keys_at(body, *path):
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return set(body) if isinstance(body, dict) else None


@pytest.mark.parametrize(("objects", "secrets", "top", "named", "data", "data_named"), OBJECTS)
def test_users(acme, simulator, objects, secrets, top, named, data, data_named):
    simulator.shapes(objects=objects, secrets=secrets)
    created = acme.post("/servers/5/users", {"client_name": "web"})
    assert created.status_code == 201
    body = created.json()
    assert acme.get("/users/101").json() == body
    assert keys_at(body) == top
    assert keys_at(body, "user") == named
    assert keys_at(body, "data") == data
    assert keys_at(body, "data", "user") == data_named


@pytest.mark.parametrize(
    ("objects", "secrets", "path"),
    [
        ("flat", "beside", ()),
        ("flat", "inside", ()),
        ("named", "beside", ()),
        ("named", "inside", ("user",)),
        ("data", "beside", ()),
        ("data", "inside", ("data",)),
        ("data_named", "beside", ("data",)),
        ("data_named", "inside", ("data", "user")),
    ],
)
def test_a_create_that_answers_with_the_secrets_alone(acme, simulator, objects, secrets, path):
    simulator.shapes(objects=objects, secrets=secrets, create="config_only")
    body = acme.post("/servers/5/users", {"client_name": "web"}).json()
    for depth in range(len(path)):
        assert keys_at(body, *path[:depth]) == {path[depth]}
    assert keys_at(body, *path) == SECRETS
    # Only E3 is so brief.
    assert "web" in acme.get("/users/101").text


@pytest.mark.parametrize("objects", VALUES["objects"])
def test_port_forwards(acme, simulator, user, objects):
    simulator.shapes(objects=objects)
    wanted = {"external_port": 80, "internal_port": 80, "protocol": "tcp"}
    body = acme.post(f"{user}/port-forwards", wanted).json()
    path = {"flat": (), "named": ("port_forward",), "data": ("data",)}.get(
        objects, ("data", "port_forward")
    )
    assert keys_at(body, *path) == {
        *("id", "external_port", "internal_port", "protocol", "status", "comment", "created_at")
    }


def test_numbers_as_text(acme, simulator, user):
    simulator.shapes(numbers="string")
    assert acme.get("/servers").json()["servers"][0]["assignment_id"] == "5"
    assert acme.get("/servers/5/users").json()["users"][0]["id"] == "101"
    assert acme.get("/servers/5/status").json()["devices"][0]["id"] == "101"
    (forward,) = acme.get(f"{user}/port-forwards").json()["port_forwards"]
    assert (forward["id"], forward["external_port"], forward["internal_port"]) == (
        *("501", "443"),
        "80",
    )


def test_no_comment(acme, simulator, user):
    for shape, shown in (("null", None), ("empty", "")):
        simulator.shapes(comment=shape)
        (forward,) = acme.get(f"{user}/port-forwards").json()["port_forwards"]
        assert forward["comment"] == shown


def test_an_unknown_id_as_403(acme, simulator):
    simulator.shapes(unknown_id=403)
    for response in (acme.get("/users/999"), acme.delete("/users/999"), acme.get("/users/x")):
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    # An unknown path stays what it is.
    assert acme.get("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("shape", "status", "text"),
    [
        ("200_object", 200, '{"message": "The user was deleted."}'),
        ("200_empty", 200, ""),
        ("200_text", 200, "OK"),
        ("204", 204, ""),
    ],
)
def test_deletes(acme, simulator, user, shape, status, text):
    simulator.shapes(delete=shape)
    assert acme.delete("/port-forwards/501").status_code == status
    response = acme.delete(user)
    assert (response.status_code, response.text) == (status, text)
    assert acme.names() == []


def test_presets(simulator):
    default = simulator.control("GET", "/shapes")
    assert simulator.shapes(preset="enveloped") == {**default, **PRESETS["enveloped"]}
    bare = {**default, **PRESETS["bare"]}
    assert simulator.control("PUT", "/shapes", {"preset": "bare"}) == bare
    assert simulator.shapes(preset="bare", lists="data") == {**bare, "lists": "data"}
    assert simulator.shapes(preset="default") == default


def test_put_sets_the_others_back(simulator):
    simulator.shapes(numbers="string")
    shapes = simulator.control("PUT", "/shapes", {"comment": "empty"})
    assert (shapes["numbers"], shapes["comment"]) == ("int", "empty")


def test_a_reset_brings_the_shapes_of_the_start_back(client_of):
    with Simulator(shapes={"lists": "bare", "page_size": 0, "preset": "enveloped"}) as simulator:
        assert client_of(simulator).get("/servers/5/users").json() == []
        simulator.shapes(preset="default")
        simulator.reset()
        shapes = simulator.control("GET", "/shapes")
        assert (shapes["lists"], shapes["objects"]) == ("bare", "data_named")


@pytest.mark.parametrize(
    "shapes",
    [
        {"lists": "nonsense"},
        {"nonsense": "bare"},
        {"preset": "nonsense"},
        {"page_size": -1},
        {"page_size": "x"},
        {"page_size": True},
        {"lists": ["bare"]},
        {"lists": "bare", "page_size": 2},
    ],
)
def test_shapes_that_there_are_not(simulator, shapes):
    before = simulator.control("GET", "/shapes")
    with pytest.raises(SimulatorError, match=r"422.*invalid"):
        simulator.shapes(**shapes)
    assert simulator.control("GET", "/shapes") == before


# Pages


def follow(client, path, name, link):
    """All pages of a list, as a client would read them that follows any link."""
    items, seen = [], []
    url = client.url + path
    while url and url not in seen:
        seen.append(url)
        body = client.session.get(url, timeout=10).json()
        items += body[name]
        url = link(body)
        if url and url.startswith("/"):
            url = client.url.removesuffix("/api/wg") + url
    return items, seen


@pytest.mark.parametrize("next_url", ["absolute", "relative"])
@pytest.mark.parametrize(
    ("place", "link"),
    [
        ("top", lambda body: body["next"]),
        ("links", lambda body: body["links"]["next"]),
        ("meta", lambda body: body["meta"]["next"]),
    ],
)
def test_pages(acme, simulator, place, link, next_url):
    names = [acme.add_user(f"user{number}") and f"user{number}" for number in range(5)]
    simulator.shapes(page_size=2, next=place, next_url=next_url)
    users, seen = follow(acme, "/servers/5/users", "users", link)
    assert [user["client_name"] for user in users] == names
    assert len(seen) == 3


@pytest.mark.parametrize("lists", ["named", "data", "data_named"])
def test_pages_in_each_envelope(acme, simulator, user, lists):
    simulator.shapes(lists=lists, page_size=1)
    body = acme.get("/servers").json()
    assert body["next"] == f"{acme.url}/servers?page=2"
    assert acme.get("/servers?page=2").json()["next"] is None
    assert acme.get(f"{user}/port-forwards").json()["next"] is None


def test_a_next_link_to_another_origin_shows_in_the_journal(acme, simulator):
    simulator.shapes(page_size=1, next_url="other_origin")
    url = acme.get("/servers").json()["next"]
    assert url == acme.url.replace("127.0.0.1", "localhost") + "/servers?page=2"
    acme.session.get(url, timeout=10)
    assert [entry["path"] for entry in simulator.requests()] == ["/servers", "/servers?page=2"]


def test_a_circle(acme, simulator):
    simulator.shapes(page_size=1, next_url="circle")
    links = [acme.get(f"/servers?page={page}").json()["next"][-1] for page in (1, 2)]
    assert links == ["2", "1"]
    # A list of one page leads to itself.
    assert acme.get("/servers/5/users").json()["next"].endswith("?page=1")


def test_a_page_beyond_the_last_is_empty(acme, simulator):
    simulator.shapes(page_size=1)
    assert acme.get("/servers?page=9").json() == {"servers": [], "next": None}
    assert acme.get("/servers?page=x").status_code == 422
