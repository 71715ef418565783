# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a seed or a fault so that every mistake is named with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import checks


class DocumentError(ValueError):
    """What is wrong with a document, and where."""


class Node:
    """An object of a document, and where it stands."""

    REQUIRED = object()

    def __init__(self, where: str, value: Any) -> None:
        self.where = where
        self.value: dict[str, Any] = value
        if (should_be := checks.object_(value)) is not None:
            raise self.error(f"must be {should_be}")

    def error(self, problem: str) -> DocumentError:
        """An error at this place, to be raised."""
        return DocumentError(f"{self.where}: {problem}")

    def only(self, *known: str) -> None:
        """Refuse a misspelt field: it would be left out silently."""
        for field in self.value:
            if field not in known:
                raise self.error(f"unknown field {field!r}; known are {', '.join(known)}")

    def get(self, field: str, check: checks.Check, default: Any = REQUIRED) -> Any:
        """A field's value. Null is as good as left out, unless it means something there."""
        value = self.value.get(field)
        if field not in self.value and default is self.REQUIRED:
            raise self.error(f"{field} is missing")
        should_be = check(value)
        if field not in self.value or (
            value is None and should_be and default is not self.REQUIRED
        ):
            return default
        if should_be is not None:
            raise self.error(f"{field} must be {should_be}")
        return value

    def items(self, field: str) -> Iterator[Node]:
        """The objects of a list; no list is an empty one."""
        for index, item in enumerate(self.get(field, checks.list_, [])):
            yield Node(f"{self.where}.{field}[{index}]", item)
