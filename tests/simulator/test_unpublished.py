# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints E10 to E15, whose bodies nobody published: they take any object and give it back."""

from __future__ import annotations

import pytest

LIMITS = {"up": 20, "nested": {"list": [1, "two", None, True]}, "none": None}


@pytest.fixture
def paths(acme):
    """A user's bandwidth, a server's DNS, and how each is wrapped."""
    user = acme.add_user("phone")
    return {"bandwidth": f"/users/{user}/bandwidth", "dns": "/servers/5/dns"}


@pytest.mark.parametrize("name", ["bandwidth", "dns"])
def test_any_object_is_given_back(acme, simulator, paths, name):
    path = paths[name]
    assert acme.get(path).json() == {name: None}
    assert acme("PUT", path, json=LIMITS).status_code == 200
    assert acme.get(path).json() == {name: LIMITS}
    # It takes the place of what was there.
    assert acme("PUT", path, json={"down": 5}).status_code == 200
    assert acme.get(path).json() == {name: {"down": 5}}
    shown = {"bandwidth": ("users", "phone"), "dns": ("servers", "fra1")}[name]
    assert [x[name] for x in simulator.state()[shown[0]] if shown[1] in x.values()] == [{"down": 5}]
    assert acme.delete(path).status_code == 200
    assert acme.delete(path).status_code == 200
    assert acme.get(path).json() == {name: None}


@pytest.mark.parametrize("body", [[], [1], "text", None, {}])
def test_only_an_object_is_taken(acme, paths, body):
    response = acme("PUT", paths["dns"], json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_body")


@pytest.mark.parametrize(
    ("objects", "set_", "unset"),
    [
        ("flat", {"up": 1}, None),
        ("named", {"dns": {"up": 1}}, {"dns": None}),
        ("data", {"data": {"up": 1}}, {"data": None}),
        ("data_named", {"data": {"dns": {"up": 1}}}, {"data": {"dns": None}}),
    ],
)
def test_every_envelope(acme, simulator, paths, objects, set_, unset):
    simulator.shapes(objects=objects)
    assert acme.get(paths["dns"]).json() == unset
    acme("PUT", paths["dns"], json={"up": 1})
    assert acme.get(paths["dns"]).json() == set_


@pytest.mark.parametrize(
    ("unset", "first", "later"),
    [
        ("null", None, None),
        ("empty", {}, {}),
        ("nulls", {"first": None, "second": None}, {"up": None, "down": None}),
    ],
)
def test_every_way_to_say_that_nothing_is_set(acme, simulator, paths, unset, first, later):
    simulator.shapes(unset=unset)
    assert acme.get(paths["dns"]).json() == {"dns": first}
    acme("PUT", paths["dns"], json={"up": 1, "down": 2})
    acme.delete(paths["dns"])
    assert acme.get(paths["dns"]).json() == {"dns": later}


def test_nothing_set_as_404(acme, simulator, paths):
    simulator.shapes(unset="404")
    response = acme.get(paths["dns"])
    assert (response.status_code, response.json()["code"]) == (404, "not_set")
    acme("PUT", paths["dns"], json={"up": 1})
    assert acme.get(paths["dns"]).status_code == 200


def test_a_portal_that_does_not_know_them(acme, simulator, paths):
    simulator.shapes(newer="absent")
    for path in paths.values():
        for method in ("GET", "PUT", "DELETE"):
            assert acme(method, path, json={"up": 1}).status_code == 404
    # A user who is not there comes first, as with every other path of it.
    assert acme.get("/users/999/bandwidth").json()["error"] == "No such user."


@pytest.mark.parametrize(
    ("shape", "status", "body"),
    [("200_object", 200, "{"), ("200_empty", 200, ""), ("200_text", 200, "OK"), ("204", 204, "")],
)
def test_every_answer_to_a_put(acme, simulator, paths, shape, status, body):
    simulator.shapes(put=shape)
    response = acme("PUT", paths["dns"], json={"up": 1})
    assert response.status_code == status
    assert response.text[:1] == body[:1]


def test_numbers_as_text(acme, simulator, paths):
    simulator.shapes(numbers="string")
    acme("PUT", paths["dns"], json={"n": 1.5, "list": [2, True, None, "x"]})
    assert acme.get(paths["dns"]).json() == {"dns": {"n": "1.5", "list": ["2", True, None, "x"]}}


def test_ids_that_are_not_ones_own(acme, globex, paths):
    for path in ("/users/999/bandwidth", "/servers/999/dns"):
        assert acme.get(path).status_code == 404
    for path in paths.values():
        for method in ("GET", "PUT", "DELETE"):
            assert globex(method, path, json={"up": 1}).status_code == 403


def test_a_seed_may_set_them(acme, simulator):
    user = {"client_name": "phone", "bandwidth": {"up": 1}}
    server = {"id": 5, "dns": {"resolvers": ["192.0.2.53"]}, "users": [user]}
    simulator.reset({"accounts": [{"name": "acme", "key": "wg_demo_acme", "servers": [server]}]})
    assert acme.get("/users/101/bandwidth").json() == {"bandwidth": {"up": 1}}
    assert acme.get("/servers/5/dns").json() == {"dns": {"resolvers": ["192.0.2.53"]}}
