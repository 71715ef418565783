# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A change of a user, or trouble with a server: what a look found out, and the event that a rulebook sees. Pure.

An event is small and flat. ansible-rulebook gives it to a playbook as extra variables, and Ansible renders
every text in those. So a text from the portal in which a template could begin gets a space there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .._model import Server, User
from .._pages.figures import counted, size
from .._text import may_be_rendered, show, without_templates

TYPES = ("trouble", "removed", "added", "online", "offline", "traffic")
"""In the order in which a look sends them: a user that was made anew is removed, added, online."""

DEVICES = "devices"
"""Once for a look in which a device came or went, after all others; only where it is asked for by name."""

MOVES = ("removed", "added", "online", "offline")
"""Who is there, and who is online: what ``DEVICES`` is sent for."""

ORDER = (*TYPES, DEVICES)


@dataclass(frozen=True)
class Change:
    """One change of one user. ``before`` is None for a new user, ``after`` for one that is gone.

    ``initial``: nothing changed, it is how things stood when looking began. ``moved`` is the number of
    bytes of ``traffic``, ``why`` the reason of ``trouble``. ``online`` and ``offline`` are the client
    names of ``devices``; who is not among them is in doubt.
    """

    type: str
    before: User | None = None
    after: User | None = None
    initial: bool = False
    moved: int = 0
    why: str = ""
    online: tuple[str, ...] = ()
    offline: tuple[str, ...] = ()

    @property
    def user(self) -> str | None:
        """The client name; None where the change is a server's."""
        known = self.after or self.before
        return known.client_name if known else None

    @property
    def position(self) -> tuple[int, str, int]:
        """Where it stands among the changes of a look: by type, then by client name."""
        known = self.after or self.before
        return ORDER.index(self.type), self.user or "", (known.id if known else None) or 0


_HAPPENED = {
    "online": "is online",
    "offline": "is offline",
    "added": "is new",
    "removed": "is not there any more",
}


def event(server: Server, change: Change, at: str) -> dict[str, Any]:
    """The event of one change on one server; ``at`` is when it was seen, in ISO 8601."""
    found: dict[str, Any] = {
        "type": change.type,
        "server": server.id,
        "server_name": inert(server.shown_name()),
        "user": None if change.user is None else inert(change.user),
        "at": at,
        "before": _user(server, change.before),
        "after": _user(server, change.after),
        "text": inert(f"{_text(server, change)}, {at}"),
    }
    if change.type == DEVICES:
        found["online"] = [inert(name) for name in change.online]
        found["offline"] = [inert(name) for name in change.offline]
    return {**found, "initial": True} if change.initial else found


def _text(server: Server, change: Change) -> str:
    """What happened, as a person reads it: ``phone on fra1 (5) is online``."""
    where = f"{show(server.shown_name(), 80)} ({server.id})"
    if change.type == "trouble":
        return f"{where} {show(change.why)}"
    if change.type == DEVICES:
        online = counted(len(change.online), "device")
        verb = "is" if len(change.online) == 1 else "are"
        return f"{online} on {where} {verb} online, {len(change.offline):,} offline"
    moved = change.type == "traffic"
    happened = f"moved {size(change.moved)}" if moved else _HAPPENED[change.type]
    return f"{show(change.user, 80)} on {where} {happened}"


def inert(text: str) -> str:
    """``text``, with a space in every place where a template of Jinja could begin."""
    safe = without_templates(text, "{ ")
    return f" {safe}" if may_be_rendered(safe) else safe


def _user(server: Server, user: User | None) -> dict[str, Any] | None:
    """The published fields of a user (portal-api, E2) alone, each a text, a number, or null."""
    if user is None:
        return None
    known = {
        "id": user.id,
        "client_name": user.client_name,
        "client_ip": user.client_ip,
        "online": user.online,
        "last_seen": user.last_seen,
        "rx_bytes": user.rx_bytes,
        "tx_bytes": user.tx_bytes,
        "server": server.id,
    }
    return {name: _plain(value) for name, value in known.items()}


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, str):
        return inert(value)
    # Rules are matched by Java, whose JSON has no NaN and whose whole numbers have 64 bits.
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and abs(value) < 2**63 else None
