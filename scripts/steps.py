# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of nox's sessions: each is announced, timed, and summed up when everything is done."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pathlib
import resource
import time
from collections.abc import Iterator
from typing import Any

import nox
from nox.command import CommandFailed

# Where the steps are written down as they end. Sessions that run side by side have processes of their
# own: the first process chooses the file, the others inherit it.
VARIABLE = "PREMIERVPN_NOX_TIMES"
FIRST = VARIABLE not in os.environ
TIMES = pathlib.Path(os.environ.setdefault(VARIABLE, f".build/times-{os.getpid()}")).absolute()
START = time.monotonic()


class Steps:
    """The steps of one session."""

    def __init__(self, session: nox.Session) -> None:
        self.session = session
        self.failed: list[str] = []

    @contextlib.contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """A step that ends the session where it fails."""
        print(f"\n--- {what}", flush=True)
        start, cpu = time.monotonic(), computed()
        good = False
        try:
            yield
            good = True
        finally:
            row = [self.session.name, what, time.monotonic() - start, computed() - cpu, good]
            with TIMES.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def run(self, what: str, *command: Any, **options: Any) -> None:
        """A command that must go well; without it the rest would make no sense."""
        with self.timed(what):
            self.session.run(*command, log=False, **options)

    def check(self, what: str, *command: Any, **options: Any) -> None:
        """A command after whose failure the others still have something to say."""
        try:
            self.run(what, *command, **options)
        except CommandFailed:
            self.failed.append(what)

    def finish(self) -> None:
        """Fail if a check did."""
        if self.failed:
            self.session.error(f"failed: {', '.join(self.failed)}")


def computed() -> float:
    """The seconds of CPU of all processes that this one started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def summary() -> None:
    """Where the time went. Seconds of CPU say what a step costs, whatever else the machine does."""
    if not FIRST or not TIMES.exists():
        return
    print("\nWhere the time went:", flush=True)
    for line in TIMES.read_text(encoding="utf-8").splitlines():
        session, step, seconds, cpu, good = json.loads(line)
        failed = "" if good else "  FAILED"
        print(f"{seconds:7.1f} s {cpu:7.1f} s CPU  {session}: {step}{failed}", flush=True)
    whole = time.monotonic() - START
    print(f"{whole:7.1f} s {computed():7.1f} s CPU  from beginning to end", flush=True)
    TIMES.unlink()


atexit.register(summary)
