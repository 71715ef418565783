# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README has what reviewers of collections look for, and no page of the repository leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
BLOB = f"{REPOSITORY}/blob/main/"
RAW = f"{REPOSITORY.replace('github.com', 'raw.githubusercontent.com')}/main/"

# Out of the templates for certified and for community collections, in their order.
SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use cases",
    "Testing",
    "Contributing",
    "Support",
    "Release notes and versions",
    "Related information",
    "License",
]
LINK = re.compile(r"\]\(([^)\s]+)\)|<(https?://[^>]+)>")
PAGES = sorted(
    path
    for folder in (".", "docs", "simulator", ".github")
    for path in (ROOT / folder).glob("*.md")
    if not path.is_symlink()
)


def links(text: str) -> list[str]:
    """Where a page in Markdown leads, and a page in reStructuredText by full URLs."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [one or other for one, other in LINK.findall(text)]


def anchors(text: str) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


def test_the_readme_has_the_sections_of_a_certified_collection() -> None:
    assert re.findall(r"^## (.+)$", README, re.MULTILINE) == SECTIONS
    assert "### Communication" in README


def test_the_first_screen_says_what_it_is_and_shows_it_at_work() -> None:
    """What a reader decides by: for whom, how far it is tested, how to install it, a declaration, its output."""
    first = README[: README.index("\n## ")]
    positions = [
        first.index(text)
        for text in (
            "Declare the users and port forwards",
            "Not tested against the live portal",
            "ansible-galaxy collection install",
            "wg_servers_declared:",
            "premiervpn.wireguard.converge",
            "1 user created",
            "make demo",
        )
    ]
    assert positions == sorted(positions)
    assert "make test" not in first
    assert "$ make test" in README[README.index("## Contributing") :]


def test_the_readme_has_full_urls_only() -> None:
    """Galaxy shows it on a page of its own, where a relative link leads nowhere."""
    found = links(README)
    assert len(found) > 15
    assert [link for link in found if not link.startswith("https://")] == []


@pytest.mark.parametrize(
    "name",
    [
        *(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py")),
        *(path.stem for path in (ROOT / "plugins" / "inventory").glob("[!_]*.py")),
        *(path.stem for path in (ROOT / "plugins" / "lookup").glob("[!_]*.py")),
        *(path.stem for path in (ROOT / "plugins" / "filter").glob("[!_]*.py")),
        *(path.name for path in (ROOT / "roles").glob("*") if path.is_dir()),
        *(path.stem for path in (ROOT / "playbooks").glob("*.yml")),
    ],
)
def test_the_readme_names_all_that_there_is(name: str) -> None:
    assert f"`{name}`" in README, f"add a row for {name} to README.md"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_link_of_a_page_leads_nowhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in links(text):
        target, _hash, anchor = link.partition("#")
        if target.startswith((BLOB, RAW)):
            there = ROOT / target.removeprefix(BLOB).removeprefix(RAW)
        elif target.startswith(("https:", "http:", "mailto:")):
            continue
        else:
            there = path.parent / target if target else path
        assert there.exists(), link
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text(encoding="utf-8")), link


def test_the_guides_lead_to_what_is_there() -> None:
    guides = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst")
    )
    found = re.findall(rf"{re.escape(BLOB)}([^>\s]+)", guides)
    assert found
    assert [name for name in found if not (ROOT / name).exists()] == []


def test_the_messages_of_the_guide_are_those_that_the_code_says() -> None:
    """In the table of troubleshooting by message; ansible-core says what is missing of Python itself."""
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_troubleshooting.rst").read_text(
        encoding="utf-8"
    )
    table = guide[guide.index("By message\n") : guide.index("It is slow\n")]
    rows = re.findall(r"^   \* - (``.+)$", table, re.MULTILINE)
    ansible_core = {"Failed to import", 'requires the python "distlib" library'}
    said = {text for row in rows for text in re.findall(r"``(.+?)``", row)} - ansible_core
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py"))
    assert len(said) > 9
    assert sorted(text for text in said if text not in code) == []


def test_the_guide_shows_the_credential_type_that_is_used() -> None:
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")
    file = (ROOT / "extensions" / "awx" / "credential_type.yml").read_text(encoding="utf-8")
    shown = re.sub(r"^    ", "", guide, flags=re.MULTILINE)
    assert file[file.index("inputs:") :] in shown


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("modules", "inventory", "lookup", "filter")
        for path in sorted((ROOT / "plugins" / folder).glob("[!_]*.py"))
    ],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_each_plugin_says_which_python_it_needs(path: Path) -> None:
    """In its own requirements, or in those of a fragment that it extends."""
    text = path.read_text(encoding="utf-8")
    fragments = re.findall(r"^  - premiervpn\.wireguard\.(\w+)", text, re.MULTILINE)
    folder = ROOT / "plugins" / "doc_fragments"
    texts = [text, *((folder / f"{name}.py").read_text(encoding="utf-8") for name in fragments)]
    # What runs on a host that has the tunnel is content with less.
    python = r"Python 3\.(10 or newer|8 or newer, on the host that has the tunnel)"
    wanted = re.compile(rf"^requirements:\n(  - .*\n)*  - {python}$", re.MULTILINE)
    assert any(wanted.search(one) for one in texts)
