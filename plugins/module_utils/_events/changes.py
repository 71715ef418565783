# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A change of a user, or trouble with a server: what a look found out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .._model import User

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
