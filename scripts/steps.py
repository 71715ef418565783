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
        start = time.monotonic()
        good = False
        try:
            yield
            good = True
        finally:
            row = [self.session.name, what, time.monotonic() - start, good]
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


def summary() -> None:
    """Where the time went."""
    if not FIRST or not TIMES.exists():
        return
    print("\nWhere the time went:", flush=True)
    for line in TIMES.read_text(encoding="utf-8").splitlines():
        session, step, seconds, good = json.loads(line)
        print(f"{seconds:7.1f} s  {session}: {step}{'' if good else '  FAILED'}", flush=True)
    print(f"{time.monotonic() - START:7.1f} s  from beginning to end", flush=True)
    TIMES.unlink()


atexit.register(summary)
