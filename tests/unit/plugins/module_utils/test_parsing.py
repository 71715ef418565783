# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading answers: every shape of the page of facts, "Unpublished", for every list and object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import parsing
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ShapeError,
)

SERVER = {"assignment_id": 5, "name": "Paris", "hostname": "p.example", "ip": "192.0.2.1", "x": [1]}
USER = {
    "id": 12,
    "client_name": "phone",
    "client_ip": "10.66.66.2",
    "online": True,
    "last_seen": "2026-06-01T12:00:00Z",
    "rx_bytes": 5,
    "tx_bytes": 6,
    "rx_formatted": "5 B",
}
RULE = {
    "id": 31,
    "external_port": 443,
    "internal_port": 8443,
    "protocol": "tcp",
    "status": "active",
    "comment": "HTTPS",
    "created_at": "2026-06-01",
    "note": None,
}
DEVICE = {"client_name": "phone", "online": True, "endpoint": "192.0.2.7:1"}
KEYS = {"client_private_key": "A=", "preshared_key": "B="}

LISTS: list[tuple[Callable[[Any], list[Any]], dict[str, Any], tuple[str, ...]]] = [
    (parsing.servers, SERVER, ("servers",)),
    (parsing.users, USER, ("users",)),
    (parsing.port_forwards, RULE, ("port_forwards",)),
    (parsing.devices, DEVICE, ("users", "status", "devices")),
]

WRAPPINGS: list[tuple[str, Callable[[str, Any], Any]]] = [
    ("bare", lambda name, items: items),
    ("named", lambda name, items: {name: items}),
    ("named, with more beside it", lambda name, items: {"user": "phone", name: items, "count": 1}),
    ("data", lambda name, items: {"data": items}),
    ("data around named", lambda name, items: {"data": {name: items}}),
    ("named beside other data", lambda name, items: {"data": {"page": 1}, name: items}),
]

CASES = [
    pytest.param(parse, item, name, wrap, id=f"{parse.__name__}-{name}-{how}")
    for parse, item, names in LISTS
    for name in names
    for how, wrap in WRAPPINGS
]


@pytest.mark.parametrize(("parse", "item", "name", "wrap"), CASES)
def test_a_list_in_every_wrapping(
    parse: Callable[[Any], list[Any]],
    item: dict[str, Any],
    name: str,
    wrap: Callable[[str, Any], Any],
) -> None:
    (plain,) = parse([item])
    assert parse(wrap(name, [item, item])) == [plain, plain]
    assert parse(wrap(name, [])) == []


@pytest.mark.parametrize(("parse", "item", "names"), LISTS)
@pytest.mark.parametrize(
    "body",
    [
        None,
        True,
        7,
        "secret-value",
        {},
        {"results": ["secret-value"]},
        {"data": None},
        {"data": {"results": "secret-value"}},
        {"data": "secret-value", "token": "secret-value"},
        ["secret-value"],
        [["secret-value"]],
        [None],
    ],
    ids=repr,
)
def test_another_shape_is_an_error_without_values(
    parse: Callable[[Any], list[Any]], item: Any, names: Any, body: Any
) -> None:
    with pytest.raises(ShapeError) as caught:
        parse(body)
    message = str(caught.value)
    assert "secret-value" not in message
    if isinstance(body, dict) and body:
        assert all(key in message for key in body)


def test_a_list_under_a_wrong_name_is_not_taken() -> None:
    with pytest.raises(ShapeError, match=r"no list of servers \(keys found: users\)"):
        parsing.servers({"users": []})
    with pytest.raises(ShapeError):
        parsing.users({"users": {"1": USER}})


def test_a_server() -> None:
    (server,) = parsing.servers([SERVER])
    assert (server.id, server.name, server.hostname, server.ip) == (
        5,
        "Paris",
        "p.example",
        "192.0.2.1",
    )
    assert server.result() == SERVER
    (bare,) = parsing.servers([{"assignment_id": "7"}])
    assert bare.result() == {"assignment_id": 7}
    assert (server.label(), bare.label()) == ("Paris (5)", "7")


