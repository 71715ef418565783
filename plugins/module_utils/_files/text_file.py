# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A file of the user's own, without secrets: written whole, never taken from anybody unasked."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress

from .._errors import ConfFileError
from .._text import show
from .access import as_path, link_of_another, why_not_replaceable, why_not_writable
from .writing import FileChange, diff_of, replace_file


class TextFile:
    """The file at ``path``; where that is a link, the file that it leads to."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._link = as_path(path)
        self._target = os.path.realpath(self._link)

    def read(self) -> str | None:
        """What it holds; None: there is no such file."""
        self._refuse_link("read")
        try:
            # Not waited for, if it is a FIFO.
            fd = os.open(self._target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(fd, encoding="utf-8", errors="replace") as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise self._error("read", "it is not a regular file")
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise self._error("read", str(exc.strerror)) from exc

    def check(self) -> None:
        """Raise now what would keep the file, or the folders above it, from being written."""
        self._refuse_link("written")
        folder = there = os.path.dirname(self._target)
        while not os.path.lexists(there):
            there = os.path.dirname(there)
        if there != folder:
            fine = os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)
            why = None if fine else f"in {show(there)} no directory can be made"
        else:
            why = why_not_writable(self._target) or why_not_replaceable(self._target)
        if why:
            raise self._error("written", why)

    def write(self, text: str, *, backup: bool, check_mode: bool) -> FileChange:
        """Make the file hold ``text``. A new one has the usual mode, one that is there keeps its own."""
        before = self.read()
        diff = diff_of(self.path, (before or "").splitlines(), text.splitlines())
        if before == text:
            return FileChange(self.path, False, diff)
        backup_file = None
        try:
            if not check_mode:
                os.makedirs(os.path.dirname(self._target), exist_ok=True)
                if backup and before is not None:
                    backup_file = self._copy()
                replace_file(self._target, text.encode(), prepare=self._as_the_old_one)
        except OSError as exc:
            raise self._error("written", str(exc.strerror)) from exc
        return FileChange(self.path, True, diff, backup_file)

    def _copy(self) -> str:
        moment = time.strftime("%Y-%m-%d@%H:%M:%S~", time.localtime())
        path = f"{self._target}.{os.getpid()}.{moment}"
        with open(self._target, "rb") as old:
            content = old.read()
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return path

    def _as_the_old_one(self, path: str) -> None:
        info = os.stat(self._target) if os.path.exists(self._target) else None
        folder = os.stat(os.path.dirname(self._target))
        # What somebody else put into a folder of everybody's would stay theirs to change.
        if info and info.st_uid in {os.geteuid(), 0, folder.st_uid}:
            with suppress(OSError):  # a file of another owner is no reason to fail
                os.chown(path, info.st_uid, info.st_gid)
            os.chmod(path, info.st_mode & 0o7777)
        else:
            os.chmod(path, 0o644 & ~_umask())

    def _refuse_link(self, what: str) -> None:
        link = link_of_another(self._link)
        if link:
            raise self._error(what, f"{show(link)} is a link of another user")

    def _error(self, what: str, why: str) -> ConfFileError:
        return ConfFileError(f"{show(self.path)} can't be {what}: {show(why)}", path=self.path)


def _umask() -> int:
    """What the process keeps from the group and others. Setting it is the only way to read it elsewhere."""
    with suppress(OSError, ValueError), open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022
