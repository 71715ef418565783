# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The .conf files of a task's users: one at a path of its own, or NAME.conf of many in one folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping

from .._errors import ConfFileError
from .._model import is_client_name
from .._text import show
from .access import as_path
from .folders import check_folder, make_folder
from .private_file import FileOptions, PrivateFile
from .writing import FileChange, replace_file

LIST = ".premiervpn-wireguard"

_MOST_BYTES = 4 * 1024 * 1024
_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileList:
    """Which files of a folder are ours: a list beside them, as their text is the portal's, byte for byte.

    A name on each line. A list that is not ours counts as empty.
    """

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, LIST)

    def names(self) -> set[str]:
        """The names of the files that are ours."""
        try:
            fd = os.open(self._path, os.O_RDONLY | _OPEN)
        except OSError:
            return set()
        with open(fd, encoding="utf-8", errors="surrogateescape") as file:
            info = os.fstat(fd)
            ours = info.st_uid == os.geteuid() and info.st_nlink == 1
            if not ours or not stat.S_ISREG(info.st_mode) or info.st_mode & 0o022:
                return set()
            return set(file.read(_MOST_BYTES).splitlines())

    def add(self, name: str) -> None:
        """Add one, before it is made: a run that is cut off must not leave one that nobody owns."""
        names = self.names()
        if name in names:
            return
        if not names:
            self._write({name})  # in place of whatever else may be there
            return
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | _OPEN)
        with open(fd, "a", encoding="utf-8") as file:
            file.write(f"{name}\n")

    def discard(self, name: str) -> None:
        """Take one out, which is gone."""
        names = self.names()
        if name in names:
            self._write(names - {name})

    def _write(self, names: set[str]) -> None:
        text = "".join(f"{name}\n" for name in sorted(names))
        if text:
            replace_file(self._path, text.encode("utf-8", "surrogateescape"))
        else:
            os.unlink(self._path)


class ConfFiles:
    """No files, where neither ``path`` nor ``folder`` is given.

    The folder is made, for its owner alone, when the first file is written to it. ``count`` is called
    with every change, as it happens or (check mode) would.
    """

    def __init__(
        self,
        options: FileOptions,
        count: Callable[[FileChange], object],
        *,
        path: str | None = None,
        folder: str | None = None,
    ) -> None:
        self._options = options
        self._count = count
        self._path = path
        self._folder = folder
        self._list = FileList(as_path(folder)) if folder else None
        self._made = folder is None or os.path.isdir(as_path(folder))

    def __bool__(self) -> bool:
        return bool(self._path or self._folder)

    def check(self, present: Iterable[str], absent: Iterable[str]) -> None:
        """Raise now what would fail later: called before any request."""
        present = list(present)
        if self and present and not self._made:
            check_folder(self._folder or "", parents=False)
        for file in self._files(present):
            file.check(folder_to_come=not self._made)
            self._refuse_unlisted(file)
        for file in self._files(absent):
            file.check_removable()
            self._refuse_unlisted(file)

    def check_new(self, names: Iterable[str]) -> None:
        """Raise now what would keep new keys from being written: called before they are made."""
        for file in self._files(names):
            file.check_replaceable()

    def write(self, configs: Mapping[str, str | None]) -> list[ConfFileError]:
        """Make the files hold these configurations. What failed is returned, when all else is done."""
        return self._each(configs, lambda name, file: self._written(file, configs[name]))

    def remove(self, names: Iterable[str]) -> list[ConfFileError]:
        """Remove the files of users who are gone. What failed is returned, when all else is done."""
        return self._each(names, lambda _name, file: self._removed(file))

    def _written(self, file: PrivateFile, config: str | None) -> FileChange:
        if not self._made:
            self._make_folder()
        self._refuse_unlisted(file)
        if self._list and not self._options.check_mode:
            self._list.add(os.path.basename(file.path))
        return file.write(config)

    def _removed(self, file: PrivateFile) -> FileChange:
        self._refuse_unlisted(file)
        change = file.remove()
        if self._list and not self._options.check_mode:
            self._list.discard(os.path.basename(file.path))
        return change

    def _refuse_unlisted(self, file: PrivateFile) -> None:
        """Raise for a file of a folder that is not ours: another tunnel's, say, of the name of a user."""
        if not self._list or not file.there or os.path.basename(file.path) in self._list.names():
            return
        raise ConfFileError(
            f"{show(file.path)} is there, and this collection did not make it (it keeps a list of its files"
            f" in {LIST}, beside them): it is left alone; move it away, or give another config_dir",
            path=file.path,
        )

    def _each(
        self, names: Iterable[str], work: Callable[[str, PrivateFile], FileChange]
    ) -> list[ConfFileError]:
        failed: list[ConfFileError] = []
        for name in names:
            for file in self._files([name]):
                try:
                    self._count(work(name, file))
                except ConfFileError as exc:
                    failed.append(exc)
        return failed

    def _files(self, names: Iterable[str]) -> list[PrivateFile]:
        if self._path:
            options = self._options
            return [PrivateFile(options, self._path, backup=options.backup) for _name in names]
        if not self._folder:
            return []
        # A user whom only the portal knows may have any name; no other one is part of a path.
        sound = [name for name in names if is_client_name(name)]
        return [PrivateFile(self._options, os.path.join(self._folder, f"{x}.conf")) for x in sound]

    def _make_folder(self) -> None:
        folder = self._folder or ""
        change = make_folder(folder, parents=False, check_mode=self._options.check_mode)
        self._made = True
        self._count(change)
