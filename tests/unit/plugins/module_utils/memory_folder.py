# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state folder in memory: what outlives a run that is killed, without a disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.journal import (
    ASIDE,
    OPEN,
    Journal,
)


class MemoryFile:
    """A file that somebody holds."""

    def __init__(self, folder: MemoryFolder, room: str, name: str) -> None:
        self._folder, self._room = folder, room
        self.name = name
        self.text = folder.rooms[room][name]
        folder.held.add(name)

    @property
    def path(self) -> str:
        return f"{self._room}/{self.name}"

    def append(self, line: str) -> None:
        self._folder.check()
        self._folder.rooms[self._room][self.name] += line

    def remove(self) -> None:
        self._folder.check()
        del self._folder.rooms[self._room][self.name]
        self.release()

    def move(self, room: str) -> str:
        self._folder.check()
        self._folder.rooms[room][self.name] = self._folder.rooms[self._room].pop(self.name)
        self._room = room
        self.release()
        return self.path

    def release(self) -> None:
        self._folder.held.discard(self.name)


@dataclass
class MemoryFolder:
    """``held`` are the files that a process has locked; ``touched`` counts what was written."""

    rooms: dict[str, dict[str, str]] = field(default_factory=lambda: {OPEN: {}, ASIDE: {}})
    held: set[str] = field(default_factory=set)
    touched: int = 0
    trouble: OSError | None = None

    def path_of(self, room: str, name: str) -> str:
        return f"{room}/{name}"

    def check(self) -> None:
        if self.trouble:
            raise self.trouble

    def has(self, room: str, name: str = "") -> bool:
        return name in self.rooms.get(room, {}) if name else room in self.rooms

    def discard(self, room: str, name: str) -> None:
        self.check()
        self.rooms[room].pop(name, None)

    @contextmanager
    def locked(self, room: str) -> Iterator[None]:
        self.check()
        self.rooms.setdefault(room, {})
        yield

    def names(self, room: str) -> list[str]:
        return sorted(self.rooms[room])

    def read(self, room: str, name: str) -> MemoryFile | None:
        return None if name in self.held else MemoryFile(self, room, name)

    def create(self, room: str, name: str, text: str) -> MemoryFile:
        self.check()
        self.touched += 1
        self.rooms[room][name] = text
        return MemoryFile(self, room, name)

    def kill(self) -> None:
        """The process that writes is no more: nothing reaches the disk from here on."""
        self.trouble = OSError("killed")

    def next_process(self) -> None:
        """Another process; what the other one held is free."""
        self.trouble = None
        self.held.clear()

    def texts(self, *rooms: str) -> Iterable[str]:
        return [text for room in rooms for text in self.rooms[room].values()]


def journal(folder: MemoryFolder | None = None) -> Journal:
    """The journal that is kept in this folder (None: in one that nobody looks into again)."""
    anything: Any = folder or MemoryFolder()
    return Journal(anything, lambda: "digest")
