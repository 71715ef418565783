# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints E10 to E15, whose bodies nobody published: a user's bandwidth, a server's DNS.

Whatever object is put is given back, in every form that a portal might choose.
"""

from __future__ import annotations

from typing import Any

from .refusal import Refusal
from .shapes import Shapes
from .state import Server, User

BANDWIDTH, DNS = "bandwidth", "dns"

# What a portal may name its fields that are not set, before anybody has set one.
_SOME_FIELDS = ("first", "second")


def check(portal_shapes: Shapes) -> None:
    """404 where this portal is one that does not know them yet."""
    if portal_shapes.newer == "absent":
        raise Refusal(404, "not_found", "Not Found.")


def shown(owner: User | Server, name: str, shapes: Shapes) -> Any:
    """What a GET answers; 404 where nothing is set and the portal says it so."""
    value = owner.unpublished.get(name)
    if value is None and shapes.unset == "404":
        raise Refusal(404, "not_set", f"No {name} is set.")
    if value is None:
        unset = {"null": None, "empty": {}, "nulls": dict.fromkeys(_fields(owner, name))}
        value = unset[shapes.unset]
    return _wrapped(name, _spelt(value, shapes), shapes)


def put(owner: User | Server, name: str, body: Any) -> None:
    """Take an object, in the place of the one that was there."""
    if not isinstance(body, dict) or not body:
        raise Refusal(422, "invalid_body", "The body must be a JSON object with fields.")
    owner.unpublished[name] = body
    owner.unpublished[f"{name} fields"] = list(body)


def delete(owner: User | Server, name: str) -> None:
    """Forget it; deleting what is not set is no error."""
    owner.unpublished[name] = None


def _fields(owner: User | Server, name: str) -> list[str]:
    return owner.unpublished.get(f"{name} fields") or list(_SOME_FIELDS)


def _spelt(value: Any, shapes: Shapes) -> Any:
    """Numbers as text, where ids are."""
    if isinstance(value, dict):
        return {key: _spelt(inner, shapes) for key, inner in value.items()}
    if isinstance(value, list):
        return [_spelt(inner, shapes) for inner in value]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number and shapes.numbers == "string" else value


def _wrapped(name: str, value: Any, shapes: Shapes) -> Any:
    return {
        "flat": value,
        "named": {name: value},
        "data": {"data": value},
        "data_named": {"data": {name: value}},
    }[shapes.objects]
