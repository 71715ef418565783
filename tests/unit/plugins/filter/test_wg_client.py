# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the role wg_client: one declaration for many hosts, and each host's part of the answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.premiervpn.wireguard.plugins.filter import (
    wg_client_answer,
    wg_client_servers,
)

servers = wg_client_servers.FilterModule().filters()["wg_client_servers"]
answer = wg_client_answer.FilterModule().filters()["wg_client_answer"]


def portal(user: str, server: Any = None, **more: Any) -> dict[str, Any]:
    return {"user": user, "server": server, "port_forwards": None, "state": "present", **more}


def test_one_declaration_for_each_server() -> None:
    hosts = {"h1": portal("a", "5"), "h2": None, "h3": portal("b", "6"), "h4": portal("c", "5")}
    found = servers(hosts)
    assert [(one["server"], [user["name"] for user in one["users"]]) for one in found] == [
        ("5", ["a", "c"]),
        ("6", ["b"]),
    ]


def test_port_forwards_are_declared_only_where_they_are_given() -> None:
    users = servers(
        {
            "h1": portal("a"),
            "h2": portal("b", port_forwards=[]),
            "h3": portal("c", port_forwards=[{"external_port": 1}]),
            "h4": portal("d", port_forwards=[], state="absent"),
        }
    )[0]["users"]
    assert users == [
        {"name": "a", "state": "present"},
        {"name": "b", "state": "present", "port_forwards": []},
        {"name": "c", "state": "present", "port_forwards": [{"external_port": 1}]},
        {"name": "d", "state": "absent"},
    ]


def test_null_that_a_template_made_an_empty_text() -> None:
    """As ansible-core does up to 2.18, where a variable's template gives null."""
    wants = portal("a", "", port_forwards="")
    found = servers({"h1": wants})
    assert found == [{"server": None, "users": [{"name": "a", "state": "present"}]}]
    declared = {"results": [{"item": found[0], "users": [{"client_name": "a", "config": "A"}]}]}
    assert answer(declared, wants) == answer(declared, portal("a")) == {"error": "", "config": "A"}
    with pytest.raises(AnsibleFilterError, match="h1 and h2 would be the same user a"):
        servers({"h1": wants, "h2": portal("a", "5")})


def test_nobody_asks() -> None:
    assert servers({}) == servers({"h1": None, "h2": {}}) == []


def test_two_hosts_can_not_be_one_user() -> None:
    for servers_of_both in (("5", "5"), (None, "5")):
        one, other = (portal("a", server) for server in servers_of_both)
        with pytest.raises(AnsibleFilterError, match="h1 and h2 would be the same user a"):
            servers({"h1": one, "h2": other})
    assert len(servers({"h1": portal("a", "5"), "h2": portal("a", "6")})) == 2


@pytest.mark.parametrize(
    ("others", "named"),
    [
        (["web.1", "web-1"], {}),
        (["web.1", "web_1", "else"], {"else": "web-1"}),
        ([f"{'x' * 50}y", f"{'x' * 50}z"], {}),
    ],
)
def test_a_host_of_another_batch_or_play_counts(others: list[str], named: dict[str, str]) -> None:
    first = others[0]
    mine = {first: portal(re.sub(r"[^A-Za-z0-9_-]", "-", first)[:50])}
    with pytest.raises(AnsibleFilterError, match=f"{first} and {others[-1]} would be the same"):
        servers(mine, others, named)
    assert servers(mine, others, {**dict.fromkeys(others[1:], "own"), first: "x"})


def result(server: Any, **more: Any) -> dict[str, Any]:
    return {"item": {"server": server}, **more}


DECLARED = {
    "results": [
        result("5", users=[{"client_name": "a", "config": "A"}, {"client_name": "b"}]),
        result("6", failed=True, msg="a user of it, told in full"),
    ]
}


@pytest.mark.parametrize(
    ("wants", "config", "error"),
    [
        (portal("a", "5"), "A", ""),
        (portal("b", "5"), None, ""),
        (portal("c", "5"), None, "no user c"),
        (portal("a", "6"), None, "told in full"),
        (portal("a", "7"), None, "not asked"),
        ({}, None, "not asked"),
    ],
)
def test_each_hosts_part(wants: dict[str, Any], config: str | None, error: str) -> None:
    found = answer(DECLARED, wants)
    assert found["config"] == config
    assert (error in found["error"]) if error else found["error"] == ""


@pytest.mark.parametrize("declared", [None, {"results": None}, {"results": [{}]}, {}])
def test_what_is_no_answer(declared: Any) -> None:
    with pytest.raises(AnsibleFilterError):
        answer(declared, portal("a"))
