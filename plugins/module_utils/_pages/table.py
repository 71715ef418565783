# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Tables that can be sorted, and that a narrow screen shows as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import figures
from .html import Html, tag

# The roles are said again because a narrow screen lays the rows out as blocks, and some browsers
# then forget that they are those of a table.


def table(label: str, heads: Sequence[Html], rows: Sequence[Html]) -> Html:
    top = tag("thead", tag("tr", heads, role="row"), role="rowgroup")
    body = tag("tbody", rows, role="rowgroup")
    return tag("table", top, body, class_="sortable", role="table", aria_label=label)


def head(label: str, *, down: bool = False) -> Html:
    way = "descending" if down else None
    return tag("th", label, scope="col", role="columnheader", data_first=way)


def row(*cells: Html | None) -> Html:
    return tag("tr", cells, role="row")


def first(shown: Any, sort: Any) -> Html:
    return tag("th", shown, scope="row", role="rowheader", data_sort=sort)


def cell(label: str, shown: Any, *, sort: Any = None, wide: bool = False) -> Html:
    kind = "wide" if wide else None
    return tag("td", shown, role="cell", data_label=label, data_sort=sort, class_=kind)


def traffic_heads() -> list[Html]:
    return [head("Received", down=True), head("Sent", down=True)]


def traffic(received: int | None, sent: int | None, most: int) -> list[Html]:
    return [_amount("Received", received, most), _amount("Sent", sent, most)]


def _amount(label: str, count: int | None, most: int) -> Html:
    """A number of bytes, with a bar below it that says how much it is of the largest on the page."""
    amount = tag("rect", width=figures.share(count, most), height=4)
    box = {"viewbox": "0 0 100 4", "preserveaspectratio": "none"}
    return tag(
        "td",
        tag("span", figures.size(count), title=figures.exact(count)),
        tag("svg", amount, class_="bar", aria_hidden="true", **box),
        role="cell",
        class_=f"number {label.lower()}",
        data_label=label,
        data_sort="" if count is None else count,
    )
