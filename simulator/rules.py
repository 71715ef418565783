# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published rules for names, ports, protocols and comments. Pure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .refusal import Refusal

NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")
RESERVED_PORTS = frozenset({22, 51820, 56561})
PROTOCOLS = ("tcp", "udp", "both")
LONGEST_COMMENT = 100


class Forward(NamedTuple):
    """What E8 asks for, once it is known to be valid."""

    external_port: int
    internal_port: int
    protocol: str
    comment: str | None


def check_body(body: Any) -> dict[str, Any]:
    """JSON both ways: E3 and E8 take an object."""
    if not isinstance(body, dict):
        raise Refusal(422, "invalid_body", "The body must be a JSON object.")
    return body


def check_name(name: Any) -> str:
    """Rule "client name": letters, digits, ``-`` and ``_``; at most 50 characters."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Refusal(
            422,
            "invalid_name",
            "client_name must be 1 to 50 letters, digits, hyphens and underscores.",
        )
    return name


def check_port(field: str, port: Any) -> int:
    """Rule "ports": integers from 1 to 65535."""
    # JSON's true is an int in Python, and is no port.
    if isinstance(port, int) and not isinstance(port, bool) and 1 <= port <= 65535:
        return port
    raise Refusal(422, "invalid_port", f"{field} must be an integer from 1 to 65535.")


def check_external_port(port: Any) -> int:
    """Rule "ports": external 22, 51820 and 56561 are reserved."""
    number = check_port("external_port", port)
    if number in RESERVED_PORTS:
        raise Refusal(422, "port_reserved", f"External port {number} is reserved.")
    return number


def check_protocol(protocol: Any) -> str:
    """Rule "protocol": ``tcp``, ``udp`` or ``both``."""
    if not isinstance(protocol, str) or protocol not in PROTOCOLS:
        raise Refusal(422, "invalid_protocol", "protocol must be tcp, udp or both.")
    return protocol


def check_comment(comment: Any) -> str | None:
    """Rule "comment": optional, at most 100 characters; null and "" are the same."""
    if comment is None:
        return None
    if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
        raise Refusal(
            422,
            "invalid_comment",
            f"comment must be text of at most {LONGEST_COMMENT} characters.",
        )
    return comment or None


def check_forward(body: dict[str, Any]) -> Forward:
    """The four fields of E8."""
    return Forward(
        external_port=check_external_port(body.get("external_port")),
        internal_port=check_port("internal_port", body.get("internal_port")),
        protocol=check_protocol(body.get("protocol")),
        comment=check_comment(body.get("comment")),
    )


def transports(protocol: str) -> tuple[str, ...]:
    """The transports that a protocol occupies: ``both`` conflicts with ``tcp`` and with ``udp``."""
    return ("tcp", "udp") if protocol == "both" else (protocol,)