def test_fields_of_a_server_that_are_no_texts_are_kept_as_they_came() -> None:
    odd = {"assignment_id": 5, "name": None, "hostname": 7, "ip": ["192.0.2.1"]}
    (server,) = parsing.servers([odd])
    assert (server.name, server.hostname, server.ip) == (None, None, None)
    assert server.result() == odd


def test_a_user() -> None:
    (user,) = parsing.users([USER])
    assert user.result(5) == {**USER, "server": 5}
    assert user.extra == {"rx_formatted": "5 B"}


def test_a_user_of_whom_little_is_told() -> None:
    (user,) = parsing.users([{"id": "12", "client_name": "phone"}])
    assert user.id == 12
    assert (user.client_ip, user.online, user.last_seen, user.rx_bytes, user.tx_bytes) == (
        (None,) * 5
    )


@pytest.mark.parametrize(
    ("value", "online"),
    [
        *((value, True) for value in (True, 1, "1", "true", "True")),
        *((value, False) for value in (False, 0, "0", "false")),
        *((value, None) for value in (None, "", "yes", [], 2)),
    ],
)
def test_online(value: Any, online: bool | None) -> None:
    assert parsing.users([{**USER, "online": value}])[0].online is online


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), (" 7 ", 7), (0, 0), (None, None), ("", None), ("x", None), (True, None)],
)
def test_counters_may_be_texts_and_are_never_required(value: Any, number: int | None) -> None:
    assert parsing.users([{**USER, "rx_bytes": value}])[0].rx_bytes == number


@pytest.mark.parametrize("name", [None, "", 7, ["phone"]])
def test_a_user_has_a_name(name: Any) -> None:
    with pytest.raises(ShapeError, match="client_name"):
        parsing.users([{**USER, "client_name": name}])


@pytest.mark.parametrize("value", [None, "", "x", "1.5", 1.5, True, "-1", [], "9" * 19, "٣"])
def test_what_is_no_whole_number(value: Any) -> None:
    for parse, item, key in [
        (parsing.servers, SERVER, "assignment_id"),
        (parsing.users, USER, "id"),
        (parsing.port_forwards, RULE, "id"),
        (parsing.port_forwards, RULE, "external_port"),
        (parsing.port_forwards, RULE, "internal_port"),
    ]:
        with pytest.raises(ShapeError, match=f"{key} is not a whole number"):
            parse([{**item, key: value}])  # type: ignore[operator]


def test_a_rule() -> None:
    (rule,) = parsing.port_forwards([RULE])
    assert rule.result() == RULE
    assert rule.extra == {"note": None}


def test_a_rule_of_texts_is_the_same_rule() -> None:
    texts = {
        **RULE,
        "id": "31",
        "external_port": "443",
        "internal_port": " 8443",
        "protocol": "TCP",
    }
    assert parsing.port_forwards([texts]) == parsing.port_forwards([RULE])


@pytest.mark.parametrize("comment", [None, "", ...])
def test_no_comment_is_an_empty_one(comment: Any) -> None:
    item = {key: value for key, value in RULE.items() if key != "comment"}
    if comment is not ...:
        item["comment"] = comment
    assert parsing.port_forwards([item])[0].comment == ""


@pytest.mark.parametrize("comment", [7, [], {}, True])
def test_a_comment_is_a_text(comment: Any) -> None:
    with pytest.raises(ShapeError, match="comment"):
        parsing.port_forwards([{**RULE, "comment": comment}])


@pytest.mark.parametrize("protocol", [None, "", "icmp", 6, ["tcp"]])
def test_a_protocol_is_one_of_three(protocol: Any) -> None:
    with pytest.raises(ShapeError, match="protocol"):
        parsing.port_forwards([{**RULE, "protocol": protocol}])


