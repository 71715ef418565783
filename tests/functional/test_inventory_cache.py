# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory's cache: what is kept, for how long, and for whom."""

from __future__ import annotations

import os
import time

import pytest

from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.running import Runner
from tests.support.world import fill, rule

LISTINGS = ["GET /servers", "GET /servers/5/users", "GET /servers/6/users"]


def test_empty_then_warm(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []}, {"tablet": []})
    first = inventories.read(**inventories.cached)
    assert first.sent == LISTINGS
    assert len(inventories.cache_files()) == 1
    second = inventories.read(**inventories.cached)
    assert second.sent == []
    assert (second.hosts, second.groups) == (first.hosts, first.groups)
    # What has been made since is not seen, and that is what a cache is.
    fill(simulator, {"phone": [], "new": []})
    assert inventories.read(**inventories.cached).names == ["phone", "tablet"]
    assert inventories.read().names == ["new", "phone"]


def test_with_port_forwards(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": [rule("80/tcp -> 80")]}, {"tablet": []})
    options = {**inventories.cached, "include_port_forwards": True}
    plain = inventories.read(**inventories.cached)
    # Listings without port forwards are not those with.
    first = inventories.read(**options)
    assert len(first.requests) == 1 + 2 + 2
    second = inventories.read(**options)
    assert second.requests == []
    assert second.hosts == first.hosts
    assert inventories.read(**inventories.cached).requests == []
    assert inventories.read(**inventories.cached).hosts == plain.hosts


def test_expired(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    inventories.read(**inventories.cached)
    (file,) = inventories.cache_files()
    fill(simulator, {"tablet": []})
    past = time.time() - 3000
    os.utime(file, (past, past))
    assert inventories.read(**inventories.cached).requests == []
    past = time.time() - 4000
    os.utime(file, (past, past))
    again = inventories.read(**inventories.cached)
    assert again.sent == LISTINGS
    assert again.names == ["tablet"]
    assert inventories.read(**inventories.cached).requests == []


def test_refreshed(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    inventories.read(**inventories.cached)
    fill(simulator, {"tablet": []})
    refreshed = inventories.read(use_cache=False, **inventories.cached)
    assert refreshed.sent == LISTINGS
    assert refreshed.names == ["tablet"]
    after = inventories.read(**inventories.cached)
    assert after.sent == []
    assert after.names == ["tablet"]


def test_in_plays(run: Runner, inventories: Inventories, simulator: Simulator) -> None:
    """meta: refresh_inventory and --flush-cache, and a cache that outlives a process."""
    fill(simulator, {"phone": []})
    path = inventories.write(**inventories.cached)
    show = {"ansible.builtin.debug": {"msg": "{{ groups['premiervpn'] | sort }}"}}
    hosts = ("-i", str(path))

    first = run.play(show, arguments=hosts)
    assert first.code == 0, first.output
    assert first.last["msg"] == ["phone"]
    assert sorted(first.sent) == LISTINGS

    fill(simulator, {"phone": [], "tablet": []})
    second = run.play(show, {"ansible.builtin.meta": "refresh_inventory"}, show, arguments=hosts)
    assert [result["msg"] for result in second.results] == [["phone"], ["phone", "tablet"]]
    assert sorted(second.sent) == LISTINGS

    fill(simulator, {"phone": [], "tablet": [], "watch": []})
    third = run.play(show, arguments=(*hosts, "--flush-cache"))
    assert third.last["msg"] == ["phone", "tablet", "watch"]
    assert sorted(third.sent) == LISTINGS
    assert inventories.listed(path).names == ["phone", "tablet", "watch"]
    assert simulator.requests() == []


def test_another_key_on_a_warm_cache(inventories: Inventories, simulator: Simulator) -> None:
    """Nobody is ever shown another's hosts."""
    own = inventories.read(**inventories.cached, api_key="wg_demo_acme")
    other = inventories.read(**inventories.cached, api_key="wg_demo_globex")
    assert other.sent == ["GET /servers", "GET /servers/9/users"]
    assert "premiervpn_server_9" in other.groups
    assert "premiervpn_server_5" not in other.groups
    nobody = inventories.read(**inventories.cached, api_key="wg_nobody")
    assert nobody.hosts == {}
    assert "401" in nobody.output
    # And both can be kept at once.
    again = inventories.read(**inventories.cached, api_key="wg_demo_acme")
    assert again.requests == []
    assert again.groups == own.groups
    assert inventories.read(**inventories.cached, api_key="wg_demo_globex").requests == []
    assert len(inventories.cache_files()) == 2


def test_another_portal_on_a_warm_cache(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    inventories.read(**inventories.cached)
    other = simulator.url.replace("127.0.0.1", "localhost")
    assert inventories.read(**inventories.cached, api_url=other).sent == LISTINGS
    # A slash at the end makes no other portal.
    assert inventories.read(**inventories.cached, api_url=f"{simulator.url}/").sent == []


def test_other_servers_on_a_warm_cache(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []}, {"tablet": []})
    both = inventories.cached
    assert inventories.read(**both).names == ["phone", "tablet"]
    assert inventories.read(**both, servers=[6]).names == ["tablet"]
    assert inventories.read(**both, servers=[5]).names == ["phone"]
    assert inventories.read(**both, servers=[5]).requests == []
    # The order in which they are named does not matter.
    assert inventories.read(**both, servers=["fra1", "ams1"]).requests != []
    assert inventories.read(**both, servers=["ams1", "fra1"]).requests == []


def test_what_is_applied_after_the_cache(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "web": []}, {"phone": []})
    inventories.read(**inventories.cached, filters=["premiervpn_client_name == 'web'"])
    warm = inventories.read(**inventories.cached, filters=["premiervpn_client_name == 'phone'"])
    assert warm.names == ["phone-5", "phone-6"]
    assert warm.requests == []
    warm = inventories.read(
        **inventories.cached,
        exclude_filters=["premiervpn_server == 6"],
        hostname="x-{{ wg_client_name }}",
        hostvars_prefix="wg_",
        compose={"here": "wg_server_name"},
        groups={"some": "wg_client_name == 'web'"},
        keyed_groups=[{"key": "wg_client_name", "prefix": "k"}],
    )
    # The filter names a variable that this prefix does not make: it excludes nobody, and warns.
    assert warm.names == ["x-phone-5", "x-phone-6", "x-web"]
    assert "premiervpn_server" in warm.output
    assert warm.hosts["x-web"]["here"] == "fra1"
    assert warm.groups["some"] == warm.groups["k_web"] == ["x-web"]
    assert warm.requests == []


def test_without_a_cache(inventories: Inventories, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    off = {**inventories.cached, "cache": False}
    assert inventories.read(**off).sent == LISTINGS
    assert inventories.read(**off).sent == LISTINGS
    assert inventories.cache_files() == []


# What community.general.pickle is made of: it says that it needs no help with serializing.
PICKLED = """
DOCUMENTATION = '''
name: pickled
short_description: Keeps things
description: [For a test.]
options:
  _uri: {required: true, type: path, description: [Where.]}
  _prefix: {description: [What the files begin with.]}
  _timeout: {default: 86400, type: float, description: [Seconds.]}
'''
import pickle
from ansible.plugins.cache import BaseFileCacheModule


class CacheModule(BaseFileCacheModule):
    _persistent = False

    def _load(self, filepath):
        with open(filepath, "rb") as file:
            return pickle.load(file, encoding="bytes")

    def _dump(self, value, filepath):
        with open(filepath, "wb") as file:
            pickle.dump(value, file, protocol=2)
"""


def test_a_cache_plugin_that_serializes_by_itself(
    inventories: Inventories, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [rule("80/tcp -> 80", "Büro")]})
    plugins = inventories.run.folder / "cache_plugins"
    plugins.mkdir()
    (plugins / "pickled.py").write_text(PICKLED, encoding="utf-8")
    env: dict[str, str | None] = {"ANSIBLE_CACHE_PLUGINS": str(plugins)}
    options = {**inventories.cached, "cache_plugin": "pickled", "include_port_forwards": True}
    first = inventories.listed(inventories.write(**options), env=env)
    assert len(first.requests) == 4
    assert first.names == ["phone"], first.output
    assert len(inventories.cache_files()) == 1
    second = inventories.listed(inventories.write(**options), env=env)
    assert second.requests == []
    assert second.hosts == first.hosts
    # Too old is too old.
    past = time.time() - 4000
    for file in inventories.cache_files():
        os.utime(file, (past, past))
    assert len(inventories.listed(inventories.write(**options), env=env).requests) == 4


@pytest.mark.parametrize("text", ['"x"', "[1, 2]", "null", "{}", '{"servers": 1, "users": [7]}'])
def test_a_cache_that_holds_something_else_counts_as_empty(
    inventories: Inventories, simulator: Simulator, text: str
) -> None:
    fill(simulator, {"phone": []})
    inventories.read(**inventories.cached)
    (file,) = inventories.cache_files()
    file.write_text(text, encoding="utf-8")
    again = inventories.read(**inventories.cached)
    assert again.names == ["phone"], again.output
    assert again.sent == LISTINGS
    assert "counts as empty" in again.output or "{" in text
    assert inventories.read(**inventories.cached).sent == []
