# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change as an event: its fields, and that nothing in it can be rendered or is a secret."""

from __future__ import annotations

import json
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.parsing import users
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    DEVICES,
    Change,
    event,
    inert,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import Server, User

AT = "2026-06-01T12:00:00Z"
FRA = Server(5, "fra1", "fra1.example.net", "192.0.2.5")


def test_an_event() -> None:
    after = User(101, "phone", "10.66.66.2", True, "now", 10, 20, {"rx": "10 B"})
    assert event(FRA, Change("added", None, after), AT) == {
        "type": "added",
        "server": 5,
        "server_name": "fra1",
        "user": "phone",
        "at": AT,
        "before": None,
        "after": {
            "id": 101,
            "client_name": "phone",
            "client_ip": "10.66.66.2",
            "online": True,
            "last_seen": "now",
            "rx_bytes": 10,
            "tx_bytes": 20,
            "server": 5,
        },
        "text": f"phone on fra1 (5) is new, {AT}",
    }


MOVED = "phone on fra1 (5) moved 2.50\N{NO-BREAK SPACE}MB"
PHONE = User(101, "phone")
TEXTS = {
    "phone on fra1 (5) is online": Change("online", PHONE, PHONE),
    "phone on fra1 (5) is offline": Change("offline", PHONE, PHONE),
    "phone on fra1 (5) is new": Change("added", None, PHONE),
    "phone on fra1 (5) is not there any more": Change("removed", PHONE),
    MOVED: Change("traffic", PHONE, PHONE, moved=2_500_000),
    "fra1 (5) is silent": Change("trouble", why="is silent"),
    "1\N{NO-BREAK SPACE}device on fra1 (5) is online, 2 offline": Change(
        DEVICES, online=("phone",), offline=("a", "b")
    ),
}


@pytest.mark.parametrize("text", TEXTS)
def test_each_event_has_a_line_to_read(text: str) -> None:
    found = event(FRA, TEXTS[text], AT)
    assert found["text"] == f"{text}, {AT}"
    assert "initial" not in found


def test_a_line_is_one_line_without_what_paints_on_a_terminal() -> None:
    user = User(1, "a\nb\x1b[31m\u202e")
    assert event(Server(5, "x\ny"), Change("removed", user), AT)["text"].isprintable()


def test_an_event_of_a_server_has_no_user_and_devices_has_names() -> None:
    trouble = event(FRA, Change("trouble", why="is silent"), AT)
    assert (trouble["user"], trouble["before"], trouble["after"]) == (None, None, None)
    change = Change(DEVICES, initial=True, online=("{{ 7*7 }}",), offline=("phone",))
    found = event(FRA, change, AT)
    assert (found["online"], found["offline"]) == (["{ { 7*7 }}"], ["phone"])
    assert found["initial"] is True


def test_secrets_that_a_listing_holds_are_in_no_event() -> None:
    secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U="
    body = [
        {"id": 1, "client_name": "phone", "config": f"PrivateKey = {secret}", "keys": {"a": secret}}
    ]
    (user,) = users(body)
    assert secret not in json.dumps(event(FRA, Change("added", None, user), AT))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (1717243200, 1717243200),
        (None, None),
        (2**70, None),
        (float("nan"), None),
        (float("inf"), None),
        ({"deep": 1}, None),
        ([1], None),
    ],
)
def test_a_field_without_a_published_type_is_a_text_a_number_or_null(
    given: Any, shown: Any
) -> None:
    found = event(FRA, Change("removed", User(1, "x", last_seen=given), None), AT)["before"]
    assert found["last_seen"] == shown


def test_every_text_of_the_portal_is_made_inert() -> None:
    evil = "{{ 7*7 }}"
    user = User(1, evil, evil, True, evil)
    found = event(Server(5, evil), Change("online", user, user), AT)
    assert "{{" not in json.dumps(found)
    assert found["user"] == "{ { 7*7 }}"


@given(st.text(alphabet="{}%# a1-\n") | st.text().map("#jinja2:{}".format))
def test_an_inert_text_is_no_template_and_stays_what_it_is(text: str) -> None:
    found = inert(text)
    assert inert(found) == found
    assert found.replace(" ", "") == text.replace(" ", "")
    assert not found.startswith("#jinja2:")
    template = jinja2.Environment(keep_trailing_newline=True, autoescape=False).from_string(found)
    assert template.render() == found.replace("\r\n", "\n").replace("\r", "\n")


@given(st.from_regex(r"[A-Za-z0-9_-]{1,50}", fullmatch=True))
def test_the_name_of_a_user_that_the_api_allows_stays_as_it_is(name: str) -> None:
    assert inert(name) == name