SECRETS = {
    "config": "[Interface] secret-value",
    "keys": {"k": "secret-value"},
    "client_private_key": "secret-value",
    "private_key": "secret-value",
    "preshared_key": "secret-value",
    "client_preshared_key": "secret-value",
}


def test_secrets_never_come_with_a_listing() -> None:
    for parse, item in [
        (parsing.servers, SERVER),
        (parsing.users, USER),
        (parsing.port_forwards, RULE),
        (parsing.devices, DEVICE),
    ]:
        assert parse([{**item, **SECRETS}]) == parse([item])  # type: ignore[operator]
        assert "secret-value" not in repr(parse([{**item, **SECRETS}]))  # type: ignore[operator]


CONFIG = "[Interface]\n"
INSIDE = {**USER, "config": CONFIG, "keys": KEYS}
BESIDE = {"config": CONFIG, "keys": KEYS}

USER_BODIES = {
    "flat": INSIDE,
    "named, inside": {"user": INSIDE},
    "named, beside": {"user": USER, **BESIDE},
    "data, flat": {"data": INSIDE},
    "data, beside": {"data": USER, **BESIDE},
    "data around named, inside": {"data": {"user": INSIDE}},
    "data around named, beside": {"data": {"user": USER, **BESIDE}},
    "data around named, outside": {"data": {"user": USER}, **BESIDE},
    "one in, one out": {"user": {**USER, "keys": KEYS}, "config": CONFIG},
}


@pytest.mark.parametrize("body", USER_BODIES.values(), ids=USER_BODIES)
def test_one_user_in_every_wrapping(body: dict[str, Any]) -> None:
    (plain,) = parsing.users([USER])
    user, secrets = parsing.user(body, 12)
    assert user == plain
    assert (secrets.config, secrets.keys) == (CONFIG, KEYS)
    created, secrets = parsing.created_user(body)
    assert created == plain
    assert (secrets.config, secrets.keys) == (CONFIG, KEYS)
    assert repr(secrets) == "Secrets()"


def test_the_id_of_a_user_that_was_asked_for_need_not_be_told() -> None:
    assert parsing.user({"client_name": "phone"}, 12)[0].id == 12


def test_a_creation_that_tells_only_the_secrets() -> None:
    user, secrets = parsing.created_user({"config": CONFIG, "keys": KEYS})
    assert user is None
    assert secrets.config == CONFIG
    user, secrets = parsing.created_user({"success": True, "user": "phone"})
    assert (user, secrets.config, secrets.keys) == (None, None, None)


@pytest.mark.parametrize("wrong", [{}, [], 7, None, "", [CONFIG]])
def test_secrets_of_a_wrong_type_are_none(wrong: Any) -> None:
    secrets = parsing.user({**USER, "config": wrong, "keys": wrong}, 12)[1]
    assert (secrets.config, secrets.keys) == (None, None)
    secrets = parsing.user({**USER, "keys": {"a": "A=", "b": wrong}}, 12)[1]
    assert secrets.keys is not None
    assert secrets.keys["a"] == "A="


RULE_BODIES = {
    "flat": RULE,
    "named": {"port_forward": RULE},
    "data": {"data": RULE},
    "data around named": {"data": {"port_forward": RULE}},
    "named, with more": {"port_forward": RULE, "message": "created"},
}


@pytest.mark.parametrize("body", RULE_BODIES.values(), ids=RULE_BODIES)
def test_one_rule_in_every_wrapping(body: dict[str, Any]) -> None:
    assert parsing.created_port_forward(body) == parsing.port_forwards([RULE])[0]


@pytest.mark.parametrize("missing", ["id", "external_port", "internal_port", "protocol"])
def test_a_created_rule_that_is_not_told_whole(missing: str) -> None:
    part = {key: value for key, value in RULE.items() if key != missing}
    assert parsing.created_port_forward(part) is None
    assert parsing.created_port_forward({**part, missing: None}) is None
    assert parsing.created_port_forward({"message": "created"}) is None


