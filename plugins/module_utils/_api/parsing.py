# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Answers of the portal, read into the model.

The facts leave open how lists and objects are wrapped and whether numbers come as strings (portal-api, "Unpublished"),
so this accepts each of those shapes, and nothing else: a ``ShapeError`` names the keys that were found, never values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from .._errors import ShapeError
from .._model import PROTOCOLS, PortForward, Secrets, Server, User
from .._text import show

# No id, port or counter is longer; what is would be a part of a path, of any length.
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_LIMIT = 10**18
# No segment that climbs out of the base URL, however it is written.
_PAGE = re.compile(r"(/[\w~-][\w.~-]*)+/?(\?[!-\"$-\[\]-~]*)?", re.ASCII)
_WITH_ZEROS = re.compile(r"\.0+$", re.ASCII)

# Never kept among the other fields, should a portal put it into a listing: at any depth, however the
# field is spelt, and the text of a .conf under any name.
_SECRET_FIELD = re.compile(r"config|keys|psk|.*(?:private|preshared)key.*", re.DOTALL)
# Where any field may be anything, a name alone is a secret's only if nothing else bears it.
_KEY_FIELD = re.compile(r"psk|.*(?:private|preshared)key.*", re.DOTALL)
# Not anchored to a line: to look for its beginning takes for ever in a text of blank lines.
_SECRET_TEXT = re.compile(r"(?:PrivateKey|PresharedKey)\s*=", re.IGNORECASE)

_RULE_FIELDS = (
    *("id", "external_port", "internal_port", "protocol", "comment", "status", "created_at"),
)
_USER_FIELDS = ("id", "client_name", "client_ip", "online", "last_seen", "rx_bytes", "tx_bytes")

# What is nested deeper is no answer, and would break whoever walks it.
_MAX_DEPTH = 50


def servers(body: Any) -> list[Server]:
    """The servers of an E1 answer."""
    return [_server(item) for item in _items(body, "servers")]


def users(body: Any) -> list[User]:
    """The users of an E2 answer."""
    return [_user(item) for item in _items(body, "users")]


def devices(body: Any) -> list[dict[str, Any]]:
    """The devices of an E4 answer, as they came, without anything secret."""
    return [
        without_secrets(_mapping(item, "device"))
        for item in _items(body, "users", "status", "devices")
    ]


def port_forwards(body: Any) -> list[PortForward]:
    """The port forwards of an E7 answer."""
    return [_port_forward(item) for item in _items(body, "port_forwards")]


def user(body: Any, user_id: int) -> tuple[User, Secrets]:
    """The user of an E5 answer, and its configuration and keys."""
    layers = _layers(body, "user")
    return _user(layers[0], user_id), _secrets(layers)


def created_user(body: Any) -> tuple[User | None, Secrets]:
    """What an E3 answer holds. Only config and keys are published: without an id, no user."""
    layers = _layers(body, "user")
    known = layers[0].get("id") is not None and layers[0].get("client_name") is not None
    if not known:
        return None, _secrets(layers)
    try:
        return _user(layers[0]), _secrets(layers)
    except ShapeError:
        # It was made, whatever else the answer holds: nested too deep, say.
        plain = {name: layers[0].get(name) for name in _USER_FIELDS}
        return _user(plain), _secrets(layers)


def created_port_forward(body: Any) -> PortForward | None:
    """The rule that an E8 answer describes, or None where it does not describe one whole."""
    found = _layers(body, "port_forward")[0]
    needed = ("id", "external_port", "internal_port", "protocol")
    return _port_forward(found) if all(found.get(name) is not None for name in needed) else None


