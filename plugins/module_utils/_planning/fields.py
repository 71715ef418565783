# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Comparing fields whose names nobody published: those that are given with those that stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .._errors import DeclarationError

# What is longer is an identifier, not a quantity.
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


def validate_fields(given: Mapping[Any, Any] | None, option: str) -> dict[str, Any]:
    """The fields of an option, their names as text; a ``DeclarationError`` where there are none."""
    if not given:
        raise DeclarationError([f"{option} names no field"])
    return {str(name): value for name, value in given.items()}


def stands(given: Any, there: Any) -> bool:
    """Whether all that is given stands there.

    Of an object the given fields count, of a list every item in its order. A number is as good as its
    text (portal-api, row "types"), and a field that is null as one that is missing.
    """
    if isinstance(given, Mapping):
        if not isinstance(there, Mapping):
            return not given and is_unset(there)
        return all(stands(value, there.get(str(name))) for name, value in given.items())
    if isinstance(given, list):
        return (
            isinstance(there, list)
            and len(given) == len(there)
            and all(stands(one, other) for one, other in zip(given, there, strict=True))
        )
    return _same(given, there)


def is_unset(there: Any) -> bool:
    """Whether nothing stands there: nothing at all, or nulls alone, at whatever depth."""
    if isinstance(there, Mapping):
        return all(map(is_unset, there.values()))
    return there is None or there == []


def merged(there: Any, given: Any) -> Any:
    """What will stand there once the given fields are set, as far as that can be known."""
    if not isinstance(given, Mapping):
        return given
    kept = dict(there) if isinstance(there, Mapping) else {}
    return {**kept, **{str(k): merged(kept.get(str(k)), value) for k, value in given.items()}}


def part(there: Any, given: Any) -> Any:
    """Of what stands there, the part that the given fields are about."""
    if not isinstance(given, Mapping) or not isinstance(there, Mapping):
        return there
    return {k: part(there[k], given[k]) for k in given if k in there}


def _same(given: Any, there: Any) -> bool:
    if isinstance(given, bool) or isinstance(there, bool):
        return given is there
    if isinstance(given, str) and isinstance(there, str):
        return given == there
    one, other = _number(given), _number(there)
    return given == there if one is None or other is None else one == other


def _number(value: Any) -> Decimal | None:
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    text = value.strip() if isinstance(value, str) else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
