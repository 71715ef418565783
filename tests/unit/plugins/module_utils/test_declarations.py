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
    Entry,
    resolved,
    validated_entries,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

FRA, AMS = Server(5, "fra1", "fra1.example.net", "192.0.2.5"), Server(6, "ams1")


def server(name: Any, *users: str, **more: Any) -> dict[str, Any]:
    return {"server": name, "users": [{"name": user} for user in users], **more}


def problems(declared: list[Any], only: list[str] | None = None) -> list[str]:
    with pytest.raises(DeclarationError) as refused:
        validated_entries(declared, only)
    return refused.value.problems


def test_options_come_in_their_types_with_their_defaults() -> None:
    forwards = [{"external_port": "443", "internal_port": 1, "comment": "007"}]
    given = {
        "server": 5,
        "users": [{"client_name": "a", "port_forwards": forwards}, {"name": "b"}],
        "purge_users": "yes",
        "max_deletions": "3",
    }
    (entry,) = validated_entries([given])
    assert (entry.label, entry.server) == ("5", "5")
    assert entry.params["config_dir"] is None
    assert not entry.params["return_configs"]
    assert entry.desired == Desired(
        (
            DesiredUser("a", port_forwards=(DesiredForward(443, 1, comment="007"),)),
            DesiredUser("b"),
        ),
        purge_users=True,
        max_deletions=3,
        max_age=86400,
    )
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
    assert [(entry.label, names(entry), entry.desired.not_selected) for entry in found] == [
        ("5", ["b"], {"a"}),
        ("7", ["d"], {"b"}),
    ]


def names(entry: Entry) -> list[str]:
    return [user.client_name for user in entry.desired.users]


def test_nothing_to_do_is_an_error() -> None:
    assert problems([]) == ["no server is declared: the list is empty"]
    assert problems([server(5, "a")], []) == ["only is an empty list; leave it out for all users"]


def test_two_servers_can_not_keep_one_file() -> None:
    one, other = (server(name, "a", "b", config_dir="conf") for name in ("fra1", "ams1"))
    (told, _of_b) = problems([one, other])
    assert told.startswith("servers fra1 and ams1 would both keep ")
    assert told.endswith("/conf/a.conf: give each its own config_dir")
    assert validated_entries([one, {**other, "config_dir": "other"}])
    assert validated_entries([one, {**other, "users": [{"name": "c"}]}])


def test_names_become_servers() -> None:
    found = resolved([FRA, AMS], validated_entries([server("ams1"), server("192.0.2.5")]))
    assert [(entry.label, one) for entry, one in found.found] == [
        ("ams1", AMS),
        ("192.0.2.5", FRA),
    ]
    assert found.missing == []


def test_each_server_that_is_not_there_is_told() -> None:
    entries = validated_entries([server("FRA1"), server(5), server(None), server(77)])
    found = resolved([FRA, AMS], entries)
    assert [one for _entry, one in found.found] == [FRA]
    assert [text.split(" ", 2)[1] for text in found.missing] == ["'FRA1'", "account", "'77'"]


@pytest.mark.parametrize(
    ("one", "other"), [("fra1", 5), (5, "fra1.example.net"), ("fra1", "192.0.2.5")]
)
def test_two_names_of_one_server(one: Any, other: Any) -> None:
    with pytest.raises(ConflictError) as refused:
        resolved([FRA, AMS], validated_entries([server(one), server(6), server(other)]))
    assert str(refused.value) == f"server {other} is declared more than once, as {one} too"


def test_the_only_server_and_its_name() -> None:
    with pytest.raises(ConflictError, match="server 5 is declared more than once"):
        resolved([FRA], validated_entries([server(None), server(5)]))
