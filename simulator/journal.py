# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what was asked, and the status of the answer. Never a key, never an answer."""

from __future__ import annotations

import datetime
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

# A simulator that is left running must not fill the memory with a journal that nobody reads.
LONGEST = 20_000


@dataclass
class Entry:
    """One request.

    ``at`` is in seconds since the simulator started, ``time`` the wall time, both of the arrival.
    ``status`` stays None where the client got none: the connection was reset, closed or silent.
    ``account`` is the name of the key's account, ``body`` the request's JSON (nothing in the API
    makes a client send a secret there).
    """

    n: int
    at: float
    time: str
    method: str
    path: str
    account: str | None
    body: Any = None
    status: int | None = None
    fault: str | None = None
    meanwhile: int = 0


@dataclass
class Journal:
    """The entries, oldest first."""

    started: float = field(default_factory=time.monotonic)
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=LONGEST))
    count: int = 0

    def open(self, method: str, path: str, account: str | None) -> Entry:
        """Begin an entry when a request arrives; the rest is set as it becomes known."""
        self.count += 1
        entry = Entry(
            n=self.count,
            at=round(time.monotonic() - self.started, 6),
            time=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"),
            method=method,
            path=path,
            account=account,
        )
        self.entries.append(entry)
        return entry

    def clear(self) -> None:
        """Forget the entries and count from 1 again; the clock goes on."""
        self.entries.clear()
        self.count = 0

    def as_json(self) -> list[dict[str, Any]]:
        """What GET /_simulator/requests shows."""
        return [asdict(entry) for entry in self.entries]