def setting(body: Any, name: str, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The fields of a setting (portal-api, "A later edition"); None where nothing stands there.

    What looks like an envelope is none where it has all the fields that are ``given``.
    """
    found = body
    for wrapper in ("data", name):
        if (
            not isinstance(found, Mapping)
            or wrapper not in found
            or (given and given.keys() <= found.keys())
        ):
            continue
        inner = found[wrapper]
        # Some portals write an empty object as an empty list.
        if inner is None or inner == [] or isinstance(inner, Mapping):
            found = inner
    return None if found is None or found == [] else _mapping(found, name)


def next_link(body: Any) -> str | None:
    """The ``next`` link of a page (portal-api, "pagination"); a ``ShapeError`` where it is no text."""
    if not isinstance(body, Mapping):
        return None
    for holder in (body, body.get("links"), body.get("meta")):
        if isinstance(holder, Mapping) and holder.get("next") is not None:
            if not isinstance(holder["next"], str):
                raise ShapeError("the answer's `next` link is not a text")
            return holder["next"] or None
    return None


def page_after(base: str, path: str, link: str) -> str:
    """The path, below ``base``, of a ``next`` link that stood on ``path``; a ``ShapeError`` if it leads elsewhere."""
    try:
        target = urljoin(base + path, link)
    except ValueError:  # no URL at all
        target = ""
    if not target.startswith(base) or not _PAGE.fullmatch(target[len(base) :]):
        raise ShapeError("the answer's `next` link leads away from the portal; not followed")
    return target[len(base) :]


def integer(value: Any, what: str) -> int:
    """A whole number, 0 or more, which may have come as a text (portal-api, "types"); else a ``ShapeError``."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LIMIT:
        return value
    text = value.strip() if isinstance(value, str) else ""
    if _DIGITS.fullmatch(text):
        return int(text)
    raise ShapeError(f"{what} is not a whole number")


def _items(body: Any, *names: str) -> list[Any]:
    """A list: bare, under one of ``names``, and either of these under ``data``."""
    inner = body.get("data", body) if isinstance(body, Mapping) else body
    for holder in (inner, body):
        if isinstance(holder, list):
            return holder
        if isinstance(holder, Mapping):
            for name in names:
                if isinstance(holder.get(name), list):
                    return list(holder[name])
    raise ShapeError(f"the answer holds no list of {names[0]} ({_keys_of(body)})")


def _layers(body: Any, name: str) -> list[Mapping[str, Any]]:
    """An object and whatever it was wrapped in, the innermost first."""
    layers = [_mapping(body, name)]
    for wrapper in ("data", name):
        if isinstance(layers[0].get(wrapper), Mapping):
            layers.insert(0, layers[0][wrapper])
    return layers


def _keys_of(body: Any) -> str:
    if isinstance(body, Mapping):
        found = ", ".join(show(key, 40) for key in list(body)[:10])
        return f"keys found: {found or 'none'}"
    return f"found: {type(body).__name__}"


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise ShapeError(f"a {what} is not an object (found: {type(value).__name__})")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _plain(value: Any) -> Any:
    """A text, a number or the like, as it came; None for what has others in it, of whatever depth."""
    return None if isinstance(value, (list, Mapping)) else value


def _number(value: Any) -> int | None:
    """A counter, which may have come as 1234.0; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    elif isinstance(value, str):
        value = _WITH_ZEROS.sub("", value.strip())
    try:
        return integer(value, "")
    except ShapeError:
        return None


def _boolean(value: Any) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(str(_plain(value)).lower())


def without_secrets(item: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """The fields that nothing here knows, as they came, but for what is secret."""
    rest = {k: v for k, v in item.items() if k not in known}
    kept: dict[str, Any] = _filtered(rest, _SECRET_FIELD)
    return kept


def without_keys(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a setting as they came, but for WireGuard's secret keys."""
    kept: dict[str, Any] = _filtered(item, _KEY_FIELD)
    return kept


def _filtered(value: Any, secret: re.Pattern[str], depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        raise ShapeError("the answer is nested too deeply")
    if isinstance(value, Mapping):
        return {
            str(name): _filtered(inner, secret, depth + 1)
            for name, inner in value.items()
            if not _is_secret(name, inner, secret)
        }
    if isinstance(value, list):
        kept = [inner for inner in value if not _is_secret("", inner, secret)]
        return [_filtered(inner, secret, depth + 1) for inner in kept]
    return value


def _is_secret(name: Any, value: Any, secret: re.Pattern[str]) -> bool:
    spelt = re.sub(r"[^a-z]", "", str(name).lower())
    return bool(secret.fullmatch(spelt)) or (
        isinstance(value, str) and bool(_SECRET_TEXT.search(value))
    )


def _server(item: Any) -> Server:
    found = _mapping(item, "server")
    return Server(
        id=integer(found.get("assignment_id"), "a server's assignment_id"),
        name=_text(found.get("name")),
        hostname=_text(found.get("hostname")),
        ip=_text(found.get("ip")),
        extra=without_secrets(found, "assignment_id"),
    )


def _user(item: Any, default_id: int | None = None) -> User:
    found = _mapping(item, "user")
    name = found.get("client_name")
    if not isinstance(name, str) or not name:
        raise ShapeError(f"a user has no client_name ({_keys_of(found)})")
    return User(
        id=integer(found.get("id", default_id), "a user's id"),
        client_name=name,
        client_ip=_text(found.get("client_ip")),
        online=_boolean(found.get("online")),
        last_seen=_plain(found.get("last_seen")),
        rx_bytes=_number(found.get("rx_bytes")),
        tx_bytes=_number(found.get("tx_bytes")),
        extra=without_secrets(found, *_USER_FIELDS),
    )


def _secrets(layers: list[Mapping[str, Any]]) -> Secrets:
    """Config and keys, inside the object or beside it."""
    config = next((x["config"] for x in layers if isinstance(x.get("config"), str)), None)
    keys = next((x["keys"] for x in layers if isinstance(x.get("keys"), Mapping)), None)
    return Secrets(
        config=config or None,
        keys={str(k): v for k, v in keys.items() if isinstance(v, str)} if keys else None,
    )


def _port_forward(item: Any) -> PortForward:
    found = _mapping(item, "port forward")
    protocol = str(_plain(found.get("protocol"))).lower()
    if protocol not in PROTOCOLS:
        raise ShapeError("a port forward's protocol is none of tcp, udp, both")
    comment = found.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise ShapeError("a port forward's comment is not a text")
    return PortForward(
        id=integer(found.get("id"), "a port forward's id"),
        external_port=integer(found.get("external_port"), "a port forward's external_port"),
        internal_port=integer(found.get("internal_port"), "a port forward's internal_port"),
        protocol=protocol,
        comment=comment or "",
        status=_plain(found.get("status")),
        created_at=_plain(found.get("created_at")),
        extra=without_secrets(found, *_RULE_FIELDS),
    )
