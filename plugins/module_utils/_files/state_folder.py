# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What outlives a run on the machine where it ran: small files in a folder that is ours alone.

The folder and those in it are mode 0700, the files 0600. A link, a folder that others may enter, or a
file that is not ours alone is not used. A process locks the file that it works on; the kernel lets go of
the lock when the process ends, however it ends.
"""

from __future__ import annotations

import errno
import os
import pwd
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

VARIABLE = "PREMIERVPN_STATE_DIR"
MOST_BYTES = 4 * 1024 * 1024

_NAME = "premiervpn-wireguard"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_A_DAY = 24 * 3600.0
# How often, and how many seconds apart, a lock is tried that others hold for moments.
_LOCK_TRIES, _LOCK_PAUSE = 250, 0.02


def state_path() -> str:
    """Where the folder is. ``OSError``: there is no place for it."""
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        path = os.path.expanduser(given)
        if not os.path.isabs(path):
            raise OSError(errno.EINVAL, f"{VARIABLE} is not an absolute path: {given}")
        return os.path.normpath(path)
    # A relative path is to be ignored (XDG base directory specification).
    base = os.environ.get("XDG_STATE_HOME", "").strip()
    if not os.path.isabs(base):
        base = os.path.join(_home(), ".local", "state")
    return os.path.normpath(os.path.join(base, _NAME))


def _home() -> str:
    home = os.environ.get("HOME", "").strip()
    if not os.path.isabs(home):
        try:
            home = pwd.getpwuid(os.geteuid()).pw_dir
        except KeyError:  # a container's user of no name
            home = ""
    if not os.path.isabs(home):
        raise OSError(errno.ENOENT, "this user has no home directory")
    return home


class StateFile:
    """A file that this process has locked. ``text`` is what it held when it was opened or made."""

    def __init__(self, folder: StateFolder, room: str, name: str, fd: int, text: str) -> None:
        self._folder, self._room, self._fd = folder, room, fd
        self.name = name
        self.text = text

    @property
    def path(self) -> str:
        return self._folder.path_of(self._room, self.name)

    def append(self, line: str) -> None:
        """Add a line; it is on the disk when this returns."""
        os.lseek(self._fd, 0, os.SEEK_END)
        _write(self._fd, line.encode())
        os.fdatasync(self._fd)

    def remove(self) -> None:
        """Remove it, and let go of it."""
        with self._folder.opened(self._room) as folder:
            os.unlink(self.name, dir_fd=folder)
        self.release()

    def move(self, room: str) -> str:
        """Move it to another room, and let go of it. Its new path."""
        with self._folder.made(room) as there, self._folder.opened(self._room) as here:
            os.rename(self.name, self.name, src_dir_fd=here, dst_dir_fd=there)
        self._room = room
        self.release()
        return self.path

    def release(self) -> None:
        """Let go of it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class StateFolder:
    """The folder, with a folder for each kind of file (a room). Methods raise ``OSError``."""

    def __init__(self, path: str | None = None) -> None:
        self._path = path

    @property
    def path(self) -> str:
        self._path = self._path or state_path()
        return self._path

    def path_of(self, room: str, name: str) -> str:
        """Where a file is, for messages."""
        return os.path.join(self.path, room, name)

    def check(self) -> None:
        """Raise what would keep a file from being made, as far as it can be known without trying."""
        path = self.path
        if os.path.lexists(path):
            os.close(_opened(path))
        while not os.path.lexists(path):
            path = os.path.dirname(path)
        if not os.path.isdir(path):
            raise OSError(errno.ENOTDIR, f"{path} is no folder")
        if not os.access(path, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, f"{path} is not writable")

    def has(self, room: str, name: str = "") -> bool:
        """Whether there is such a room, or such a file in it."""
        return os.path.lexists(os.path.join(self.path, room, name))

    def discard(self, room: str, name: str) -> None:
        """Remove a file that is there, whoever works on it."""
        with self.opened(room) as folder:
            os.unlink(name, dir_fd=folder)

    def names(self, room: str) -> list[str]:
        """The files of a room, in order; none where nothing was ever written."""
        try:
            with self.opened(room) as folder:
                return sorted(name for name in os.listdir(folder) if not name.startswith("."))
        except FileNotFoundError:
            return []

    def read(self, room: str, name: str) -> StateFile | None:
        """A file, locked. None: another process works on it, or it has just gone."""
        with self.opened(room) as folder:
            try:
                fd = os.open(name, _FILE, dir_fd=folder)
            except FileNotFoundError:
                return None
        try:
            _refuse_others(os.fstat(fd))
            if not _locked(fd):
                os.close(fd)
                return None
            text = _content(fd)
        except BaseException:
            with suppress(OSError):
                os.close(fd)
            raise
        return StateFile(self, room, name, fd, text)

    def create(self, room: str, name: str, text: str) -> StateFile:
        """A new file, locked, and on the disk when this returns."""
        temporary = f".{name}.{secrets.token_hex(4)}"
        with self.made(room) as folder:
            _tidy(folder)
            fd = os.open(temporary, _FILE | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
            try:
                os.fchmod(fd, 0o600)
                if not _locked(fd):
                    raise OSError(errno.ENOLCK, "the file can't be locked")
                _write(fd, text.encode())
                os.fsync(fd)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except BaseException:
                os.close(fd)
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
        return StateFile(self, room, name, fd, text)

    @contextmanager
    def locked(self, room: str) -> Iterator[None]:
        """A room, made where it is missing, which no other process has locked."""
        with self.made(room) as folder:
            tries = _LOCK_TRIES
            while not _locked(folder):
                tries -= 1
                if not tries:
                    raise OSError(errno.EAGAIN, "another process keeps it locked")
                time.sleep(_LOCK_PAUSE)
            yield

    @contextmanager
    def opened(self, room: str) -> Iterator[int]:
        """A room that is there, as a descriptor."""
        folder = _opened(self.path)
        try:
            inner = _opened(room, folder, os.path.join(self.path, room))
        finally:
            os.close(folder)
        try:
            yield inner
        finally:
            os.close(inner)

    @contextmanager
    def made(self, room: str) -> Iterator[int]:
        """A room, made where it is missing."""
        _make(self.path)
        # It is looked at before anything is made in it: it could be a link to somewhere else.
        folder = _opened(self.path)
        try:
            with suppress(FileExistsError):
                os.mkdir(room, 0o700, dir_fd=folder)
        finally:
            os.close(folder)
        with self.opened(room) as folder:
            yield folder


def _opened(path: str, folder: int | None = None, shown: str | None = None) -> int:
    """A folder that is ours alone, as a descriptor."""
    try:
        fd = os.open(path, _FOLDER, dir_fd=folder)
    except OSError as exc:
        if exc.errno in (errno.ELOOP, errno.ENOTDIR):
            raise OSError(exc.errno, f"{shown or path} is a link, or no folder") from exc
        raise
    info = os.fstat(fd)
    why = None
    if info.st_uid != os.geteuid():
        why = "belongs to another user"
    elif info.st_mode & 0o077:
        why = f"is open to other users (mode {stat.S_IMODE(info.st_mode):04o}, not 0700)"
    if why:
        os.close(fd)
        raise OSError(errno.EPERM, f"{shown or path} {why}")
    return fd


def _make(path: str) -> None:
    """The folder and those above it, where they are missing."""
    if os.path.lexists(path):
        return
    _make(os.path.dirname(path))
    with suppress(FileExistsError):  # another process was quicker
        os.mkdir(path, 0o700)


def _refuse_others(info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EPERM, "it is no regular file")
    if info.st_uid != os.geteuid() or info.st_mode & 0o077 or info.st_nlink > 1:
        raise OSError(errno.EPERM, "it is not ours alone (mode 0600, one name)")
    if info.st_size > MOST_BYTES:
        raise OSError(errno.EFBIG, "it is too large")


def _locked(fd: int) -> bool:
    """Whether this process has the file now, and it is still there."""
    if fcntl is None:
        raise OSError(errno.ENOSYS, "no file locks on this system")
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(fd).st_nlink > 0


def _content(fd: int) -> str:
    data = b""
    while chunk := os.read(fd, 65536):
        data += chunk
        if len(data) > MOST_BYTES:
            raise OSError(errno.EFBIG, "it is too large")
    return data.decode("utf-8", "replace")


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _tidy(folder: int) -> None:
    """Remove what a process left that was killed while it made a file."""
    for name in os.listdir(folder):
        with suppress(OSError):
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if name.startswith(".") and time.time() - info.st_mtime > _A_DAY:
                os.unlink(name, dir_fd=folder)
