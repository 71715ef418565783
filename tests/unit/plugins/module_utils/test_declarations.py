# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The declarations of several servers, validated together."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import Server
from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.declarations import (
    resolved,
    validated_entries,
)

DEFAULTS = {
    "purge_users": False,
    "purge_port_forwards": False,
    "max_deletions": 10,
    "return_configs": False,
    "allow_hooks": False,
}
FRA, AMS = Server(5, "fra1", "fra1.example.net", "192.0.2.5"), Server(6, "ams1")


class Listing:
    """A portal that lists servers, and counts how often."""

    def __init__(self, *servers: Server) -> None:
        self.found = list(servers)
        self.asked = 0

    def servers(self) -> list[Server]:
        self.asked += 1
        return self.found


def server(name: Any, *users: str, **more: Any) -> dict[str, Any]:
    return {"server": name, "users": [{"name": user} for user in users], **more}


def problems(declared: list[Any], only: list[str] | None = None) -> list[str]:
    with pytest.raises(DeclarationError) as refused:
        validated_entries(declared, only)
    return refused.value.problems


def test_options_come_in_their_types_and_under_their_own_names() -> None:
    forwards = [{"external_port": "443", "internal_port": 1, "comment": "007"}]
    given = {
        "server": 5,
        "users": [{"client_name": "a", "port_forwards": forwards}, {"name": "b"}],
        "purge_users": "yes",
        "max_deletions": "3",
    }
    (entry,) = validated_entries([given], None)
    assert entry.label == "5"
    assert entry.options == {
        **DEFAULTS,
        "server": "5",
        "purge_users": True,
        "max_deletions": 3,
        "users": [
            {
                "name": "a",
                "state": "present",
                "revoked_public_keys": [],
                "port_forwards": [
                    {
                        "external_port": 443,
                        "internal_port": 1,
                        "protocol": "tcp",
                        "comment": "007",
                        "state": "present",
                    }
                ],
            },
            {"name": "b", "state": "present", "revoked_public_keys": []},
        ],
    }
    assert given["users"][0] == {"client_name": "a", "port_forwards": forwards}


def test_everything_that_is_wrong_is_listed_with_its_server() -> None:
    told = problems(
        [
            server("fra1", "a b", "c", "c"),
            {"server": 6, "user": []},
            "ams1",
            {"server": 9, "users": [{"name": {"a": 1}}]},
            server(7, "a", max_deletions="few"),
            server(8, "a", only=["b"]),
            server("fra1"),
        ],
        ["a", "e"],
    )
    assert told[0].startswith("server 1 (fra1): 'a b' is not a client name")
    assert told[1] == "server 1 (fra1): user 'c' is declared more than once"
    assert told[2].startswith("server 2 (6): ")
    assert "users" in " ".join(told[2:4])
    assert any(line.startswith("server 3: must be a dictionary") for line in told)
    assert any(line.startswith("server 5 (7): ") and "max_deletions" in line for line in told)
    assert "server 6 (8): only: 'b' is not a declared user" in told
    assert "server fra1 is declared more than once" in told
    assert told[-1] == "only: no server declares a user 'e'"


@pytest.mark.parametrize(
    ("one", "other"), [(5, "5"), (5, " 5 "), ("05", 5), ("fra1", "fra1"), (None, ""), (None, None)]
)
def test_one_server_twice(one: Any, other: Any) -> None:
    (told,) = problems([server(one), server(6), server(other)])
    assert "is declared more than once" in told


def test_only_narrows_each_server_and_leaves_out_those_without() -> None:
    declared = [server(5, "a", "b"), server(6, "c"), server(7, "b", "d", only=["d"])]
    found = validated_entries(declared, ["b", "d"])
    assert [(entry.label, entry.options["only"]) for entry in found] == [("5", ["b"]), ("7", ["d"])]
    assert [user["name"] for user in found[0].options["users"]] == ["a", "b"]
    assert validated_entries(declared, []) == []


@pytest.mark.parametrize("declared", [[server(5), server(6)], [server("fra1")], [server(None)], []])
def test_no_look_where_none_is_needed(declared: list[Any]) -> None:
    portal: Any = Listing(FRA, AMS)
    entries = validated_entries(declared, None)
    assert resolved(portal, entries) == entries
    assert portal.asked == 0


def test_names_become_ids_with_one_look() -> None:
    portal: Any = Listing(FRA, AMS)
    found = resolved(portal, validated_entries([server("ams1"), server("192.0.2.5")], None))
    assert [(entry.label, entry.options["server"]) for entry in found] == [
        ("ams1", "6"),
        ("192.0.2.5", "5"),
    ]
    assert portal.asked == 1


def test_what_is_not_there_is_for_its_own_task() -> None:
    portal: Any = Listing(FRA, AMS)
    found = resolved(portal, validated_entries([server("FRA1"), server(None), server(77)], None))
    assert [entry.options.get("server") for entry in found] == ["FRA1", None, "77"]


@pytest.mark.parametrize(
    ("one", "other"), [("fra1", 5), (5, "fra1.example.net"), ("fra1", "192.0.2.5")]
)
def test_two_names_of_one_server(one: Any, other: Any) -> None:
    portal: Any = Listing(FRA, AMS)
    with pytest.raises(ConflictError) as refused:
        resolved(portal, validated_entries([server(one), server(6), server(other)], None))
    assert str(refused.value) == f"server {other} is declared more than once, as {one} too"


def test_the_only_server_and_its_name() -> None:
    portal: Any = Listing(FRA)
    with pytest.raises(ConflictError, match="server 5 is declared more than once"):
        resolved(portal, validated_entries([server(None), server(5)], None))
