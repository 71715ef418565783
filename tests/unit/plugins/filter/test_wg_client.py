# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the role wg_client: one declaration for many hosts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.premiervpn.wireguard.plugins.filter import wg_client_servers

filtered = wg_client_servers.FilterModule().filters()["wg_client_servers"]


def portal(user: str, server: Any = None, **more: Any) -> dict[str, Any]:
    return {"user": user, "server": server, "port_forwards": None, "state": "present", **more}


def servers(
    asked: dict[str, Any], others: dict[str, dict[str, Any]] | None = None, state: str = "present"
) -> list[dict[str, Any]]:
    """What these hosts of a batch ask for. ``others`` of the inventory are not in it."""
    hostvars = {host: {"wg_client__asked": one} for host, one in asked.items()}
    found: list[dict[str, Any]] = filtered({**hostvars, **(others or {})}, list(asked), state)
    return found


def test_one_declaration_for_each_server() -> None:
    hosts = {"h1": portal("a", "5"), "h2": None, "h3": portal("b", "6"), "h4": portal("c", "5")}
    found = servers(hosts)
    assert [(x["server"], x["hosts"], [user["name"] for user in x["users"]]) for x in found] == [
        ("5", ["h1", "h4"], ["a", "c"]),
        ("6", ["h3"], ["b"]),
    ]


def test_port_forwards_are_declared_only_where_they_are_given() -> None:
    users = servers(
        {
            "h1": portal("a"),
            "h2": portal("b", port_forwards=[]),
            "h3": portal("c", port_forwards=[{"external_port": 1}]),
        }
    )[0]["users"]
    assert users == [
        {"name": "a", "state": "present"},
        {"name": "b", "state": "present", "port_forwards": []},
        {"name": "c", "state": "present", "port_forwards": [{"external_port": 1}]},
    ]


def test_hosts_of_another_state_ask_by_themselves() -> None:
    hosts = {"h1": portal("a"), "h2": portal("b", port_forwards=[], state="absent")}
    assert servers(hosts)[0]["hosts"] == ["h1"]
    (found,) = servers(hosts, state="absent")
    assert found == {
        "server": None,
        "hosts": ["h2"],
        "users": [{"name": "b", "state": "absent"}],
    }


def test_null_that_a_template_made_an_empty_text() -> None:
    """As ansible-core does up to 2.18, where a variable's template gives null."""
    wants = portal("a", "", port_forwards="")
    (found,) = servers({"h1": wants})
    assert (found["server"], found["users"]) == (None, [{"name": "a", "state": "present"}])
    with pytest.raises(AnsibleFilterError, match="h1 and h2 would be the same user a"):
        servers({"h1": wants, "h2": portal("a", "5")})


def test_nobody_asks() -> None:
    assert servers({}) == servers({"h1": None, "h2": {}, "h3": ""}) == []


def test_two_hosts_can_not_be_one_user() -> None:
    for servers_of_both in (("5", "5"), (None, "5"), ("", 5)):
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
    first, *rest = others
    mine = {first: portal(re.sub(r"[^A-Za-z0-9_-]", "-", first)[:50])}

    def inventory(names: dict[str, str]) -> dict[str, dict[str, Any]]:
        return {host: {"wg_client_user": names[host]} if host in names else {} for host in rest}

    with pytest.raises(AnsibleFilterError, match=f"{first} and {others[-1]} would be the same"):
        servers(mine, inventory(named))
    assert servers(mine, inventory(dict.fromkeys(rest, "own")))


def test_a_name_that_another_host_answered_does_not_count() -> None:
    answered = {"wg_client_user": "web", "ansible_facts": {"wg_client_user": "web"}}
    assert servers({"web": portal("web")}, {"boss": answered})
    answered["wg_client_user"] = "other"
    with pytest.raises(AnsibleFilterError, match=r"web\.1 and web-1 would be the same"):
        servers({"web.1": portal("web-1")}, {"web-1": answered})


@pytest.mark.parametrize("wrong", [None, [], "hosts"])
def test_what_is_not_hostvars(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="needs the variable hostvars"):
        filtered(wrong, [], "present")
