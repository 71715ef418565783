# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory beside others: nothing of theirs is changed in silence, or by a source that fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.plugins.loader import inventory_loader

from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.running import Runner
from tests.support.world import AMS, FRA, fill, rule, seed

STATIC = """
all:
  children:
    web:
      hosts:
        phone: {ansible_host: 198.51.100.1, ansible_user: root}
        laptop: {}
"""


@pytest.fixture
def static(inventories: Inventories) -> Path:
    """A source with two hosts, of which one has an address."""
    return inventories.write_text(STATIC, "hosts.yml")


FAILURES: dict[str, dict[str, Any]] = {
    "compose": {"compose": {"x": "premiervpn_nothing"}, "strict": True},
    "groups": {"groups": {"x": "premiervpn_nothing"}, "strict": True},
    "keyed_groups": {"keyed_groups": [{"key": "premiervpn_nothing"}], "strict": True},
    "the last of them": {
        "compose": {"ansible_user": "'admin'"},
        "groups": {"all_of_them": "true"},
        "keyed_groups": [{"key": "{101: 'a', 102: 'b'}[premiervpn_id]", "prefix": "made"}],
        "strict": True,
    },
    "no dictionary": {"keyed_groups": ["premiervpn_id"]},
    "a group in itself": {
        "keyed_groups": [{"key": "premiervpn_server", "prefix": "s", "parent_group": "s_5"}]
    },
    "a group in one that is in it": {
        "keyed_groups": [{"key": "'web'", "separator": "", "parent_group": "inner"}]
    },
    "filters": {"filters": ["premiervpn_nothing"], "strict": True},
    "hostname": {"hostname": "{{ premiervpn_nothing }}"},
    "servers": {"servers": ["nowhere"]},
}


@pytest.mark.parametrize("options", FAILURES.values(), ids=FAILURES)
def test_a_source_that_fails_leaves_no_mark(
    inventories: Inventories, simulator: Simulator, static: Path, options: dict[str, Any]
) -> None:
    fill(simulator, {"phone": [], "laptop": [], "tablet": []})
    nest = inventories.write_text("web: {children: {inner: {}}}", "nest.yml")
    alone = inventories.read(static, before=(nest,))
    found = inventories.read(before=(nest, static), **options)
    assert "Unable to parse" in found.output
    assert found.hosts == alone.hosts
    assert found.groups == alone.groups
    assert found.children == alone.children


def test_a_host_of_another_source(
    inventories: Inventories, simulator: Simulator, static: Path
) -> None:
    """It is told, keeps what it has, and gets what is missing."""
    fill(simulator, {"phone": [], "laptop": [], "tablet": []})
    found = inventories.read(before=(static,))
    assert found.names == ["laptop", "phone", "tablet"]
    for name in ("phone", "laptop"):
        assert f"another inventory source has a host {name!r} already" in found.output
    assert "tablet" not in found.output
    assert found.hosts["phone"]["ansible_host"] == "198.51.100.1"
    assert found.hosts["phone"]["premiervpn_client_ip"] == "10.66.66.2"
    assert found.hosts["laptop"]["ansible_host"] == "10.66.66.3"
    assert found.groups["web"] == ["laptop", "phone"]
    assert found.groups["premiervpn_server_5"] == ["laptop", "phone", "tablet"]


def test_users_of_one_name_in_two_sources(inventories: Inventories, simulator: Simulator) -> None:
    """Two users never become one host."""
    fill(simulator, {"phone": [], "web": []}, {"phone": []})
    first = inventories.write("a.premiervpn.yml", servers=[5])
    second = inventories.write("b.premiervpn.yml", servers=[6])
    found = inventories.read(second, before=(first,))
    assert found.values("premiervpn_id") == {"phone": 101, "web": 102, "phone-6": 103}
    assert "another inventory source has another user as the host 'phone'" in found.output
    assert found.groups["premiervpn_server_5"] == ["phone", "web"]
    assert found.groups["premiervpn_server_6"] == ["phone-6"]


