# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The architecture: each room of module_utils imports only from those above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MODULE_UTILS = Path(__file__).parents[2] / "plugins" / "module_utils"
PACKAGE = "ansible_collections.premiervpn.wireguard.plugins.module_utils."

# From the top of the house down; README.md says what each holds.
FLOORS = (
    ("_text", "_errors", "_model", "_wg_conf", "_parse", "_connection"),
    ("_budget_queue", "_budget_record", "_budget_file", "_budget", "_purse", "_waits"),
    ("_reasons", "_answer", "_transport", "_portal"),
    ("_declaration", "_observed", "_plan", "_reading"),
    ("_write", "_apply", "_losses", "_reconcile"),
    ("_options", "_conf_file", "_cancel", "_module"),
)
ORDER = [room for floor in FLOORS for room in floor]

# The Ansible room: the only one that may know AnsibleModule, fail or print.
ANSIBLE = {"_options", "_conf_file", "_module"}

# What may be known of Ansible above it.
NEUTRAL = {"ansible.module_utils.parsing.convert_bool"}


def imports(room: str) -> set[str]:
    """The full names of the modules that a room imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((MODULE_UTILS / f"{room}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            ours = node.module + "." == PACKAGE
            found |= {f"{node.module}.{x.name}" for x in node.names} if ours else {node.module}
    return found


def test_every_room_has_its_place() -> None:
    rooms = {path.stem for path in MODULE_UTILS.glob("*.py")} - {"__init__"}
    assert rooms == set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_only_from_those_above_it(room: str) -> None:
    below = set(ORDER[ORDER.index(room) :])
    ours = {name.removeprefix(PACKAGE) for name in imports(room) if name.startswith(PACKAGE)}
    assert not ours & below


@pytest.mark.parametrize("room", ORDER)
def test_only_the_ansible_room_knows_ansible(room: str) -> None:
    known = {name for name in imports(room) if name.split(".")[0] == "ansible"} - NEUTRAL
    assert room in ANSIBLE or not known


@pytest.mark.parametrize("room", ["_model", "_wg_conf", "_parse", "_declaration", "_observed", "_plan"])
def test_a_pure_room_does_no_io(room: str) -> None:
    forbidden = {"os", "socket", "ssl", "subprocess", "requests", "time", "random", "threading"}
    assert not {name.split(".")[0] for name in imports(room)} & forbidden


@pytest.mark.parametrize("room", ORDER)
def test_a_room_says_that_it_is_private(room: str) -> None:
    docstring = ast.get_docstring(
        ast.parse((MODULE_UTILS / f"{room}.py").read_text(encoding="utf-8"))
    )
    assert docstring
    assert docstring.startswith("Private: nobody outside this collection")
