# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at the built site in a real browser: it fits a desktop and a phone, axe finds nothing, its search finds a 429.

    docsite_check.py HTML

Without a Chromium or axe-core it says what is missing, and that nothing was looked at.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

from tests.support import axe, browser
from tests.support.browser import Browser

DESKTOP, PHONE = 1280, 390

# The theme's own pages and parts: they are not ours to change.
THEIRS = {"search.html": {"page-has-heading-one"}}

# What is wider than its frame, and headings in which a word is broken over two lines.
WIDE = """
[...document.querySelectorAll("article .table-wrapper, article table, .sidebar-tree, body")]
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`)
"""
BROKEN = r"""
(() => {
  const broken = [];
  for (const heading of document.querySelectorAll("h1, h2, h3, .sidebar-tree a")) {
    const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      for (const word of node.data.matchAll(/[^\s\-\/]+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const tops = new Set([...range.getClientRects()].filter(box => box.width).map(box => Math.round(box.top)));
        if (tops.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
})()
"""
FOUND = """
new Promise(done => {
  const look = () => {
    const found = document.querySelectorAll("#search-results ul.search li a").length;
    found ? done(found) : setTimeout(look, 20);
  };
  look();
  setTimeout(() => done(0), 10000);
})
"""


def problems(page: Browser, axe_core: str, path: pathlib.Path, width: int) -> Iterator[str]:
    page.open(path, width=width)
    for wide in page.evaluate(WIDE):
        yield f"is too wide: {wide}"
    for word in page.evaluate(BROKEN):
        yield f"breaks in a word of a heading: {word}"
    for rule, count, where, source in axe.violations(page, axe_core):
        if rule not in THEIRS.get(path.name, ()):
            yield f"axe: {rule}, {count} times, first at {where}: {source}"


def searched(page: Browser, html: pathlib.Path, words: str) -> int:
    """How many pages the site's search finds."""
    page.open(html / "search.html", query=f"q={words}")
    found: int = page.evaluate(FOUND)
    return found


def main() -> int:
    html = pathlib.Path(sys.argv[1]).resolve()
    program, axe_core = browser.find(), axe.find()
    if program is None or axe_core is None:
        print(f"not looked at: {axe.LACKING if program else 'no Chromium (Debian: chromium)'}")
        return 0
    pages = sorted(html.glob("*.html")) + sorted((html / "docsite").glob("*.html"))
    failed = 0
    with Browser(program) as page:
        for path in pages:
            for width in (DESKTOP, PHONE):
                for problem in problems(page, axe_core, path, width):
                    print(f"{path.relative_to(html)} at {width} px {problem}")
                    failed += 1
        for words in ("429", "port_in_use", "rate limit"):
            if not searched(page, html, words):
                print(f"the search finds nothing for {words}")
                failed += 1
    print(f"looked at {len(pages)} pages at {DESKTOP} and {PHONE} px: {failed} problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
