# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's landing page, and a page for each kind of plugin, out of the index that antsibull-docs makes.

That index is one flat list of everything, and so is the sidebar that the theme makes of it.
"""

from __future__ import annotations

import pathlib
import re
import sys

from scripts.docsite_pages import list_table, playbook_table, title

NAME = "premiervpn.wireguard"
ENTRY = re.compile(
    rf"^\* :ansplugin:`(\w+) (\w+) <{re.escape(NAME)}\.\w+#\w+>` -- (.+)$", re.MULTILINE
)
LABEL = re.compile(rf"^\.\. _(\w+)_plugins_in_{re.escape(NAME)}:$", re.MULTILINE)

# The pages, with the kinds that are on each, and what a kind is called.
PAGES = {
    "modules": ("Modules", {"module": ""}),
    "roles": ("Roles", {"role": ""}),
    "plugins": (
        "Inventory, lookup and filters",
        {"inventory": "Inventory", "lookup": "Lookup", "filter": "Filters"},
    ),
}
HEADING = re.compile(rf"^{re.escape(NAME)}\.(\w+) (\w+) -- (.+)\n\++$", re.MULTILINE)


def landing(template: pathlib.Path, pages: pathlib.Path, playbooks: pathlib.Path) -> None:
    """Write index.rst, and a page for each kind of plugin that it leads to."""
    index = (pages / "index.rst").read_text()
    entries = ENTRY.findall(index)
    labels = set(LABEL.findall(index))
    known = {kind for _title, kinds in PAGES.values() for kind in kinds}
    if {kind for _name, kind, _text in entries} - known:
        sys.exit("the site has a page for none of these kinds of plugins")
    for name, (heading, kinds) in PAGES.items():
        text = f".. _plugin_index_for_{NAME}:\n\n" if name == "modules" else ""
        text += title(heading, "=")
        for kind, called in kinds.items():
            found = [(x, line) for x, its, line in entries if its == kind]
            text += f".. _{kind}_plugins_in_{NAME}:\n\n" if kind in labels else ""
            text += title(called, "-") if called else ""
            text += _kind(kind, found)
        (pages / f"{name}.rst").write_text(text)
    page = template.read_text()
    (pages / "index.rst").write_text(page.replace(".. PLAYBOOKS\n", playbook_table(playbooks)))


def _kind(kind: str, found: list[tuple[str, str]]) -> str:
    rows = [(f":ansplugin:`{x} <{NAME}.{x}#{kind}>`", line) for x, line in found]
    tree = "".join(f"   {x} <{x}_{kind}>\n" for x, _line in found)
    return list_table(("Name", ""), rows, "35 65") + f".. toctree::\n   :hidden:\n\n{tree}\n"


def short_titles(pages: pathlib.Path) -> None:
    """A plugin's page is headed by its own name: the full one breaks in a word on a phone."""
    for path in pages.glob("*.rst"):
        text = path.read_text()
        path.write_text(HEADING.sub(_heading, text))


def _heading(found: re.Match[str]) -> str:
    line = f"{found[1]} {found[2]}: {found[3]}"
    return f"{line}\n{'+' * len(line)}"
