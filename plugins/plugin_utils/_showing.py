# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a module has to say to the person at the terminal: its waits while they last, its lines at its end.

It is for show: whatever goes wrong here, nothing comes of it but that something is not shown.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import Any

from ansible import constants
from ansible.utils.display import Display

from ..module_utils._pacing.progress import SHORTEST, Throttle, Wait, Work, read_wait
from ..module_utils._text import show

EVERY = 5.0
"""Seconds between two lines, at least."""

_POLL = 0.5


class Shown:
    """Shows waits of one task or plugin, unless they are short or the last line is too fresh."""

    def __init__(self, who: str) -> None:
        self._who = show(who, 80)
        self._may_show = Throttle(EVERY)

    def __call__(self, what: Wait | Work) -> None:
        if (isinstance(what, Wait) and what.seconds < SHORTEST) or not self._may_show():
            return
        # To stderr: what reads a play's JSON from stdout must not find other lines there.
        Display().display(f"[premiervpn.wireguard] {what.text(self._who)}", stderr=True)


# Callbacks that write for people. What others write to stdout, a program reads.
_FOR_PEOPLE = ("default", "minimal", "oneline", "yaml", "debug", "dense", "unixy", "awx_display")

MOST_LINES = 20
"""How many lines on one server a terminal is shown. The result holds all of them."""


def show_lines(result: Mapping[str, Any]) -> None:
    """Show what a module says it did, in its ``lines``, as text and not as a dump of the result."""
    lines = result.get("lines")
    if not isinstance(lines, list):
        return
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
    aside = callback.rpartition(".")[2] not in _FOR_PEOPLE
    for line in shortened([show(line, 2000) for line in lines]):
        Display().display(line, stderr=aside)


def shortened(lines: Iterable[str], most: int = MOST_LINES) -> list[str]:
    """The lines, of each run of indented ones no more than ``most``, and how many were left out."""
    found: list[str] = []
    for indented, group in groupby(lines, lambda line: line.startswith(" ")):
        run = list(group)
        more = len(run) - most
        found += [*run[:most], f"  ... and {more} more"] if indented and more > 1 else run
    return found


@contextmanager
def watched(who: str) -> Iterator[str | None]:
    """A file for a module to write its waits to, which are shown while the module runs.

    None where no file can be made: the module runs all the same. It lies in the folder that Ansible
    makes for each of its runs and removes when it ends, in whatever way.
    """
    try:
        handle, path = tempfile.mkstemp(prefix="premiervpn-waits-", dir=constants.DEFAULT_LOCAL_TMP)
    except (OSError, TypeError):
        yield None
        return
    os.close(handle)
    ended = threading.Event()
    reader = threading.Thread(target=_read, args=(path, Shown(who), ended), daemon=True)
    reader.start()
    try:
        yield path
    finally:
        ended.set()
        reader.join()
        with suppress(OSError):  # whatever cleans up temporary folders was quicker
            os.unlink(path)


def _read(path: str, shown: Shown, ended: threading.Event) -> None:
    with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        while not ended.wait(_POLL):
            lines = file.readlines()
            wait = read_wait(lines[-1]) if lines else None
            if wait:
                shown(wait)
