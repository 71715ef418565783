# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The keys of a WireGuard .conf, and what their values may be.

Each reader takes the text of one value and gives what it means (None: as if the key were not there),
or raises a ``ValueError`` that goes on after the key's name and never holds the value.
"""

from __future__ import annotations

import base64
import re
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address,
    ip_interface,
)
from typing import (  # noqa: UP035 - Python 3.8 has no other Callable that takes [...]
    Any,
    Callable,
)

Reader = Callable[[str], Any]


def _words(value: str) -> list[str]:
    """Words between commas and blanks, as wg-quick splits them."""
    return value.replace(",", " ").split()


def _addresses(value: str) -> list[str]:
    """Words, none of which names a link: Python takes any text after a %, and shells would run it."""
    words = _words(value)
    if any("%" in word for word in words):
        raise ValueError("has a %; an address of a tunnel names no link")
    return words


def plain_interface(value: str) -> IPv4Interface | IPv6Interface:
    """An address with or without a prefix. Raises ``ValueError``, for one that names a link too."""
    if "%" in value:
        raise ValueError("an address of a tunnel names no link")
    return ip_interface(value)


def resolver(value: str) -> str | None:
    """What may stand after ``DNS =``, in its one spelling: an address, or a domain to search. None: neither."""
    try:
        return str(ip_address(value)) if "%" not in value else None
    except ValueError:
        return value if _DOMAIN.fullmatch(value) else None


_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z)(?=.*[A-Za-z]){_LABEL}(?:\.{_LABEL})*")


def _text(value: str) -> str | None:
    """Any text; None where there is none."""
    return value or None


def _yes_or_no(value: str) -> str:
    """``true`` or ``false``, in lower case."""
    if value.lower() not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return value.lower()


def _mtu(value: str) -> int | None:
    """A number of bytes; None where there is none."""
    return _integer(value, 2**31 - 1) if value else None


def is_key(value: str) -> bool:
    """Whether a text is a key as WireGuard writes it: the bits that a last character has to spare are zero."""
    content = _decoded(value)
    return len(content) == 32 and base64.b64encode(content).decode() == value


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""


def _key(value: str) -> str:
    """A key, in base64."""
    if not is_key(value):
        raise ValueError("is not a key of 32 bytes in base64")
    return value


def held_key(value: str | None) -> str | None:
    """A private key as WireGuard holds and shows it: clamped, as X25519 has it. Others make keys that are not."""
    content = bytearray(_decoded(value or ""))
    if len(content) != 32:
        return value
    content[0] &= 248
    content[31] = content[31] & 127 | 64
    return base64.b64encode(bytes(content)).decode()


def canonical_endpoint(value: str) -> str:
    """``host:port`` as WireGuard shows it, where the host is an address."""
    host, _colon, port = value.rpartition(":")
    bare = host[1:-1] if host.startswith("[") else host
    try:
        address = ip_address(bare)
    except ValueError:
        return f"{host}:{int(port)}"
    return f"[{address}]:{int(port)}" if address.version == 6 else f"{address}:{int(port)}"


def is_by_name(endpoint: str) -> bool:
    """Whether an endpoint's host is a name, and no address."""
    host = endpoint.rpartition(":")[0]
    return not host.startswith("[") and not re.fullmatch(r"[0-9.]+", host)


def _integer(value: str, most: int) -> int:
    if not re.fullmatch(r"0*[0-9]{1,10}", value) or int(value[-10:]) > most:
        raise ValueError(f"is not a number from 0 to {most}")
    return int(value[-10:])


def _port(value: str) -> int:
    """A port from 0 to 65535."""
    # `wg` also takes the names of services, and takes 70000 for 4464: neither is what one meant.
    return _integer(value, 65535)


def _seconds(value: str) -> int:
    """A time in seconds; ``off`` is 0."""
    return 0 if value.lower() == "off" else _integer(value, 65535)


def _fwmark(value: str) -> str:
    """``off``, a number, or ``0x`` and a hexadecimal number; the text as it is."""
    hexadecimal = re.fullmatch(r"0x0*([0-9a-fA-F]{1,8})", value)
    if value.lower() != "off" and not hexadecimal:
        _integer(value, 2**32 - 1)
    return value


def _networks(value: str) -> list[str]:
    """Networks between commas, the texts as they are."""
    found = value.split(",")
    for network in found:
        address, slash, bits = network.partition("/")
        if not address:
            raise ValueError("has a comma with no network before or after it")
        if address[0] in "+-":
            raise ValueError("has a network with + or -, which is for changing a running device")
        most = _bits_of(address)
        if slash:
            _prefix(bits, most)
    return found


def _bits_of(address: str) -> int:
    try:
        if ":" not in address:
            IPv4Address(address)
            return 32
        if "%" not in address:
            IPv6Address(address)
            return 128
    except ValueError:
        pass
    raise ValueError("has a network whose address is not an IP address")


def _prefix(bits: str, most: int) -> None:
    try:
        _integer(bits, most)
    except ValueError:
        raise ValueError(f"has a network whose prefix is not a number from 0 to {most}") from None


def _endpoint(value: str) -> str:
    """``host:port``, the text as it is."""
    host, colon, port = value.rpartition(":")
    if value.startswith("["):
        host, bracket, rest = value[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket:
            raise ValueError("has a [ without a ]")
    if colon != ":" or not port:
        raise ValueError("has no port; write it as host:port")
    try:
        _port(port)
    except ValueError as exc:
        raise ValueError(f"has a port that {exc}") from None
    if not _can_be_host(host):
        raise ValueError("has a host that is neither a name nor an IP address")
    return value


def _can_be_host(host: str) -> bool:
    if ":" in host:
        try:
            IPv6Address(host)
        except ValueError:
            return False
        return True
    # No name ends in a number, so this has to be an address.
    if re.fullmatch(r"[0-9.]+", host):
        return _is_short_address(host)
    return bool(re.fullmatch(r"[A-Za-z0-9_.-]+", host))


def _is_short_address(host: str) -> bool:
    """Whether it is an IPv4 address as the C library takes it: 10.1 for 10.0.0.1, 012 for 10."""
    *first, last = host.split(".")
    if len(first) > 3 or not all(
        re.fullmatch(r"0[0-7]*|[1-9][0-9]{0,9}", x) for x in (*first, last)
    ):
        return False
    numbers = [int(part, 8 if part[0] == "0" else 10) for part in (*first, last)]
    return max(numbers[:-1], default=0) < 256 and numbers[-1] < 256 ** (4 - len(first))


INTERFACE: dict[str, Reader] = {"PrivateKey": _key, "ListenPort": _port, "FwMark": _fwmark}
"""What `wg` reads in [Interface]."""

PEER: dict[str, Reader] = {
    "PublicKey": _key,
    "PresharedKey": _key,
    "AllowedIPs": _networks,
    "Endpoint": _endpoint,
    "PersistentKeepalive": _seconds,
}
"""What `wg` reads in [Peer]."""

QUICK: dict[str, Reader] = {
    "Address": _addresses,
    "DNS": _addresses,
    "MTU": _mtu,
    "Table": _text,
    "SaveConfig": _yes_or_no,
}
"""What wg-quick takes out of [Interface]. Any Address, DNS and Table: others may refuse them."""

COMMANDS = ("PreUp", "PostUp", "PreDown", "PostDown")
"""What wg-quick takes out of [Interface] and lets a shell run."""
