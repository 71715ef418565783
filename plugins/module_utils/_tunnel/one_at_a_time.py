# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One change at a time on a host: a lock that lives as long as the change, not as the task that began it.

A change is under way while its state says ``armed`` or ``rolling``, and for as long as its roll-back may take. While
a task looks at that, and begins or ends a change, it is alone: the kernel sees to it, however the task ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from . import connection, rollback
from .rollback import PATIENCE, TunnelFiles
from .system import read_text
from .tunnel_options import TunnelError

# How long a run waits for another one's change.
WAIT = 120
# A roll-back that has not begun so long after its time never will.
LATE = 25


@dataclass(frozen=True)
class UnderWay:
    """A change that is neither confirmed nor put back."""

    files: TunnelFiles
    about: dict[str, Any]

    @property
    def left(self) -> float:
        """For how many seconds it may still be confirmed. None: its time is over, or it was begun before a boot."""
        if self.about.get("boot") != connection.this_boot() or self.files.is_rolling:
            return 0
        return float(self.about.get("until", 0)) - now()

    def __str__(self) -> str:
        begun = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.about.get("begun", 0)))
        return (
            f"another change ({self.about.get('action')} of {self.files.interface}, begun {begun} by the run"
            f" {self.about.get('change_id')}) is under way on this host"
        )


def now() -> float:
    """Seconds by a clock that all processes of this host share, and nobody sets."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def about(files: TunnelFiles, *, change_id: str, action: str, seconds: int) -> dict[str, Any]:
    """What others have to know of a change that begins now."""
    return {
        "change_id": change_id,
        "action": action,
        "manager": files.manager,
        "begun": time.time(),
        "until": now() + (seconds + LATE if seconds else PATIENCE),
        "boot": connection.this_boot(),
        "session": connection.session_name(),
    }


def read_about(files: TunnelFiles) -> dict[str, Any]:
    """What is known of the change of this tunnel."""
    try:
        found = json.loads(read_text(files.in_state("change")))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def under_way() -> list[UnderWay]:
    """The changes of this host."""
    try:
        names = sorted(os.listdir(rollback.STATES))
    except OSError:
        return []
    found = []
    for name in names:
        known = read_about(TunnelFiles(name, "none"))
        files = TunnelFiles(name, str(known.get("manager", "none")))
        if files.is_armed:
            found.append(UnderWay(files, known))
    return found


@contextmanager
def alone(seconds: float = PATIENCE) -> Iterator[None]:
    """No other task of ours on this host while this lasts; a ``TunnelError`` after so many seconds of waiting."""
    # A folder that is there anyway, so that nothing is left behind.
    os.makedirs(os.path.dirname(rollback.STATES), exist_ok=True)
    folder = os.open(os.path.dirname(rollback.STATES), os.O_RDONLY | os.O_DIRECTORY)
    try:
        end = time.monotonic() + seconds
        while not _locked(folder):
            if time.monotonic() > end:
                raise TunnelError(
                    "another run is at work on this host's tunnels. Nothing was done; run again after it"
                )
            time.sleep(0.1)
        yield
    finally:
        os.close(folder)


def _locked(folder: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


@contextmanager
def turn(only_looks: bool = False) -> Iterator[None]:
    """Alone, and no change of another run under way; ``TunnelError`` where one does not end in time."""
    if only_looks:
        yield
        return
    end = time.monotonic() + WAIT
    while True:
        with alone(max(0.0, end - time.monotonic())):
            waited_for = next((one for one in under_way() if one.left > 0), None)
            if waited_for is None:
                yield
                return
            if time.monotonic() >= end:
                raise TunnelError(
                    f"{waited_for}; it is confirmed or put back within {waited_for.left:.0f} s."
                    " Nothing was done; run again after that"
                )
        time.sleep(0.3)
