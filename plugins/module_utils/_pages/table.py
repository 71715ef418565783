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

FROM_DEVICE, TO_DEVICE = "From the device", "To the device"

# The roles are said again because a narrow screen lays the rows out as blocks, and some browsers
# then forget that they are those of a table.


def table(label: str, heads: Sequence[Html], rows: Sequence[Html], kind: str = "") -> Html:
    """A table that can be sorted, with its name for screen readers."""
    top = tag("thead", tag("tr", heads, role="row"), role="rowgroup")
    body = tag("tbody", rows, role="rowgroup")
    return tag(
        "table", top, body, class_=f"sortable {kind}".strip(), role="table", aria_label=label
    )


def head(label: str, *, down: bool = False) -> Html:
    """The head of a column. ``down``: a first click sorts the largest to the top."""
    way = "descending" if down else None
    return tag("th", label, scope="col", role="columnheader", data_first=way)


def row(*cells: Html | None, **attributes: Any) -> Html:
    """A row."""
    return tag("tr", cells, role="row", **attributes)


def first(shown: Any, sort: Any) -> Html:
    """The cell that names its row. ``sort`` is what the column is sorted by."""
    return tag("th", shown, scope="row", role="rowheader", data_sort=sort)


def cell(label: str, shown: Any, *, sort: Any = None, kind: str | None = None) -> Html:
    """A cell. ``label`` is its column's head, which a narrow screen shows beside it."""
    return tag("td", shown, role="cell", data_label=label, data_sort=sort, class_=kind)


def traffic_heads() -> list[Html]:
    """The heads of the two columns of ``traffic``."""
    return [head(FROM_DEVICE, down=True), head(TO_DEVICE, down=True)]


def traffic(from_device: int | None, to_device: int | None, most: int) -> list[Html]:
    """Two cells of bytes, each with a bar; ``most`` is the longest bar. None: not known."""
    return [
        _amount(FROM_DEVICE, from_device, most, "from"),
        _amount(TO_DEVICE, to_device, most, "to"),
    ]


def _amount(label: str, count: int | None, most: int, way: str) -> Html:
    """A number of bytes, with a bar beside it."""
    amount = tag("rect", width=figures.bar_length(count, most), height=4)
    box = {"viewbox": "0 0 100 4", "preserveaspectratio": "none"}
    return cell(
        label,
        [
            tag("span", figures.size(count), title=figures.exact(count)),
            tag("svg", amount, class_="bar", aria_hidden="true", **box),
        ],
        sort="" if count is None else count,
        kind=f"number {way}",
    )
