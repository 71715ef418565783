# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The file through which the processes of one machine, whoever runs them, share a request budget.

It lies where every user may write, and can be read and written by all: one who runs plays as root and
one who does not use up the same minute. None of them has to be trusted. Only who has the API key can
write a record that is believed (`record` seals it), no link is followed, nothing is read beyond the two
slots. The worst that a hostile user can do is to keep the file from being used: then `OSError` or
`ValueError` comes out, and the caller paces alone.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from .identity import Identity
from .queue import State
from .record import read, write

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")

LOCK_WAIT = 1.0
"""Seconds to wait for the lock. It is held for some 50 µs, and a holder that dies lets go."""

VARIABLE = "PREMIERVPN_BUDGET_DIR"
"""Another folder, for who wants to share a budget with containers that have a volume in common."""

# The same for every process of a machine, whatever its environment: the first that there is. The first
# is no service's private folder (systemd, PrivateTmp), and is never on a disk.
COMMON = ("/dev/shm", "/tmp")  # noqa: S108 - it is safe in a folder that is open to all, see above

# Everybody may make files there, and remove but the own ones.
_OPEN_TO_ALL = stat.S_ISVTX | stat.S_IWOTH

_FOR_ALL = 0o666


class SharedFile:
    """The record of one budget. Neither key nor URL reach the disk, only a salted hash of them does."""

    def __init__(self, who: Identity, directory: str | None = None) -> None:
        """`directory` comes before the folder that is common to all. It is made if it is missing."""
        self._name = f"premiervpn-wireguard-{who.name}.budget"
        self._seal = who.seal
        self._directory = directory or os.environ.get(VARIABLE) or None

    def path(self) -> str:
        """Where the file is, for messages."""
        return os.path.join(self._directory or _common() or COMMON[-1], self._name)

    def update(self, change: Callable[[State | None], tuple[State, T]]) -> T:
        """Under the lock: hand the record (None: there is none) to `change`, keep what it makes."""
        with _folder(self._directory) as folder, _locked(folder, self._name) as fd:
            number, state = read(fd, self._seal)
            new, answer = change(state)
            if new != state:
                write(fd, self._seal, number + 1, new)
        return answer


@contextmanager
def _folder(directory: str | None) -> Iterator[int]:
    if fcntl is None:
        raise OSError(errno.ENOSYS, "no file locks on this system")
    fd = _open_common() if directory is None else _open_own(directory)
    try:
        yield fd
    finally:
        os.close(fd)


def _common() -> str | None:
    for path in COMMON:
        with suppress(OSError):
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode) and mode & _OPEN_TO_ALL == _OPEN_TO_ALL:
                return path
    return None


def _open_common() -> int:
    path = _common()
    if path is None:
        raise OSError(errno.ENOENT, f"none of {', '.join(COMMON)} is open to all users")
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _open_own(path: str) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        with suppress(FileExistsError):  # another process was quicker
            os.mkdir(path, 0o700)
        return os.open(path, flags)


def _open_file(folder: int, name: str) -> int:
    """The file, made if it is missing, and open to all."""
    fd = _patiently_opened(folder, name)
    try:
        info = os.fstat(fd)
        # A second name could be that of a file which is none of the budget's business.
        if not stat.S_ISREG(info.st_mode) or info.st_nlink > 1:
            raise OSError(errno.EPERM, "it is not a plain file")
        if info.st_uid == os.geteuid() and stat.S_IMODE(info.st_mode) != _FOR_ALL:
            os.fchmod(fd, _FOR_ALL)  # whatever our umask took away
    except BaseException:
        os.close(fd)
        raise
    return fd


def _patiently_opened(folder: int, name: str) -> int:
    """Who has just made the file needs a moment to open it to all."""
    for _attempt in range(10):
        with suppress(FileExistsError, PermissionError):
            return _opened(folder, name)
        time.sleep(0.005)
    return _opened(folder, name)


def _opened(folder: int, name: str) -> int:
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        # Only now: to open a file of another user with O_CREAT is refused in a folder that is open to
        # all (Linux, fs.protected_regular).
        return os.open(name, flags | os.O_CREAT | os.O_EXCL, _FOR_ALL, dir_fd=folder)


@contextmanager
def _locked(folder: int, name: str) -> Iterator[int]:
    """A descriptor of the file, opened anew and locked.

    Each use opens the file: a descriptor kept over `fork` would share its lock with the child, and
    a file that was cleared away would be kept up by those alone who still have it open.
    """
    deadline = time.monotonic() + LOCK_WAIT
    for _attempt in range(5):
        fd = _open_file(folder, name)
        try:
            _lock(fd, deadline)
            if os.fstat(fd).st_nlink:  # 0: cleared away while we waited
                yield fd
                return
        finally:
            with suppress(OSError):  # closing is not enough: a child forked meanwhile has a copy
                fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)
    raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))


def _lock(fd: int, deadline: float) -> None:
    delay = 0.0002
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, "another process does not let go of its lock") from None
        time.sleep(delay)
        delay = min(delay * 1.5, 0.01)
