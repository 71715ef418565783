# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pagination. None is published; a client follows a ``next`` link, within the same origin only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .refusal import Refusal
from .shapes import Shapes


class Page(NamedTuple):
    """A part of a list, and the number of the page that comes after it."""

    items: list[Any]
    next: int | None


def cut(items: list[Any], shapes: Shapes, query: Mapping[str, str]) -> Page:
    """The page that the query asks for (``?page=2``), or all where there are no pages."""
    size = shapes.page_size
    if not size:
        return Page(items, None)
    text = query.get("page", "1")
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) < 1:
        raise Refusal(422, "invalid_page", "page must be a whole number from 1.")
    page, last = int(text), max(1, -(-len(items) // size))
    following = page + 1 if page < last else None
    if shapes.next_url == "circle" and following is None:
        following = 1
    return Page(items[(page - 1) * size : page * size], following)


def link(path: str, page: int, shapes: Shapes, scheme: str, host: str) -> str:
    """The address of a page. ``path`` is what was asked for, ``host`` where it was asked."""
    relative = f"{path}?page={page}"
    if shapes.next_url == "relative":
        return relative
    if shapes.next_url == "other_origin":
        name, colon, port = host.rpartition(":")
        host = f"{'127.0.0.1' if name == 'localhost' else 'localhost'}{colon}{port}"
    return f"{scheme}://{host}{relative}"


def attach(body: dict[str, Any], url: str | None, shapes: Shapes) -> dict[str, Any]:
    """The body with its ``next`` link: at the top level, or under ``links`` or ``meta``."""
    following = {"next": url}
    return {**body, **(following if shapes.next == "top" else {shapes.next: following})}
