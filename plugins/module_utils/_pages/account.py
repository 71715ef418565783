# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What the report is about: an account's servers, their users, and what differs from a declaration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .._model import PortForward, Server, User
from .._planning.drift import Drift


@dataclass(frozen=True)
class ServerPart:
    """One server, its users with their port forwards, and the drift if it is declared.

    ``ends`` are the declared users whose access ends soon, the next first, and when.
    """

    server: Server
    users: Sequence[tuple[User, Sequence[PortForward]]]
    drift: Drift | None = None
    ends: Sequence[tuple[str, datetime]] = ()

    @property
    def online(self) -> int:
        return sum(user.online is True for user, _rules in self.users)

    @property
    def from_devices(self) -> int:
        return sum(user.rx_bytes or 0 for user, _rules in self.users)

    @property
    def to_devices(self) -> int:
        return sum(user.tx_bytes or 0 for user, _rules in self.users)

    @property
    def forwards(self) -> int:
        return sum(len(rules) for _user, rules in self.users)


@dataclass(frozen=True)
class Report:
    """What the page is about. ``missing`` are declared servers that the account does not have."""

    at: datetime
    parts: Sequence[ServerPart]
    declared: bool = False
    missing: Sequence[str] = ()

    def summary(self) -> dict[str, int | None]:
        """How much there is of each; of drift None where nothing is declared."""
        return {
            "servers": len(self.parts),
            "users": sum(len(part.users) for part in self.parts),
            "online": sum(part.online for part in self.parts),
            "port_forwards": sum(part.forwards for part in self.parts),
            "differences": self.differences if self.declared else None,
            "errors": self.errors if self.declared else None,
        }

    @property
    def most(self) -> int:
        """The largest number of bytes that a user received or sent: the longest bar."""
        users = [user for part in self.parts for user, _rules in part.users]
        return max(
            (count or 0 for user in users for count in (user.rx_bytes, user.tx_bytes)), default=0
        )

    @property
    def differences(self) -> int:
        drifts = [part.drift for part in self.parts if part.drift]
        return sum(len(drift.differences) for drift in drifts)

    @property
    def errors(self) -> int:
        return len(self.missing) + sum(bool(part.drift and part.drift.error) for part in self.parts)
