# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A file that is nobody else's to read, on the host where a module runs.

It is created 0600, replaced atomically, and no diff shows its content. Whatever goes wrong is a
``ConfFileError``, foreseen before any request where it can be known.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from .._errors import ConfFileError
from .._text import show
from .access import (
    as_path,
    is_foreign,
    why_not_removable,
    why_not_replaceable,
    why_not_trusted,
    why_not_writable,
)
from .writing import FileChange, diff_of, replace_file


class FileOptions(Protocol):
    """How a task wants its files: what of a module a file needs. ``_module.file_options`` has it."""

    @property
    def check_mode(self) -> bool:
        """Whether nothing is to be changed."""

    @property
    def backup(self) -> bool:
        """Whether a copy is kept of what is replaced or removed."""

    @property
    def in_place(self) -> bool:
        """Whether a file that can't be replaced may be written over."""

    def check(self, path: str) -> None:
        """Raise what keeps this file, or one made beside it, from getting the attributes."""

    def apply(self, path: str) -> dict[str, Any]:
        """Give it owner, mode and the like; what was different, as ``before`` and ``after``."""

    @property
    def owners(self) -> frozenset[int]:
        """Who else may own the folder: whom the task gives its files to."""

    def keep_context(self, model: str, path: str) -> None:
        """Give it the SELinux context of another file."""


class PrivateFile:
    """The file at ``path``. A link is followed to write (it stays), and is itself what is removed."""

    def __init__(self, options: FileOptions, path: str, *, backup: bool = False) -> None:
        self._options = options
        self._backup = backup
        self.path = path
        self._link = as_path(path)
        self._target = os.path.realpath(self._link)

    @property
    def there(self) -> bool:
        """Whether anything is at ``path``, be it a link to nowhere."""
        return os.path.lexists(self._link)

    def check(self, *, folder_to_come: bool = False) -> None:
        """Raise now what would keep the file from being written, and what no attribute can be."""
        with self._failing_as("written"):
            self._refuse_others()
            self._options.check(self._target)
            _refuse(None if folder_to_come else why_not_writable(self._target))

    def check_replaceable(self) -> None:
        """Raise now what would keep the file from getting another content."""
        with self._failing_as("written"):
            _refuse(why_not_replaceable(self._target, in_place=self._options.in_place))

    def check_removable(self) -> None:
        """Raise now what would keep the file from being removed."""
        with self._failing_as("removed"):
            _refuse(why_not_removable(self._link))

    def write(self, text: str | bytes | None) -> FileChange:
        """Make the file hold ``text``; None (check mode) is a content yet to be made."""
        with self._failing_as("written"):
            self._refuse_others()
            existed = os.path.exists(self._target)
            foreign = is_foreign(self._target, self._options.owners)
            content = text.encode() if isinstance(text, str) else text
            # Another's file is never kept, whatever is in it: it would stay theirs to read.
            differs = content is None or not existed or foreign or self._content() != content
            if differs:
                self.check_replaceable()
            # The mode first: a file that others could read must not hold the new key for a moment.
            attributes = self._options.apply(self._target) if existed and not foreign else {}
            backup_file = None
            if differs and content is not None and not self._options.check_mode:
                backup_file = self._copy() if existed else None
                self._replace(content)
                self._options.apply(self._target)
        written = ["written (another content)" if existed else "written (new)"] if differs else []
        diff = self._diff([], written, attributes)
        return FileChange(self.path, differs or bool(attributes), diff, backup_file)

    def remove(self) -> FileChange:
        """Make sure that there is no such file."""
        backup_file = None
        there = self.there
        if there and not self._options.check_mode:
            with self._failing_as("removed"):
                backup_file = self._copy() if os.path.isfile(self._link) else None
                os.unlink(self._link)
        diff = self._diff(["removed"] if there else [], [], {})
        return FileChange(self.path, there, diff, backup_file)

    def _refuse_others(self) -> None:
        """Refuse a folder, or a link, by which somebody else would get at the file."""
        owners = self._options.owners
        for path in dict.fromkeys((self._link, self._target)):
            _refuse(why_not_trusted(os.path.dirname(path), owners))
        if os.path.islink(self._link) and is_foreign(self._link, {0, *owners}):
            _refuse("it is another user's link")

    def _content(self) -> bytes:
        with open(self._target, "rb") as file:
            return file.read()

    def _copy(self) -> str | None:
        """Keep a copy where one is wanted, named as Ansible's own modules do it."""
        if not self._backup:
            return None
        moment = time.strftime("%Y-%m-%d@%H:%M:%S~", time.localtime())
        path = f"{self._link}.{os.getpid()}.{moment}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._content())
        _give_to_owner_of(self._target, path)
        return os.fsencode(path).decode(errors="replace")

    def _replace(self, content: bytes) -> None:
        try:
            replace_file(self._target, content, prepare=self._as_the_old_one)
        except OSError as exc:
            foreign = is_foreign(self._target, self._options.owners)
            if exc.errno != errno.EBUSY or not self._options.in_place or foreign:
                raise
            with open(self._target, "wb") as file:
                file.write(content)

    def _as_the_old_one(self, path: str) -> None:
        if os.path.exists(self._target):
            _give_to_owner_of(self._target, path)
            self._options.keep_context(self._target, path)

    def _diff(
        self, before: list[str], after: list[str], attributes: dict[str, Any]
    ) -> dict[str, Any]:
        """A line for each fact, under the name of the folder: many files are one diff."""
        folder, name = os.path.split(self.path)

        def lines(facts: list[str], side: str) -> list[str]:
            values = [f"{k} {v}" for k, v in sorted(attributes.get(side, {}).items())]
            return [f"{show(name, 80)}: {fact}" for fact in [*facts, *values]]

        return diff_of(folder or ".", lines(before, "before"), lines(after, "after"))

    @contextmanager
    def _failing_as(self, what: str) -> Iterator[None]:
        """Whatever fails in here is one error, of this file."""
        try:
            yield
        except ConfFileError:
            raise
        except Exception as exc:  # Ansible's helpers raise what they like
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            message = f"{show(self.path)} can't be {what}: {show(why)}"
            raise ConfFileError(message, path=self.path) from exc


class _RefusedError(Exception):
    """Says why a file can't be written, replaced or removed."""


def _refuse(why: str | None) -> None:
    if why:
        raise _RefusedError(why)


def _give_to_owner_of(model: str, path: str) -> None:
    """Its group, if the old one is ours: a new file with a secret is never given to somebody else."""
    info = os.stat(model)
    if info.st_uid == os.geteuid():
        with suppress(OSError):
            os.chown(path, -1, info.st_gid)
