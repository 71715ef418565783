# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads a WireGuard .conf: the sections and keys of wg(8) and wg-quick(8), nothing else.

An error says the line and the key's name, never a value: it may be a private key.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

Reader = Callable[[str], Any]

_MAX_NUMBER = 2**32 - 1


class WgConfError(ValueError):
    """The text is not a WireGuard configuration."""


def parse(text: str) -> dict[str, Any]:
    """``{"Interface": {...}, "Peer": [{...}, ...]}`` with the keys as WireGuard spells them.

    ``Address``, ``DNS``, ``AllowedIPs`` and the commands of wg-quick are lists, ports and times (in
    seconds) are integers, everything else is text.
    """
    result: dict[str, Any] = {"Interface": None, "Peer": []}
    section, keys = None, _INTERFACE
    # Not splitlines(): to WireGuard, only this ends a line.
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        if line.startswith("["):
            section, keys = _open_section(result, line, number)
        elif section is None:
            raise WgConfError(f"line {number} stands before the first section")
        else:
            _read_key(section, keys, line, number)
    if result["Interface"] is None:
        raise WgConfError("there is no [Interface] section")
    return result


def _open_section(
    result: dict[str, Any], line: str, number: int
) -> tuple[dict[str, Any], dict[str, Reader]]:
    found: dict[str, Any] = {}
    if line.lower() == "[peer]":
        result["Peer"].append(found)
        return found, _PEER
    if line.lower() != "[interface]":
        raise WgConfError(f"line {number} opens a section that is neither Interface nor Peer")
    if result["Interface"] is not None:
        raise WgConfError(f"line {number} opens a second [Interface] section")
    result["Interface"] = found
    return found, _INTERFACE


def _read_key(section: dict[str, Any], keys: dict[str, Reader], line: str, number: int) -> None:
    name, equals, value = (part.strip() for part in line.partition("="))
    if not equals:
        raise WgConfError(f"line {number} is not of the form `Key = value`")
    known = next((key for key in keys if key.lower() == name.lower()), None)
    if known is None:
        shown = name if re.fullmatch(r"[A-Za-z0-9]{1,30}", name) else "(not shown)"
        raise WgConfError(f"line {number} has a key that WireGuard does not know here: {shown}")
    try:
        read = keys[known](value)
    except ValueError as exc:
        raise WgConfError(f"line {number}: {known} {exc}") from None
    if isinstance(read, list):
        section.setdefault(known, []).extend(read)
    else:
        section[known] = read


def _text(value: str) -> str:
    if not value:
        raise ValueError("has no value")
    return value


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _command(value: str) -> list[str]:
    return [_text(value)]


def _key(value: str) -> str:
    try:
        if len(base64.b64decode(value, validate=True)) == 32:
            return value
    except (binascii.Error, ValueError):
        pass
    raise ValueError("is not a key of 32 bytes in base64")


def _number(value: str) -> int:
    if value.lower() == "off":
        return 0
    if not re.fullmatch(r"[0-9]{1,10}", value) or int(value) > _MAX_NUMBER:
        raise ValueError("is not a number")
    return int(value)


_INTERFACE: dict[str, Reader] = {
    "PrivateKey": _key,
    "ListenPort": _number,
    "FwMark": _text,
    "Address": _list,
    "DNS": _list,
    "MTU": _number,
    "Table": _text,
    "PreUp": _command,
    "PostUp": _command,
    "PreDown": _command,
    "PostDown": _command,
    "SaveConfig": _text,
}

_PEER: dict[str, Reader] = {
    "PublicKey": _key,
    "PresharedKey": _key,
    "AllowedIPs": _list,
    "Endpoint": _text,
    "PersistentKeepalive": _number,
}
