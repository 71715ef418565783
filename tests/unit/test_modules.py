# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new module needs besides its own file, and is easily forgotten. Its row in the README: test_pages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
RUNTIME = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
GROUP = RUNTIME["action_groups"]["wg"]
ROUTING = RUNTIME["plugin_routing"]["modules"]
# The action of all the others bears this one's name, and ACTIONS have one of their own.
ACTION = "wg_server"
ACTIONS = (ACTION, "wg_servers")
MODULES = {path.stem: path for path in sorted((ROOT / "plugins" / "modules").glob("[!_]*.py"))}
# Those that speak with the portal. The others run on a host, and take none of the group's defaults.
PORTAL = [
    name
    for name, path in MODULES.items()
    if "._module.tunnel import" not in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", PORTAL)
def test_a_module_of_the_portal_is_in_meta_runtime(name: str) -> None:
    assert name in GROUP, f"add {name} to action_groups.wg of meta/runtime.yml"
    if name not in ACTIONS:
        routed = {"action_plugin": f"premiervpn.wireguard.{ACTION}"}
        assert ROUTING.get(name) == routed, f"add {name} to plugin_routing of meta/runtime.yml"


def test_meta_runtime_names_no_other_module() -> None:
    assert GROUP == PORTAL
    assert list(ROUTING) == [name for name in PORTAL if name not in ACTIONS]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_takes_the_options_of_the_portal_if_it_speaks_with_it(name: str) -> None:
    text = MODULES[name].read_text(encoding="utf-8")
    has = "\n  - premiervpn.wireguard._connection\n" in text
    assert has == (name in PORTAL), "add the fragment premiervpn.wireguard._connection"
