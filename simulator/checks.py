# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small checks for the documents that come from outside: seeds and faults.

Each says what a value should have been ("a list"), or None where it is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], "str | None"]


def anything(value: Any) -> str | None:
    """Whatever comes."""
    return None


def text(value: Any) -> str | None:
    """Text, also an empty one."""
    return None if isinstance(value, str) else "text"


def filled(value: Any) -> str | None:
    """Text that is not empty."""
    return None if isinstance(value, str) and value else "text, and not empty"


def texts(value: Any) -> str | None:
    """A list of texts, none of them empty."""
    correct = isinstance(value, list) and all(filled(item) is None for item in value)
    return None if correct else "a list of texts"


def whole(value: Any, least: int = 0, most: int = 10**18) -> str | None:
    """A whole number; JSON's true and false are none, though Python thinks so."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return None
    return f"a whole number from {least}" + (f" to {most}" if most < 10**18 else "")


def number(value: Any) -> str | None:
    """A number, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "a number, 0 or more"
    return None if math.isfinite(value) and value >= 0 else "a number, 0 or more"


def list_(value: Any) -> str | None:
    """A list."""
    return None if isinstance(value, list) else "a list"


def object_(value: Any) -> str | None:
    """An object."""
    return None if isinstance(value, dict) else "an object (key: value)"


def one_of(*values: str) -> Check:
    """One of these words."""
    return lambda value: None if value in values else f"one of {', '.join(values)}"


def from_to(least: int, most: int = 10**18) -> Check:
    """A whole number within these bounds."""
    return lambda value: whole(value, least, most)


def optional(check: Check) -> Check:
    """That, or null."""

    def checked(value: Any) -> str | None:
        should_be = None if value is None else check(value)
        return should_be and f"{should_be}, or null"

    return checked
