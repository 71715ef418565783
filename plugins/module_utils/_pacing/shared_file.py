# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The file through which the processes of one OS user share a request budget.

A folder that is ours alone, a salt in it, and a lock. Whatever keeps the file from being used comes
out as `OSError` or `ValueError`; the caller then paces alone.
"""

from __future__ import annotations

import errno
import hmac
import os
import stat
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from .queue import State
from .record import read, write

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")

LOCK_WAIT = 1.0
"""Seconds to wait for the lock. It is held for some 50 µs, and a holder that dies lets go."""

_SALT_SIZE = 32


class SharedFile:
    """The record of one budget. `secret` never reaches the disk, only a salted hash of it does."""

    def __init__(self, secret: bytes, directory: str | None = None) -> None:
        self._secret = secret
        self._directory = directory

    def update(self, change: Callable[[State | None], tuple[State, T]]) -> T:
        """Under the lock: hand the record (None: there is none) to `change`, keep what it makes."""
        with _folder(self._directory) as folder:
            digest = hmac.new(_salt(folder), self._secret, "sha256").hexdigest()
            with _locked(folder, f"{digest[:32]}.budget") as fd:
                number, state = read(fd)
                new, answer = change(state)
                if new != state:
                    write(fd, number + 1, new)
        return answer


@contextmanager
def _folder(directory: str | None) -> Iterator[int]:
    """A descriptor of the first folder that is ours alone, made if it is missing."""
    if fcntl is None:
        raise OSError(errno.ENOSYS, "no file locks on this system")
    fd = _first_private(_candidates() if directory is None else [directory])
    try:
        yield fd
    finally:
        os.close(fd)


def _candidates() -> list[str]:
    """Where the folder may lie, best first. The user's number keeps users out of each other's."""
    bases = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()]
    name = f"premiervpn-wireguard-{os.geteuid()}"
    return [os.path.join(base, name) for base in bases if os.path.isabs(base)]


def _first_private(paths: list[str]) -> int:
    *better, last = paths
    for path in better:
        with suppress(OSError):
            return _open_private_folder(path)
    return _open_private_folder(last)


def _open_private_folder(path: str) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
    except FileNotFoundError:
        with suppress(FileExistsError):  # another process was quicker
            os.mkdir(path, 0o700)
        fd = os.open(path, flags)
    return _checked(fd, stat.S_ISDIR)


def _open_private_file(folder: int, name: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return _checked(os.open(name, flags, 0o600, dir_fd=folder), stat.S_ISREG)


def _checked(fd: int, kind: Callable[[int], bool]) -> int:
    """`fd`, if it is ours, closed to all others and of the right kind; otherwise close it."""
    info = os.fstat(fd)
    if kind(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077:
        return fd
    os.close(fd)
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@contextmanager
def _locked(folder: int, name: str) -> Iterator[int]:
    """A descriptor of the file, opened anew and locked.

    Each use opens the file: a descriptor kept over `fork` would share its lock with the child, and
    a file that was cleared away would be kept up by those alone who still have it open.
    """
    deadline = time.monotonic() + LOCK_WAIT
    for _attempt in range(5):
        fd = _open_private_file(folder, name)
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
                raise
        time.sleep(delay)
        delay = min(delay * 1.5, 0.01)


def _salt(folder: int) -> bytes:
    """The folder's salt, made by whoever comes first; a torn one is made anew."""
    fd = _open_private_file(folder, "salt")
    try:
        return _sound_salt(fd) or _make_salt(folder)
    finally:
        os.close(fd)


def _make_salt(folder: int) -> bytes:
    with _locked(folder, "salt") as fd:
        salt = _sound_salt(fd)
        if not salt:
            salt = os.urandom(_SALT_SIZE)
            data = salt + zlib.crc32(salt).to_bytes(4, "little")
            if os.pwrite(fd, data, 0) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return salt


def _sound_salt(fd: int) -> bytes:
    data = os.pread(fd, _SALT_SIZE + 4, 0)
    salt = data[:_SALT_SIZE]
    return salt if data[_SALT_SIZE:] == zlib.crc32(salt).to_bytes(4, "little") else b""
