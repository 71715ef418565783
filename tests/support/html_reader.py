# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A page read again, by a parser that has nothing to do with what wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "img", "input", "link", "meta"}


@dataclass
class Element:
    """An element with what is in it."""

    name: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Element]:
        """The elements below this one, of these names (any, if none is given), in their order."""
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)

    def one(self, name: str) -> Element:
        (found,) = self.all(name)
        return found

    @property
    def text(self) -> str:
        """All text, also what is not shown."""
        return "".join(x if isinstance(x, str) else x.text for x in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(page: str) -> Element:
    """The page's tree. Fails where an element is not closed, or closed by another's end."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1, f"{reader.open[-1].name} is not closed"
    return reader.open[0]


def rows(table: Element) -> list[dict[str, str]]:
    """The rows of a table, each text under its column's head. Spaces that do not break are spaces.

    Each entry of a list in a cell is a line of its own.
    """
    heads = [head.text for head in table.one("thead").all("th")]
    found = []
    for row in table.one("tbody").all("tr"):
        cells = [_lines(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in row.all("th", "td")]
        found.append(dict(zip(heads, cells, strict=True)))
    return found


def _lines(cell: Element) -> str:
    entries = [entry.text for entry in cell.all("li")]
    return "\n".join([cell.text.removesuffix("".join(entries)), *entries])


def tables(page: Element) -> dict[str, list[dict[str, str]]]:
    """Every table of the page by its label."""
    return {str(table.attributes["aria-label"]): rows(table) for table in page.all("table")}
