# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests an inventory takes, and what a server named in ``servers`` leads to."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.world import AMS, FRA, fill, rule, seed


def servers(count: int, users: int) -> list[dict[str, Any]]:
    """So many servers, each with so many users."""
    return [
        {
            "id": number,
            "name": f"s{number}",
            "users": [{"client_name": f"u{number}-{user}"} for user in range(users)],
        }
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_one_request_and_one_for_each_server(
    inventories: Inventories, simulator: Simulator, count: int
) -> None:
    simulator.reset(seed(*servers(count, 3)))
    found = inventories.read()
    expected = [f"GET /servers/{number}/users" for number in range(1, count + 1)]
    assert found.sent == sorted(["GET /servers", *expected])
    assert len(found.hosts) == 3 * count
    assert {"premiervpn", "premiervpn_online", "premiervpn_offline"} <= found.groups.keys()


def test_and_one_for_each_user_with_port_forwards(
    inventories: Inventories, simulator: Simulator
) -> None:
    fill(
        simulator,
        {"web": [rule("443/tcp -> 8443", "HTTPS"), rule("80/both -> 80")], "phone": []},
        {"web6": [rule("443/tcp -> 443")]},
    )
    found = inventories.read(include_port_forwards=True)
    assert found.sent == sorted(
        [
            *("GET /servers", "GET /servers/5/users", "GET /servers/6/users"),
            *(f"GET /users/{number}/port-forwards" for number in (101, 102, 103)),
        ]
    )
    forwards = found.values("premiervpn_port_forwards")
    assert {name: len(rules) for name, rules in forwards.items()} == {
        "web": 2,
        "phone": 0,
        "web6": 1,
    }
    first = next(forward for forward in forwards["web"] if forward["external_port"] == 443)
    wanted = {"id": 501, "internal_port": 8443, "protocol": "tcp", "comment": "HTTPS"}
    assert first.items() >= wanted.items()
    assert {"status", "created_at"} <= first.keys()
    assert "premiervpn_port_forwards" not in inventories.read().hosts["web"]


def test_the_same_through_ansible_inventory(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443")], "phone": []}, {"other": []})
    found = inventories.listed(include_port_forwards=True)
    assert len(found.requests) == 1 + 2 + 3
    assert found.names == ["other", "phone", "web"]
    assert found.hosts["web"]["premiervpn_port_forwards"][0]["internal_port"] == 8443
    assert found.children["premiervpn"] == [
        *("premiervpn_offline", "premiervpn_online"),
        *("premiervpn_server_5", "premiervpn_server_6"),
    ]
    assert found.groups["premiervpn_server_5"] == ["phone", "web"]
    assert "WARNING" not in found.output
    assert "DEPRECATION" not in found.output


@pytest.mark.parametrize(
    "named", [[5], ["5"], ["fra1"], ["fra1.example.net"], ["192.0.2.5"], [5, "fra1", "5"]], ids=str
)
def test_only_the_servers_that_are_named(
    inventories: Inventories, simulator: Simulator, named: list[Any]
) -> None:
    fill(simulator, {"a": []}, {"b": []})
    found = inventories.read(servers=named)
    assert found.sent == ["GET /servers", "GET /servers/5/users"]
    assert found.names == ["a"]
    assert "premiervpn_server_6" not in found.groups


def test_servers_named_each_in_another_way(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"a": []}, {"b": []})
    assert inventories.read(servers=["192.0.2.6", 5]).names == ["a", "b"]
    assert inventories.read(servers="6,fra1").names == ["a", "b"]


@pytest.mark.parametrize(
    ("servers", "names"),
    [
        ("{{ wanted }}", ["a", "b"]),
        ("{{ [wanted[0], 'nothing'] | first }}", ["a"]),
        ("{{ wanted | join(', ') }}", ["a", "b"]),
        (["{{ wanted }}"], ["a", "b"]),
        (["{{ wanted[1] }}"], ["b"]),
        ("{{ [] }}", ["a", "b"]),
        ([], ["a", "b"]),
        (6, ["b"]),
        ("ams1", ["b"]),
    ],
    ids=str,
)
def test_servers_out_of_a_template(
    inventories: Inventories, simulator: Simulator, servers: Any, names: list[str]
) -> None:
    fill(simulator, {"a": []}, {"b": []})
    extra = '{"wanted": [5, "ams1"]}'
    found = inventories.listed(inventories.write(servers=servers), "-e", extra)
    assert found.names == names, found.output


@pytest.mark.parametrize("unknown", ["7", "fra", "FRA1", "fra1.example", "192.0.2.50"])
def test_a_server_that_is_not_there(
    inventories: Inventories, simulator: Simulator, unknown: str
) -> None:
    fill(simulator, {"a": []}, {"b": []})
    found = inventories.read(servers=["ams1", unknown])
    assert found.hosts == {}
    assert found.sent == ["GET /servers"]
    for part in (f"'{unknown}'", "fra1 (5)", "ams1 (6)"):
        assert part in found.output
    assert ("in case only" in found.output) == (unknown == "FRA1")


def test_an_assignment_id_goes_before_a_name_of_digits(
    inventories: Inventories, simulator: Simulator
) -> None:
    """As in the modules, where ``server: 5`` is the id 5 whatever another server is called."""
    odd = {**AMS, "name": "5", "users": [{"client_name": "b"}]}
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}, odd))
    assert inventories.read(servers=[5]).names == ["a"]


def test_names_that_two_servers_have(inventories: Inventories, simulator: Simulator) -> None:
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}, {**AMS, "name": "fra1"}))
    found = inventories.read(servers=["fra1"])
    assert found.hosts == {}
    assert "ambiguous" in found.output
    assert inventories.read(servers=[5]).names == ["a"]


@pytest.mark.parametrize("preset", ["default", "enveloped", "bare"])
def test_each_shape_of_the_answers(
    inventories: Inventories, simulator: Simulator, preset: str
) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 80")]}, {"b": []})
    plain = inventories.read(include_port_forwards=True)
    simulator.shapes(preset=preset, numbers="string", comment="empty")
    found = inventories.read(include_port_forwards=True)
    assert found.hosts == plain.hosts
    assert found.groups == plain.groups
    assert found.hosts["a"]["premiervpn_port_forwards"][0]["external_port"] == 80


def test_pages(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {f"u{number}": [] for number in range(5)})
    simulator.shapes(page_size=2)
    found = inventories.read(servers=[5])
    assert found.names == ["u0", "u1", "u2", "u3", "u4"]
    assert len(found.requests) == 1 + 3
