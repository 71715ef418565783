# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Which files of a folder are ours, in a list beside them: their text is the portal's, byte for byte."""

from __future__ import annotations

import os
import stat

from .writing import replace_file

LIST = ".premiervpn-wireguard"

_MOST_BYTES = 4 * 1024 * 1024
_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileList:
    """The list of one folder: a name on each line. One that is not ours counts as empty."""

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