@pytest.mark.parametrize("body", [None, 7, "secret-value", ["secret-value"], True])
def test_an_object_is_an_object(body: Any) -> None:
    for parse in (
        parsing.created_user,
        parsing.created_port_forward,
        lambda body: parsing.user(body, 1),
    ):
        with pytest.raises(ShapeError, match="is not an object") as caught:
            parse(body)
        assert "secret-value" not in str(caught.value)


LINK = "https://portal.example/api/wg/servers?page=2"


@pytest.mark.parametrize(
    ("body", "link"),
    [
        ([], None),
        (None, None),
        ({}, None),
        ({"next": LINK}, LINK),
        ({"links": {"next": LINK}}, LINK),
        ({"meta": {"next": LINK}}, LINK),
        ({"next": None, "links": {"next": None}, "meta": {"next": LINK}}, LINK),
        ({"next": ""}, None),
        ({"links": [LINK], "meta": LINK}, None),
    ],
)
def test_the_link_to_the_next_page(body: Any, link: str | None) -> None:
    assert parsing.next_link(body) == link


@pytest.mark.parametrize("link", [2, True, [LINK], {"href": LINK}])
def test_a_link_is_a_text(link: Any) -> None:
    with pytest.raises(ShapeError) as caught:
        parsing.next_link({"next": link})
    assert LINK not in str(caught.value)


def test_keys_in_a_message_are_printable_and_few() -> None:
    body = {f"\x1b[{number}m{'x' * 100}": 1 for number in range(50)}
    with pytest.raises(ShapeError) as caught:
        parsing.users(body)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 800


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        *(
            (1234.0, 1234),
            ("1234", 1234),
            ("1234.0", 1234),
            (" 7.00 ", 7),
            (0.0, 0),
            (1e15, 10**15),
        ),
        *((1234.5, None), ("1234.5", None), ("", None), (".0", None), (True, None), (-1.0, None)),
        *((float("nan"), None), (float("inf"), None), (1e300, None)),
    ],
)
def test_a_counter_is_an_integer_however_it_came(came: Any, kept: int | None) -> None:
    body = [{"id": 1, "client_name": "ann", "rx_bytes": came, "tx_bytes": came}]
    user = parsing.users(body)[0]
    assert (user.rx_bytes, user.tx_bytes) == (kept, kept)
    assert type(user.rx_bytes) is type(kept)


@pytest.mark.parametrize("text", ["\n" * 300_000, " " * 300_000, "PrivateKey\n" * 30_000])
def test_no_text_keeps_the_search_for_secrets_busy(text: str) -> None:
    """Looked at once, not once for each of its lines: that took minutes."""
    user = {"id": 1, "client_name": "a", "note": text, "last_seen": {"deep": [text]}}
    (found,) = parsing.users([user])
    assert found.extra == {"note": text}
    assert found.last_seen is None


def test_a_user_that_was_made_is_known_whatever_else_the_answer_holds() -> None:
    nested: Any = "x"
    for _level in range(600):
        nested = [nested]
    body = {"id": 1, "client_name": "a", "note": nested, "last_seen": nested, "config": "x"}
    made, secrets = parsing.created_user(body)
    assert made is not None
    assert (made.id, made.last_seen, made.extra) == (1, None, {})
    assert secrets.config == "x"


@pytest.mark.parametrize("name", ["online", "client_ip", "last_seen", "rx_bytes"])
def test_a_value_of_any_depth_is_none(name: str) -> None:
    """To show it takes a call for each level, and Python has so many."""
    deep: Any = []
    for _level in range(50_000):
        deep = [deep]
    (user,) = parsing.users([{**USER, name: deep}])
    assert getattr(user, name) is None
    with pytest.raises(ShapeError, match="protocol"):
        parsing.port_forwards([{**RULE, "protocol": deep}])
