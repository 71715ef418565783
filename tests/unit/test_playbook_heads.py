# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comment at the head of a playbook lists its variables, and the site makes a table of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from scripts.docsite_pages import comment, playbook_table, variables

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
# Not the names of modules and roles, nor what a play keeps for itself or hands on: the name in a dictionary.
VARIABLE = re.compile(r"(?<![\w.])(?:wg_(?!_)|awx_setup_)\w+\b(?!':)")


def used(path: Path) -> set[str]:
    """The variables that the plays take, and those of the roles that they run."""
    text = path.read_text(encoding="utf-8").split("\n\n", 2)[2]
    templates = " ".join(re.findall(r"\{\{.*?\}\}", text, re.DOTALL))
    found = set(VARIABLE.findall(templates))
    for play in yaml.safe_load(text):
        for role in play.get("roles", []):
            name = role.rpartition(".")[2]
            specs = yaml.safe_load(
                (ROOT / "roles" / name / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
            )
            found |= set(specs["argument_specs"]["main"]["options"])
    return found


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_the_head_lists_all_variables(path: Path) -> None:
    listed = variables(path.read_text(encoding="utf-8"))
    assert {name for name, _text in listed} == used(path)
    assert all(text for _name, text in listed)


def test_a_head_becomes_paragraphs_a_table_and_commands() -> None:
    text = """---
# Licence

# Write it. The rulebook premiervpn.wireguard.too_much starts it (wg_a_path, MY_KEY).
#
# Variables:
#   wg_a_path  required: the file,
#              and more (./wg-a.yml)
#   wg_b       its users
#
#   ansible-playbook premiervpn.wireguard.a -e wg_a_path=x

- name: A play
"""
    assert variables(text) == [
        ("wg_a_path", "required: the file, and more (./wg-a.yml)"),
        ("wg_b", "its users"),
    ]
    page = comment(text)
    assert (
        "The rulebook ``premiervpn.wireguard.too_much`` starts it (``wg_a_path``, ``MY_KEY``)."
        in page
    )
    assert "   * - ``wg_b``\n     - its users\n" in page
    assert "    $ ansible-playbook premiervpn.wireguard.a -e wg_a_path=x\n" in page


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_no_backtick_is_left_in_a_word(path: Path) -> None:
    """A name with dots is one piece of code."""
    plain = re.sub(r"``[^`]+``", "", comment(path.read_text(encoding="utf-8")))
    assert "`" not in plain
    assert not re.search(r"\w``\w", comment(path.read_text(encoding="utf-8")))


def test_each_playbook_has_a_line_on_the_landing_page() -> None:
    table = playbook_table(ROOT / "playbooks")
    assert re.findall(r"^   \* - ``(\w+)``$", table, re.MULTILINE) == [x.stem for x in PLAYBOOKS]
