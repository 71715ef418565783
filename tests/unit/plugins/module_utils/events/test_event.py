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
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import Change
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.event import (
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
    }


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
