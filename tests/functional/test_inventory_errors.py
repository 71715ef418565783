# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error fails the whole source: it says what to do, adds no host and leaves no cache behind."""

from __future__ import annotations

import functools
import socket
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.running import Runner
from tests.support.world import fill, rule

SERVERS, USERS, FORWARDS = "/servers", "/servers/6/users", "/users/102/port-forwards"

NEST = {
    "assignment_id": 5,
    "id": 5,
    "client_name": "a",
    "external_port": 1,
    "internal_port": 1,
    "protocol": "tcp",
    "extra": functools.reduce(lambda inner, _turn: [inner], range(400), "HIDDEN"),
}

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "401": ({"kind": "status", "status": 401, "code": "unauthorized"}, "api_key"),
    "403": ({"kind": "status", "status": 403}, "another account"),
    "422": ({"kind": "status", "status": 422, "message": "Not like this."}, "Not like this ("),
    "429": ({"kind": "rate_limited", "retry_after": 100}, "max_wait"),
    "500": ({"kind": "status", "status": 500, "message": "Database down."}, "Database down ("),
    "502": ({"kind": "html", "status": 502}, "proxy or firewall"),
    "reset": ({"kind": "reset"}, "connection reset"),
    "time-out": ({"kind": "timeout"}, "no answer within 0.5 s"),
    "a redirect": ({"kind": "redirect", "location": "http://127.0.0.1/x"}, "api_url"),
    "not JSON": ({"kind": "garbage"}, "not JSON"),
    "a strange shape": ({"kind": "json", "body": {"surprise": ["HIDDEN"]}}, "surprise"),
    "strange items": ({"kind": "json", "body": ["HIDDEN"]}, "object"),
    "a deep nest": ({"kind": "json", "body": [NEST]}, "nested too deeply"),
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("path", [SERVERS, USERS, FORWARDS], ids=["first", "second", "last"])
def test_what_fails_the_source(
    inventories: Inventories, simulator: Simulator, fault: dict[str, Any], said: str, path: str
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 443")]}, {"tablet": []})
    simulator.faults({**fault, "path": path, "times": None})
    options = {
        **inventories.cached,
        "include_port_forwards": True,
        "timeout": 0.5,
        "max_wait": 0,
    }
    found = inventories.read(**options)
    assert found.hosts == {}
    assert sorted(found.groups) == ["all", "ungrouped"]
    for part in (said, f"GET {path}", "no host was added"):
        assert part in found.output
    assert "HIDDEN" not in found.output
    assert "Unable to parse" in found.output
    assert inventories.cache_files() == []
    # As soon as the portal behaves, all is there.
    simulator.clear_faults()
    inventories.forget_pauses()
    again = inventories.read(**options)
    assert again.names == ["tablet", "web"]
    assert again.output == ""


def test_a_refresh_that_fails(inventories: Inventories, simulator: Simulator) -> None:
    """No host either, not even out of the cache that was to be refreshed."""
    fill(simulator, {"web": []})
    inventories.read(**inventories.cached)
    simulator.faults({"kind": "status", "status": 500, "path": USERS, "times": None})
    found = inventories.read(use_cache=False, max_wait=0, **inventories.cached)
    assert found.hosts == {}
    assert "500" in found.output


def test_what_passes_is_tried_again(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    simulator.faults({"kind": "status", "status": 503, "path": USERS})
    found = inventories.read()
    assert found.names == ["web"]
    assert len(found.requests) == 4


def test_nobody_is_there(inventories: Inventories) -> None:
    with socket.socket() as bound:  # bound, and not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/api/wg"
        found = inventories.read(api_url=url, max_wait=0, **inventories.cached)
    assert found.hosts == {}
    assert "connection refused" in found.output
    assert inventories.cache_files() == []


def test_through_ansible_inventory(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    simulator.faults({"kind": "status", "status": 401, "code": "unauthorized", "times": None})
    found = inventories.listed(**inventories.cached)
    assert found.hosts == {}
    assert "the portal answered 401" in found.output
    assert (
        "Check the API key (api_key); it came from PREMIERVPN_API_KEY in the environment"
        in found.output
    )
    assert "Traceback" not in found.output
    assert "wg_demo" not in found.output
    assert inventories.cache_files() == []


def test_a_play_can_insist(run: Runner, inventories: Inventories, simulator: Simulator) -> None:
    simulator.faults({"kind": "status", "status": 403, "times": None})
    done = run.play(
        {"ansible.builtin.debug": {}},
        arguments=("-i", str(inventories.write())),
        env={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"},
    )
    assert done.code != 0
    assert done.results == []


@pytest.mark.parametrize("name", ["users.yml", "premiervpn.yml.yml", "premiervpn_yml.yaml"])
def test_a_file_of_another_name(inventories: Inventories, simulator: Simulator, name: str) -> None:
    fill(simulator, {"web": []})
    found = inventories.read(inventories.write(name))
    assert found.hosts == {}
    assert found.requests == []
    for part in ("premiervpn.yml", "premiervpn.yaml", name, "has to end in"):
        assert part in found.output


@pytest.mark.parametrize("name", ["premiervpn.yml", "my-premiervpn.yaml", "a.premiervpn.yaml"])
def test_names_that_fit(inventories: Inventories, simulator: Simulator, name: str) -> None:
    fill(simulator, {"web": []})
    assert inventories.read(inventories.write(name)).names == ["web"]


def test_a_file_of_somebody_elses(inventories: Inventories, simulator: Simulator) -> None:
    """An inventory in YAML is not taken for one of ours, whatever its comments mention."""
    text = "# moved from premiervpn.wireguard.wg_users\nall: {hosts: {a: {x: 1}, b: {x: 1}}}\n"
    found = inventories.read(inventories.write_text(text, "hosts.yml"))
    assert found.names == ["a", "b"]
    found = inventories.listed(
        inventories.write_text(text, "hosts.yml"),
        env={"ANSIBLE_INVENTORY_ENABLED": "premiervpn.wireguard.wg_users,yaml"},
    )
    assert found.names == ["a", "b"]


def test_options_that_are_none(inventories: Inventories, simulator: Simulator) -> None:
    """A filter that is misspelt is not a filter: that should not pass without a word."""
    fill(simulator, {"web": []})
    known = {"strict": True, "groups": {}, "cache": False, "use_extra_vars": True, "timeout": 5}
    assert inventories.read(**known, leading_separator=False).output == ""
    found = inventories.read(**known, filter=["false"], server=5)
    assert "filter, server" in found.output
    assert found.names == ["web"]


NOT_OURS: dict[str, str] = {
    "no YAML": "plugin: premiervpn.wireguard.wg_users\n  - [",
    "a list": "- premiervpn.wireguard.wg_users\n",
    "another plugin": "plugin: ansible.builtin.constructed_not\n",
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_a_file_that_is_wrong(inventories: Inventories, simulator: Simulator, text: str) -> None:
    fill(simulator, {"web": []})
    found = inventories.read(inventories.write_text(text))
    assert "web" not in found.hosts
    assert found.output != ""
    assert found.requests == []
    assert "Traceback" not in found.output
