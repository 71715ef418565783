# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the event source says what it takes: nothing of Ansible's compares the two."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.premiervpn.wireguard.plugins.doc_fragments._connection import (
    ModuleDocFragment,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    DEVICES,
    TYPES,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.options import (
    Watch,
    validated_watch,
)

ROOT = Path(__file__).parents[2]
FILE = ROOT / "extensions" / "eda" / "plugins" / "event_source" / "wg_status.py"
SOURCE = runpy.run_path(str(FILE))
OPTIONS: dict[str, Any] = yaml.safe_load(SOURCE["DOCUMENTATION"])["options"]
CONNECTION: dict[str, Any] = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
NAME = "premiervpn.wireguard.wg_status"
EXAMPLES = [example[NAME] or {} for example in yaml.safe_load(SOURCE["EXAMPLES"])]


def test_connection_options_are_those_of_modules() -> None:
    def shape(options: dict[str, Any]) -> dict[str, Any]:
        facts = ("type", "default", "required")
        return {name: {x: options[name].get(x) for x in facts} for name in CONNECTION}

    assert shape(OPTIONS) == shape(CONNECTION)


def test_the_other_options_are_those_of_the_code_with_their_defaults() -> None:
    own = {name for name in OPTIONS if name not in CONNECTION}
    assert own == set(Watch.__dataclass_fields__) - {"settings"}
    watch = validated_watch({"api_key": "wg_a_key"}, {})
    assert OPTIONS["interval"]["default"] == watch.interval
    assert (OPTIONS["settle"]["default"], OPTIONS["catch_up"]["default"]) == (2, False)
    assert tuple(OPTIONS["events"]["choices"]) == (*TYPES, DEVICES)
    assert not any("default" in OPTIONS[name] for name in ("servers", "events", "traffic_over"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_accepted(example: dict[str, Any]) -> None:
    assert validated_watch({"api_key": "wg_a_key", **example}, {})


def rulebooks() -> list[Path]:
    return sorted((ROOT / "extensions" / "eda" / "rulebooks").glob("*.yml"))


@pytest.mark.parametrize("path", rulebooks(), ids=lambda path: path.stem)
def test_rulebooks_start_playbooks_that_are_there_and_use_this_source(path: Path) -> None:
    (rulebook,) = yaml.safe_load(path.read_text(encoding="utf-8"))
    (source,) = rulebook["sources"]
    assert set(source[NAME]) <= set(OPTIONS)
    for rule in rulebook["rules"]:
        playbook = rule["action"]["run_playbook"]["name"].removeprefix("premiervpn.wireguard.")
        assert (ROOT / "playbooks" / f"{playbook}.yml").is_file()
