# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The .conf files of a task's users: one at a path of its own, or NAME.conf of many in one folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._errors import ConfFileError
from .._planning.names import name_problem
from .._text import show
from . import hindrances
from .ansible_module import Module
from .conf_file import ConfFile, FileChange

FOLDER = "(a directory, mode 0700)"


class ConfFiles:
    """No files, where neither ``path`` nor ``folder`` is given.

    The folder is made, for its owner alone, when the first file is written to it. ``tell`` is called
    with every change, as it happens or would.
    """

    def __init__(
        self,
        module: Module,
        tell: Callable[[FileChange], object],
        *,
        path: str | None = None,
        folder: str | None = None,
    ) -> None:
        self._module = module
        self._tell = tell
        self._path = path
        self._folder = folder
        self._made = folder is None or os.path.isdir(hindrances.as_path(folder))

    def __bool__(self) -> bool:
        return bool(self._path or self._folder)

    def check(self, present: Iterable[str], absent: Iterable[str]) -> None:
        """Raise now what would fail later: called before any request."""
        present = list(present)
        if self and present and not self._made:
            self._check_folder()
        for file in self._files(present):
            file.check(folder_to_come=not self._made)
        for file in self._files(absent):
            file.check_removable()

    def check_new(self, names: Iterable[str]) -> None:
        """Raise now what would keep new keys from being written: called before they are made."""
        for file in self._files(names):
            file.check_replaceable()

    def keep(self, configs: Mapping[str, str | None]) -> list[ConfFileError]:
        """Make the files hold these configurations. What failed is returned, when all else is done."""
        return self._each(configs, lambda name, file: self._written(file, configs[name]))

    def remove(self, names: Iterable[str]) -> list[ConfFileError]:
        """Remove the files of users who are gone. What failed is returned, when all else is done."""
        return self._each(names, lambda _name, file: file.remove())

    def _written(self, file: ConfFile, config: str | None) -> FileChange:
        if not self._made:
            self._make_folder()
        return file.write(config)

    def _each(
        self, names: Iterable[str], work: Callable[[str, ConfFile], FileChange]
    ) -> list[ConfFileError]:
        failed: list[ConfFileError] = []
        for name in names:
            for file in self._files([name]):
                try:
                    self._tell(work(name, file))
                except ConfFileError as exc:
                    failed.append(exc)
        return failed

    def _files(self, names: Iterable[str]) -> list[ConfFile]:
        if self._path:
            backup = bool(self._module.params.get("backup"))
            return [ConfFile(self._module, self._path, backup=backup) for _name in names]
        if not self._folder:
            return []
        # A user whom only the portal knows may have any name; no other one is part of a path.
        sound = [name for name in names if name_problem(name) is None]
        return [ConfFile(self._module, os.path.join(self._folder, f"{x}.conf")) for x in sound]

    def _check_folder(self) -> None:
        why = hindrances.of_making(hindrances.as_path(self._folder or ""))
        if why:
            raise self._no_folder(why)

    def _make_folder(self) -> None:
        if not self._module.check_mode:
            try:
                os.mkdir(hindrances.as_path(self._folder or ""), 0o700)
            except OSError as exc:
                raise self._no_folder(str(exc.strerror)) from exc
        self._made = True
        headers = dict.fromkeys(("before_header", "after_header"), self._folder)
        diff: dict[str, Any] = {"before": "", "after": f"{FOLDER}\n", **headers}
        self._tell(FileChange(str(self._folder), True, diff, is_file=False))

    def _no_folder(self, why: str) -> ConfFileError:
        message = f"{show(self._folder)} can't be created: {show(why)}"
        return ConfFileError(message, path=self._folder)