def test_a_source_that_is_read_twice(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    path = inventories.write()
    found = inventories.read(path, before=(path,))
    assert found.names == ["phone"]
    assert found.output == ""


@pytest.mark.parametrize(
    "name", ["localhost", "all", "ungrouped", "premiervpn", "premiervpn_online"]
)
def test_names_that_mean_something_else(
    inventories: Inventories, simulator: Simulator, name: str
) -> None:
    fill(simulator, {name: [], "web": []})
    found = inventories.read()
    assert found.values("premiervpn_id") == {f"{name}-5": 101, "web": 102}
    assert repr(name) in found.output
    assert "appended" in found.output
    assert found.groups["premiervpn"] == sorted([f"{name}-5", "web"])
    # Ansible's own complaint about a host and a group of one name.
    assert "same name" not in found.output


def test_names_of_groups_of_other_sources_and_of_groups_that_are_computed(
    inventories: Inventories, simulator: Simulator, static: Path
) -> None:
    fill(simulator, {"web": [], "s_5": [], "kind": [], "kind-5": []})
    found = inventories.read(
        before=(static,),
        keyed_groups=[{"key": "premiervpn_server", "prefix": "s"}],
        groups={"kind": "premiervpn_client_name == 'kind'"},
    )
    assert found.values("premiervpn_id") == {
        "laptop": None,
        "phone": None,
        "web-5": 101,
        "s_5-5": 102,
        "kind-5-103": 103,
        "kind-5-104": 104,
    }
    assert found.groups["s_5"] == ["kind-5-103", "kind-5-104", "s_5-5", "web-5"]
    assert found.groups["kind"] == ["kind-5-103"]
    assert "same name" not in found.output


def test_localhost_stays_local(run: Runner, inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"localhost": []})
    done = run.play(
        {"ansible.builtin.command": {"cmd": "true"}},
        {"ansible.builtin.command": {"cmd": "true"}, "delegate_to": "localhost"},
        arguments=("-i", str(inventories.write())),
    )
    assert done.code == 0, done.output
    assert "'localhost' is this machine to Ansible" in " ".join(done.output.split())


MEANWHILE = {"kind": "meanwhile", "do": [{"action": "delete_user", "id": 102}]}


@pytest.mark.parametrize("unknown_id", ["404", "403"])
def test_a_user_that_goes_away_between_two_reads(
    inventories: Inventories, simulator: Simulator, unknown_id: str
) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 80")], "b": []}, {"c": []})
    simulator.shapes(unknown_id=unknown_id)
    simulator.faults({**MEANWHILE, "path": "/users/102/port-forwards"})
    found = inventories.read(include_port_forwards=True, **inventories.cached)
    assert found.names == ["a", "c"]
    assert found.output == ""
    # One more look, at that user's server alone.
    assert found.sent.count("GET /servers/5/users") == 2
    assert found.sent.count("GET /servers/6/users") == 1
    again = inventories.read(include_port_forwards=True, **inventories.cached)
    assert again.hosts == found.hosts


def test_a_server_that_goes_away_between_two_reads(
    inventories: Inventories, simulator: Simulator
) -> None:
    servers = [{"assignment_id": 5, "name": "fra1"}, {"assignment_id": 6, "name": "ams1"}]
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}))
    simulator.faults({"kind": "json", "path": "/servers", "body": {"servers": servers}})
    found = inventories.read()
    assert found.names == ["a"]
    assert "premiervpn_server_6" not in found.groups
    assert found.sent == [
        "GET /servers",
        "GET /servers",
        "GET /servers/5/users",
        "GET /servers/6/users",
    ]
    # One that was named is missed.
    simulator.faults({"kind": "json", "path": "/servers", "body": {"servers": servers}})
    found = inventories.read(servers=[5, 6])
    assert found.hosts == {}
    assert "server '6' was not found" in found.output


def test_a_listing_that_is_refused_for_another_reason(
    inventories: Inventories, simulator: Simulator
) -> None:
    simulator.reset(seed({**FRA, "users": [{"client_name": "a"}]}, AMS))
    simulator.faults({"kind": "status", "status": 404, "path": "/servers/6/users", "times": None})
    found = inventories.read()
    assert found.hosts == {}
    assert "GET /servers/6/users" in found.output


def test_a_pipe_is_left_to_the_plugin_that_it_is_for() -> None:
    """``-i <(command)``: what is read of it to look whether it is ours would be gone."""
    reading, writing = os.pipe()
    os.write(writing, b"web1\n")
    os.close(writing)
    plugin = inventory_loader.get("premiervpn.wireguard.wg_users")
    assert not plugin.verify_file(f"/dev/fd/{reading}")
    assert os.read(reading, 100) == b"web1\n"
    os.close(reading)
