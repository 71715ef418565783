# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every answer shape that is not published: its name, its values, and the wrapping itself.

One field of :class:`Shapes` for each row of "Unpublished, and what to do about it" that can be told
from outside. A client has to live with every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

#: What each shape can be; the first is the default. ``page_size`` takes any number, 0 for no pages.
VALUES: dict[str, tuple[str, ...]] = {
    "lists": ("named", "bare", "data", "data_named"),
    "status_name": ("devices", "status", "users"),
    "objects": ("named", "flat", "data", "data_named"),
    "secrets": ("beside", "inside"),
    "create": ("full", "config_only"),
    "numbers": ("int", "string"),
    "comment": ("null", "empty"),
    "unknown_id": ("404", "403"),
    "delete": ("200_object", "200_empty", "200_text", "204"),
    "put": ("200_object", "200_empty", "200_text", "204"),
    "unset": ("null", "nulls", "empty", "404"),
    "newer": ("there", "absent"),
    "retry_after": ("seconds", "date", "missing"),
    "next": ("top", "links", "meta"),
    "next_url": ("absolute", "relative", "other_origin", "circle"),
}

#: Several shapes at once.
PRESETS: dict[str, dict[str, str]] = {
    "default": {name: values[0] for name, values in VALUES.items()} | {"page_size": "0"},
    "enveloped": {"lists": "data_named", "objects": "data_named", "secrets": "inside"},
    "bare": {"lists": "bare", "objects": "flat", "secrets": "beside", "delete": "204"},
}


@dataclass(frozen=True)
class Shapes:
    """The shapes in force.

    * ``lists``: ``[...]``, ``{NAME: [...]}``, ``{"data": [...]}`` or ``{"data": {NAME: [...]}}``
    * ``status_name``: NAME in the list of E4
    * ``objects``: the same four for one object (``flat`` is bare)
    * ``secrets``: ``config`` and ``keys`` inside the user or beside it
    * ``create``: E3 answers with the user, or with ``config`` and ``keys`` alone
    * ``numbers``: whether ids and ports are JSON numbers or strings
    * ``comment``: how no comment looks
    * ``unknown_id``: the status where there is no such id
    * ``delete``: the answer of E6, E9, E12 and E15
    * ``put``: the answer of E11 and E14
    * ``unset``: what E10 and E13 answer where nothing is set: null, an object of nulls, an empty
      object, or 404
    * ``newer``: whether the portal knows E10 to E15
    * ``retry_after``: the header that goes with 429
    * ``page_size``: how many a list holds before it goes on in the next page; 0: no pages
    * ``next``, ``next_url``: where the link to the next page stands, and how it looks; the hostile
      ones are ``other_origin`` (the same simulator under another name of this machine, so that the
      journal shows a client that went there) and ``circle`` (the last page leads to the first)
    """

    lists: str = "named"
    status_name: str = "devices"
    objects: str = "named"
    secrets: str = "beside"
    create: str = "full"
    numbers: str = "int"
    comment: str = "null"
    unknown_id: str = "404"
    delete: str = "200_object"
    put: str = "200_object"
    unset: str = "null"
    newer: str = "there"
    retry_after: str = "seconds"
    page_size: int = 0
    next: str = "top"
    next_url: str = "absolute"

    def changed(self, values: Mapping[str, Any]) -> Shapes:
        """These shapes with some replaced; ``preset`` stands for several, and goes first.

        ValueError says what is wrong with a value.
        """
        wanted: dict[str, Any] = {}
        if (preset := values.get("preset")) is not None:
            if preset not in PRESETS:
                raise ValueError(f"no such preset: {preset}; there are {', '.join(PRESETS)}")
            wanted.update(PRESETS[preset])
        wanted.update({name: value for name, value in values.items() if name != "preset"})
        checked: dict[str, Any] = {name: _check(name, value) for name, value in wanted.items()}
        shapes = replace(self, **checked)
        if shapes.page_size and shapes.lists == "bare":
            raise ValueError("pages need an envelope for the next link: lists cannot be bare")
        return shapes

    # Wrapping

    def wrap_list(
        self, name: str, items: list[Any], beside: Mapping[str, Any] | None = None
    ) -> Any:
        """A list in its envelope. ``beside`` is what stands next to it (the user's name in E7)."""
        named = {**(beside or {}), name: items}
        return {
            "bare": items,
            "named": named,
            "data": {"data": items},
            "data_named": {"data": named},
        }[self.lists]

    def wrap_object(
        self, name: str, item: Mapping[str, Any], secrets: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """An object in its envelope, with its config and keys where it has some."""
        item, beside = dict(item), dict(secrets or {})
        if self.objects == "flat" or self.secrets == "inside":
            item, beside = {**item, **beside}, {}
        # A created user of which nothing but the secrets is told leaves no empty object behind.
        named = {name: item, **beside} if item else beside
        return {
            "flat": item,
            "named": named,
            "data": {"data": item, **beside} if item else beside,
            "data_named": {"data": named},
        }[self.objects]

    # Details

    def number(self, value: int) -> int | str:
        """An id or a port."""
        return str(value) if self.numbers == "string" else value

    def no_comment(self) -> str | None:
        """A comment that is not there."""
        return "" if self.comment == "empty" else None


def _check(name: str, value: Any) -> str | int:
    if name == "page_size":
        if isinstance(value, bool) or not str(value).isdecimal():
            raise ValueError("page_size must be a whole number, 0 or more")
        return int(value)
    if name not in VALUES:
        names = ", ".join(field.name for field in fields(Shapes))
        raise ValueError(f"no such shape: {name}; there are {names} and preset")
    # unknown_id is a status: whoever writes it as a number means the same.
    if str(value) not in VALUES[name]:
        raise ValueError(f"{name} must be one of {', '.join(VALUES[name])}")
    return str(value)
