# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a portal holds: servers, users and port forwards, as plain immutable values.

Reading them out of an answer is the business of ``_api.parsing``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._text import show

# portal-api, row "protocol": `both` is one rule that carries the two.
PROTOCOLS: Mapping[str, frozenset[str]] = {
    "tcp": frozenset({"tcp"}),
    "udp": frozenset({"udp"}),
    "both": frozenset({"tcp", "udp"}),
}

# portal-api, row "client name".
_CLIENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")


def is_client_name(name: str) -> bool:
    """Whether a user may have this name."""
    return bool(_CLIENT_NAME.fullmatch(name))


def protocol_name(protocols: frozenset[str]) -> str:
    """The API's word for a set of protocols."""
    return "both" if len(protocols) == 2 else next(iter(protocols))


@dataclass(frozen=True)
class Server:
    """An assigned server (E1). ``extra`` holds every other field as the portal gave it."""

    id: int
    name: str | None = None
    hostname: str | None = None
    ip: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def shown_name(self) -> str:
        """What people call this server, as far as the listing says."""
        return self.name or self.hostname or self.ip or f"server-{self.id}"

    def label(self) -> str:
        """How messages name this server: ``fra1 (5)``; its id alone where the listing gives no name."""
        known = self.name or self.hostname or self.ip
        return f"{show(known, 80)} ({self.id})" if known else str(self.id)

    def result(self) -> dict[str, Any]:
        """The server as modules return it."""
        named = {"name": self.name, "hostname": self.hostname, "ip": self.ip}
        present = {key: value for key, value in named.items() if value is not None}
        return {**self.extra, **present, "assignment_id": self.id}


@dataclass(frozen=True)
class User:
    """A user of a server (E2). Live values are None where the portal did not give them."""

    id: int | None
    client_name: str
    client_ip: str | None = None
    online: bool | None = None
    last_seen: Any = None
    rx_bytes: int | None = None
    tx_bytes: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def result(self, server: int | None) -> dict[str, Any]:
        """The user as modules return it; ``server`` is the assignment id."""
        return {
            **self.extra,
            "id": self.id,
            "client_name": self.client_name,
            "client_ip": self.client_ip,
            "online": self.online,
            "last_seen": self.last_seen,
            "rx_bytes": self.rx_bytes,
            "tx_bytes": self.tx_bytes,
            "server": server,
        }


@dataclass(frozen=True)
class Secrets:
    """A user's .conf text and keys (E3, E5). Kept out of every repr and every other value."""

    config: str | None = field(default=None, repr=False)
    keys: dict[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class PortForward:
    """One rule (E7). ``id`` is None for a rule that is only planned; no comment is ``""``."""

    id: int | None
    external_port: int
    internal_port: int
    protocol: str
    comment: str = ""
    status: Any = None
    created_at: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def protocols(self) -> frozenset[str]:
        return PROTOCOLS[self.protocol]

    def same_comment(self, comment: str) -> bool:
        """Whether it bears this comment, as a portal that trims would hold both."""
        return self.comment.strip() == comment.strip()

    def same_rule(self, other: PortForward) -> bool:
        """Whether both lead the same traffic to the same port, under the same comment."""
        return self.same_comment(other.comment) and {
            **self.definition(),
            "comment": "",
        } == {**other.definition(), "comment": ""}

    def definition(self) -> dict[str, Any]:
        """The part of a rule that its owner writes: all that E8 takes."""
        return {
            "external_port": self.external_port,
            "internal_port": self.internal_port,
            "protocol": self.protocol,
            "comment": self.comment,
        }

    def text(self) -> str:
        """The rule on one printable line, for plans, diffs and messages."""
        comment = f" ({show(self.comment)})" if self.comment else ""
        return f"{self.external_port}/{self.protocol} -> {self.internal_port}{comment}"

    def result(self) -> dict[str, Any]:
        """The rule as modules return it."""
        return {
            **self.extra,
            "id": self.id,
            **self.definition(),
            "status": self.status,
            "created_at": self.created_at,
        }


@dataclass(frozen=True)
class LostForward:
    """A rule of a user that was removed for a replacement and could not be put back."""

    client_name: str
    rule: PortForward

    def text(self) -> str:
        return f"{self.rule.text()} of user {show(self.client_name, 80)!r}"

    def result(self) -> dict[str, Any]:
        """All that it takes to create the rule again."""
        return {"user": self.client_name, **self.rule.definition()}
