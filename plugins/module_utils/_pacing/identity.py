# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Which request budget a process shares: one for each portal and API key, however they are spelt.

What the machine's other users can see of it shows neither. The hash that names the file is salted
with the number of this boot and takes long to compute, so that a key which somebody made up himself
can't be found by trying many.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
# RFC 3986, 2.3: escaped or not, these are the same.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

# Some three milliseconds, once for each process.
_ROUNDS = 5000


class Identity(NamedTuple):
    """What a budget's file is called, and the secret with which its content is sealed."""

    name: str
    seal: bytes


def identity(api_url: str, api_key: str, window: float, boot: bytes) -> Identity:
    """The budget that this key at this portal shares. ``window`` in seconds; ``boot`` differs from boot to boot."""
    facts = repr((canonical(api_url), api_key.strip(), float(window)))
    return _derived(facts.encode("utf-8", "backslashreplace"), boot)


def lasting_name(api_url: str, api_key: str) -> str:
    """A name for this key at this portal that outlives the boot: for what is kept in private files."""
    return identity(api_url, api_key, 0.0, b"lasting").name


@lru_cache(maxsize=16)
def _derived(facts: bytes, boot: bytes) -> Identity:
    secret = hashlib.pbkdf2_hmac("sha256", facts, b"premiervpn.wireguard" + boot, _ROUNDS)
    name = hmac.digest(secret, b"name", "sha256").hex()[:32]
    return Identity(name, hmac.digest(secret, b"seal", "sha256"))


def canonical(url: str) -> str:
    """One spelling for all that lead to the same place: case, default port, escapes, slashes."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:  # no URL at all
        return url
    shown = f"[{host}]" if ":" in host else host
    if port not in (None, _DEFAULT_PORTS.get(parts.scheme)):
        shown += f":{port}"
    path = _ESCAPED.sub(_unescaped, parts.path)
    return f"{parts.scheme}://{shown}{normpath('/' + path.strip('/')).rstrip('/')}"


def _unescaped(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0].upper()
