# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles and playbooks repeat of the modules is what the modules have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.settings import OPTIONS
from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.declared import DECLARED

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "roles" / "wg_servers" / "meta" / "argument_specs.yml"
USES = ("roles/wg_servers/tasks/main.yml", "playbooks/drift.yml")
WITH_DEFAULTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("roles/wg_servers/tasks/*.yml")]
    if "group/premiervpn.wireguard.wg" in path.read_text(encoding="utf-8")
)


def as_modules_have_it(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a role without their documentation, aliases as the modules name them."""
    found: dict[str, Any] = {}
    for name, option in options.items():
        spec = {key: value for key, value in option.items() if key != "description"}
        if "options" in spec:
            # The form of a role has no aliases; two options of which one has to be there are the same.
            if spec.pop("required_one_of", None):
                assert spec.pop("mutually_exclusive") == [["name", "client_name"]]
                assert spec["options"].pop("client_name")["type"] == "raw"
                spec["options"]["name"] |= {"required": True, "aliases": ["client_name"]}
            spec["options"] = as_modules_have_it(spec["options"])
        found[name] = spec
    return found


def without_no_log(options: dict[str, Any]) -> dict[str, Any]:
    """A module says of what is called a key that it is no secret; a role prints no values anyway."""
    found: dict[str, Any] = {}
    for name, option in options.items():
        spec = {key: value for key, value in option.items() if key != "no_log"}
        nested = {"options": without_no_log(spec["options"])} if "options" in spec else {}
        found[name] = {**spec, **nested}
    return found


def test_the_role_takes_every_option_of_the_module_and_no_other() -> None:
    spec = yaml.safe_load(SPECS.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert as_modules_have_it(spec["wg_servers_declared"]["options"]) == without_no_log(DECLARED)
    assert set(spec) == {"wg_servers_declared", "wg_servers_only"}


@pytest.mark.parametrize("path", USES)
def test_every_option_reaches_the_module(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    given = set(re.findall(r"^ +(\w+): \"{{ \w*item\.options\.\1[ }]", text, re.MULTILINE))
    # What drift would do with the configurations, it must not know.
    assert given == set(DECLARED) - ({"return_configs"} if "drift" in path else set())


@pytest.mark.parametrize("path", WITH_DEFAULTS)
def test_every_connection_option_comes_from_its_variable(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    given = re.findall(r"^ +(\w+): \"{{ premiervpn_(\w+) \| default\(omit", text, re.MULTILINE)
    assert given == [(name, name) for name in OPTIONS]
    assert "ansible_connection: local" in text
    assert 'ansible_python_interpreter: "{{ ansible_playbook_python }}"' in text
    assert "ansible_become: false" in text
