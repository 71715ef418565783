# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Keeps what was seen of a server's users from one task to the next, in a file for each server.

A task that is to look only at what changed makes the file. From then on, every task that writes to a
user of this server notes that in it, whatever it looks at itself.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from .._files.state_folder import StateFolder
from .._planning.memory import Look, Memory, memory_text, read_memory
from .._text import show

# The folder below the state folder.
ROOM = "looks"


class Memories:
    """The memories of one portal and key. ``portal`` gives the digest that names these."""

    def __init__(self, folder: StateFolder, portal: Callable[[], str]) -> None:
        self._folder = folder
        self._portal = portal
        self._token = secrets.token_hex(4)
        self._begun: dict[int, set[str]] = {}
        self.now = time.time

    def recall(self, server: int) -> Memory:
        """What is remembered of a server; nothing where that can't be read. Makes the file."""
        try:
            return self._changed(server, lambda memory: memory)
        except OSError:
            return Memory()

    def begin(self, server: int, names: Collection[str]) -> str | None:
        """A write to these users comes next. What is to be said if that can't be noted."""
        begun = self._begun.setdefault(server, set())
        new = set(names) - begun
        begun |= new
        if not new or not self._is_kept(server):
            return None
        return self._noted(server, lambda memory: memory.begun(new, self._token, self.now()))

    def end(self, server: int, looks: Mapping[str, Look], *, forget: bool = False) -> str | None:
        """All writes have ended. ``forget``: nothing that was remembered before is believed any more."""
        names = self._begun.pop(server, set())
        if not (names or looks or forget) or not self._is_kept(server):
            return None

        def change(memory: Memory) -> Memory:
            kept = Memory({}, memory.writing, memory.written) if forget else memory
            return kept.ended(names, self._token, self.now(), looks)

        return self._noted(server, change)

    def _is_kept(self, server: int) -> bool:
        with suppress(OSError):
            return self._folder.has(ROOM) and self._folder.has(ROOM, self._name(server))
        return False

    def _name(self, server: int) -> str:
        return f"{self._portal()}-{server}.json"

    def _noted(self, server: int, change: Callable[[Memory], Memory]) -> str | None:
        try:
            self._changed(server, change)
        except OSError as exc:
            with suppress(OSError):
                # Then everything is looked at.
                self._folder.discard(ROOM, self._name(server))
                return None
            path = show(self._folder.path_of(ROOM, self._name(server)), 300)
            return (
                f"{path} could not be updated ({show(exc.strerror or exc)}), so a task with `refresh: changed`"
                " may take what this task changed for unchanged. Remove this file"
            )
        return None

    def _changed(self, server: int, change: Callable[[Memory], Memory]) -> Memory:
        """The memory after a change, which is on the disk as a whole when this returns."""
        name, portal = self._name(server), self._portal()
        with self._folder.locked(ROOM):
            memory, old = Memory(), None
            if self._folder.has(ROOM, name):
                with suppress(OSError, ValueError):
                    file = self._folder.read(ROOM, name)
                    if file:
                        file.release()
                        old = file.text
                        memory = read_memory(old, portal, server)
            changed = change(memory.pruned(self.now()))
            text = memory_text(changed, portal, server)
            if text != old:
                self._folder.create(ROOM, name, text).release()
        return changed
