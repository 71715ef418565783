# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Keeps what replacements take away in files, until it is there again: nothing is lost to a kill.

An entry is written before the first deletion of a replacement and goes when that is done or put back.
One that nobody holds was left by a task that was cut off.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from .._errors import GuardError
from .._files.state_folder import VARIABLE, StateFile, StateFolder
from .._model import LostForward
from .._planning.giving_back import missing_texts
from .._planning.taken import Entry, first_line, line, read_entry, rules_of
from .._text import listing, show
from .memories import Memories

# Folders below the state folder.
OPEN, ASIDE = "journal", "not-given-back"


class OpenEntry:
    """An entry that this process works on."""

    def __init__(self, file: StateFile, entry: Entry) -> None:
        self._file = file
        self.entry = entry

    @property
    def path(self) -> str:
        return self._file.path

    @property
    def name(self) -> str:
        return self._file.name

    def note(self, values: Mapping[str, Any] | None) -> None:
        """Note what was carried out. Where that fails, the entry says less, and all goes on."""
        if values is None:
            return
        self.entry = self.entry.with_note(values)
        with suppress(OSError):
            self._file.append(line(values))

    def missing(self, rules: Iterable[LostForward], owners: Mapping[str, int | None]) -> None:
        """Of all that had to stand, only this is missing: the rest was put back.

        ``owners`` are the ids of the rules' users who keep their keys.
        """
        self.note({"rules": rules_of(rules), "owners": dict(owners)})

    def close(self) -> None:
        """All stands."""
        try:
            self._file.remove()
        except OSError:
            # The next task finds that all of it stands.
            self._file.release()

    def set_aside(self) -> str:
        """Keep it where no task looks for it. The path."""
        try:
            return self._file.move(ASIDE)
        except OSError:
            self._file.release()
            return self._file.path

    def release(self) -> None:
        """Leave it for the next task."""
        self._file.release()


class Journal:
    """The entries of one portal and key. ``portal`` gives the digest that names these."""

    def __init__(self, folder: StateFolder, portal: Callable[[], str]) -> None:
        self._folder = folder
        self._portal = portal
        self._left: list[str] = []
        # What was seen of users is kept beside the entries, for the same portal and key.
        self.memories = Memories(folder, portal)

    def check(self) -> None:
        """Raise now what would keep an entry from being written later. Makes nothing."""
        try:
            self._folder.check()
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def begin(self, entry: Entry) -> OpenEntry:
        """Write an entry; it is on the disk when this returns. Raises ``GuardError``."""
        portal = self._portal()
        name = f"{portal}-{entry.server}-{int(entry.at)}-{secrets.token_hex(4)}.json"
        try:
            file = self._folder.create(OPEN, name, first_line(entry, portal))
        except OSError as exc:
            raise self._unwritable(exc) from exc
        return OpenEntry(file, entry)

    def leave(self, opened: OpenEntry) -> None:
        """Leave it for the next task, if this one does not make good what is missing."""
        self._left.append(opened.name)
        opened.release()

    def made_good(self) -> None:
        """All that this task has left is there after all."""
        for name in self._left:
            with suppress(OSError):
                file = self._folder.read(OPEN, name)
                if file:
                    file.remove()
        self._left = []

    def open_entries(
        self, server: int | None = None, warnings: list[str] | None = None
    ) -> list[OpenEntry]:
        """The entries of this server (None: all) that nobody holds, the oldest first; now they are ours.

        ``warnings`` takes in what is wrong with files that are left alone.
        """
        found: list[OpenEntry] = []
        wrong = [] if warnings is None else warnings
        for name in self._names(server, wrong):
            try:
                file = self._folder.read(OPEN, name)
                if file is None:
                    continue
                try:
                    found.append(OpenEntry(file, read_entry(file.text, self._portal())))
                except ValueError:
                    file.release()
                    raise
            except (OSError, ValueError) as exc:
                why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
                path = show(self._folder.path_of(OPEN, name), 300)
                wrong.append(f"{path} is left alone, nothing is given back from it: {show(why)}")
        return sorted(found, key=lambda opened: opened.entry.at)

    def entries(self, server: int | None = None) -> list[Entry]:
        """What ``open_entries`` finds, left for the next task."""
        opened = self.open_entries(server)
        for one in opened:
            one.release()
        return [one.entry for one in opened]

    def promised(self, server: int, names: set[str]) -> set[str]:
        """Of these users, those that a task was cut off over before they were made again."""
        return {
            user.name
            for entry in self.entries(server)
            for user in entry.users
            if user.name in names and user.name not in entry.made
        }

    def warnings(self) -> list[str]:
        """What a task that changes nothing has to say of open entries."""
        warnings: list[str] = []
        for opened in self.open_entries(None, warnings):
            entry = opened.entry
            opened.release()
            warnings.append(
                f"A task that was cut off on {date_of(entry)} took something from server"
                f" {entry.server}: {listing(missing_texts(entry))}. What of it is missing is given back by"
                f" the next task that changes this server ({show(opened.path, 300)})"
            )
        return warnings

    def end(self, server: int | None, names: Iterable[str]) -> None:
        """These users were removed for good: nothing is given back to them."""
        gone = set(names)
        for opened in self.open_entries(server):
            if opened.entry.names() <= gone:
                opened.close()
            else:
                opened.release()

    def _names(self, server: int | None, wrong: list[str]) -> list[str]:
        try:
            names = self._folder.names(OPEN)
        except OSError as exc:
            wrong.append(f"Whether a task was cut off can't be seen: {show(_reason(exc), 300)}")
            return []
        if not names:
            return []
        start = self._portal() + ("-" if server is None else f"-{server}-")
        return [name for name in names if name.startswith(start) and name.endswith(".json")]

    @staticmethod
    def _unwritable(exc: OSError) -> GuardError:
        return GuardError(
            "nothing was deleted: if this task were cut off, port forwards that nobody declared could be"
            f" lost, and they can't be written down before: {show(_reason(exc), 300)}. Name a folder of"
            f" your own, mode 0700, in the environment variable {VARIABLE}"
        )


def _reason(exc: OSError) -> str:
    shown = f" ({exc.filename})" if exc.filename else ""
    return f"{exc.strerror or exc}{shown}"


def date_of(entry: Entry) -> str:
    """When an entry was written."""
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(entry.at))
    except (ValueError, OverflowError, OSError):
        return "an unknown day"
