# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all playbooks have in common: they run once, on this machine, and never do nothing in silence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SURVEYED = {"wg_move_from", "wg_move_to", "wg_move_users", "wg_offboard_users"}
"""What awx_setup writes for another playbook."""
PLAYBOOKS = sorted(ROOT.glob("playbooks/*.yml"))
HEAD = {
    "hosts": "localhost:all",
    "run_once": True,
    "strategy": "ansible.builtin.linear",
    "tags": ["always"],
    "gather_facts": False,
}
# A key in a variable is for this machine, whatever an inventory says of the way to others.
HERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "ansible_become": False,
}


VARIABLE = re.compile(r"\bwg_[a-z]+_[a-z]+(?:_[a-z]+)*\b")


class Loader(yaml.SafeLoader):
    """Reads Ansible's own tags as what they hold."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def play_of(path: Path) -> dict[str, Any]:
    (play,) = yaml.load(path.read_text(encoding="utf-8"), Loader)
    found: dict[str, Any] = play
    return found


@pytest.mark.parametrize("path", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_a_playbook_runs_once_and_on_this_machine(path: Path) -> None:
    play = play_of(path)
    assert {name: play.get(name) for name in HEAD} == HEAD
    assert {name: play["vars"].get(name) for name in HERE} == HERE
    first = (play.get("pre_tasks") or play["tasks"])[0]
    assert "localhost" in str(first) + str(play["vars"])
    assert "ansible.builtin.assert" in first


@pytest.mark.parametrize("path", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_the_variables_of_a_playbook_are_in_its_first_comment(path: Path) -> None:
    head, _separator, body = path.read_text(encoding="utf-8").partition("\n- name:")
    # What needs a variable says so; what then takes it is a task's option, or a role's.
    tasks = body.partition("\n  tasks:")[2] or _text("roles/wg_servers/tasks/main.yml")
    modules = {name.stem for name in ROOT.glob("plugins/modules/*.py")}
    documented = set(re.findall(r"(?m)^#   (wg_\w+)", head))
    named = set(VARIABLE.findall(head)) | {"wg_servers"}
    assert set(VARIABLE.findall(body)) - modules - SURVEYED <= named
    assert documented <= set(VARIABLE.findall(tasks))


def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_role_runs_here_whatever_host_it_is_for() -> None:
    text = (ROOT / "roles/wg_servers/tasks/main.yml").read_text(encoding="utf-8")
    (block,) = yaml.safe_load(text)
    assert {name: block["vars"].get(name) for name in HERE} == HERE
    assert (block["delegate_to"], block["run_once"], block["become"]) == ("localhost", True, False)
