# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation site, offline; a warning is an error.

    docsite.py COLLECTION FOLDER

COLLECTION is a tree's folder ansible_collections/premiervpn/wireguard that ANSIBLE_COLLECTIONS_PATH reaches.
The site is FOLDER/html.
"""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys
import zlib

from scripts.docsite_index import landing, short_titles
from scripts.docsite_pages import event_source, playbooks

NAME = "premiervpn.wireguard"
BLOB = "https://github.com/premiervpn/ansible-collection-wireguard/blob/main"
# The pages of docs/ that are part of the site as they are.
PAGES = ("portal-api", "fault-matrix", "bad-input")
# A link out of docs/ to another place of the repository, or from one page of docs/ to one that is not on the site.
RELATIVE = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def run(*command: str | pathlib.Path) -> None:
    subprocess.run([str(part) for part in command], check=True)


def inventory(source: pathlib.Path, target: pathlib.Path) -> None:
    """Write Sphinx's form of an inventory out of lines ``domain:role name url title``."""
    lines = [line for line in source.read_text().splitlines() if line and line[0] != "#"]
    rows = []
    for line in lines:
        kind, name, url, title = line.split(" ", 3)
        rows.append(f"{name} {kind} -1 {url} {title}\n")
    head = f"# Sphinx inventory version 2\n# Project: {source.stem}\n# Version: \n"
    head += "# The remainder of this file is compressed using zlib.\n"
    target.write_bytes(head.encode() + zlib.compress("".join(rows).encode()))


def page(source: pathlib.Path, folder: pathlib.Path) -> None:
    """Put a page of docs/ in place of its stub, its relative links made full.

    The stub has the label, which antsibull-docs wants to see, as it wants no include of what is elsewhere.
    """
    source = source.resolve()  # a tree may be made of links

    def full(found: re.Match[str]) -> str:
        path = (source.parent / found[1]).resolve()
        return f"]({BLOB}/{path.relative_to(source.parents[1]).as_posix()}{found[2] or ''})"

    (folder / source.name).write_text(RELATIVE.sub(full, source.read_text()))
    include = f".. include:: {source.name}\n   :parser: myst_parser.sphinx_\n"
    fill(folder / f"reference_{source.stem.replace('-', '_')}.rst", include)


def fill(stub: pathlib.Path, text: str) -> None:
    """Put a page's text in place of its stub, whose label stays."""
    label = re.search(r"^\.\. _\S+:$", stub.read_text(), re.MULTILINE)
    if label is None:
        sys.exit(f"{stub} has no label")
    stub.write_text(f"{label[0]}\n\n{text}")


def without_contents(pages: pathlib.Path) -> None:
    """The theme has a table of contents beside each page, and complains about a second one."""
    for path in pages.rglob("*.rst"):
        text = path.read_text()
        path.write_text(re.sub(r"^\.\. contents::.*\n(?: +:.*\n)*", "", text, flags=re.MULTILINE))


def settings(ours: pathlib.Path, site: pathlib.Path) -> None:
    """Sphinx's settings: those of antsibull-docs, and after them ours."""
    made = (site / "conf.py").read_text()
    (site / "conf.py").write_text(f"{made}\n\n{(ours / 'conf.py').read_text()}")
    inventory(ours / "ansible_devel.txt", site / "ansible_devel.inv")
    shutil.copytree(ours / "static", site / "static")


def accessible(page: str) -> str:
    """A page that the keyboard reaches all of: what scrolls takes the focus, and what is twice has a name."""
    page = page.replace(' aria-role="button"', "").replace("<pre>", '<pre tabindex="0">')
    page = page.replace(
        'class="caption" role="heading"', 'class="caption" role="heading" aria-level="2"'
    )
    page = re.sub(r'(<div class="table-wrapper[^"]*")', r'\1 tabindex="0"', page)
    page = page.replace(
        '<aside class="sidebar-drawer"', '<aside class="sidebar-drawer" aria-label="Site"'
    )
    return page.replace(
        '<aside class="toc-drawer', '<aside aria-label="This page" class="toc-drawer'
    )


def main() -> None:
    collection, site = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    ours = collection / "docs" / "docsite"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(mode=0o700, parents=True)  # antsibull-docs wants a folder that is its own
    use = ("--use-current", "--squash-hierarchy", "--fail-on-error")
    run("antsibull-docs", "sphinx-init", *use, "--sphinx-theme", "furo", "--dest-dir", site, NAME)
    settings(ours, site)
    pages = site / "rst"
    pages.chmod(0o700)
    config = ("--config-file", site / "antsibull-docs.cfg")
    run("antsibull-docs", *config, "collection", *use, "--dest-dir", pages, NAME)
    for name in PAGES:
        page(collection / "docs" / f"{name}.md", pages / "docsite")
    guides = pages / "docsite"
    fill(guides / "reference_playbooks.rst", playbooks(collection / "playbooks"))
    source = collection / "extensions" / "eda" / "plugins" / "event_source" / "wg_status.py"
    fill(guides / "reference_event_source.rst", event_source(source))
    # antsibull-docs takes the pages alone.
    shutil.copytree(ours / "images", pages / "docsite" / "images")
    without_contents(pages)
    landing(ours / "index.rst", pages, collection / "playbooks")
    short_titles(pages)
    run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "-c", site, pages, site / "html")
    for path in (site / "html").rglob("*.html"):
        path.write_text(accessible(path.read_text()))
    print(f"{len(list((site / 'html').rglob('*.html')))} pages: {site / 'html' / 'index.html'}")


if __name__ == "__main__":
    main()
