# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What takes long is shown while it lasts.

Ansible shows what a module prints only when it has ended, so a module writes its waits to a file
that its action plugin reads meanwhile.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

# Names the file. Set for a module by its action plugin, and by nobody else.
VARIABLE = "PREMIERVPN_WAITS_FILE"

# Shorter waits are not worth a line.
SHORTEST = 1.0


@dataclass(frozen=True)
class Wait:
    """A wait that begins now. ``left`` counts the requests still to come, as far as is known."""

    seconds: float
    left: int

    def text(self, who: str) -> str:
        requests = "1 request is" if self.left == 1 else f"{self.left} requests are"
        return f"{who} waits {self.seconds:.0f} s for the rate limit, {requests} left"


@dataclass(frozen=True)
class Work:
    """Steps of a task: how many are done, of all."""

    done: int
    total: int

    def text(self, who: str) -> str:
        return f"{who}: {self.done} of {self.total} steps are done"


class Throttle:
    """Whether a line may be shown now: one in so many seconds, from whichever thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = -math.inf
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._last < self._seconds:
                return False
            self._last = now
            return True


Report = Callable[["Wait | Work"], None]


def reporter() -> Report | None:
    """How this process reports its waits, or None if nobody listens."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None

    def report(what: Wait | Work) -> None:
        try:
            # Only a file that is there: who made it also removes it.
            with open(os.open(path, os.O_WRONLY | os.O_APPEND), "w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(what)) + "\n")
        except OSError:
            pass  # nobody listens any more, or as somebody else

    return report


def read_wait(line: str) -> Wait | Work | None:
    """The wait, or the progress, that a line of the file holds."""
    try:
        values = json.loads(line)
        if "done" in values:
            return Work(int(values["done"]), int(values["total"]))
        return Wait(float(values["seconds"]), int(values["left"]))
    except (ValueError, TypeError, KeyError):
        return None
