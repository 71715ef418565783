# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What keeps a file from being written, replaced or removed, as far as it can be known without trying.

Paths are as ``as_path`` makes them of a task's text.
"""

from __future__ import annotations

import array
import errno
import grp
import os
import pwd
import re
import stat
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

# linux/fs.h: what `chattr +i` and `chattr +a` set.
_GET_FLAGS = 0x80086601
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
# linux/capability.h
_CAP_CHOWN = 1 << 0

_OCTAL = re.compile(rb"\\([0-7]{3})")


def as_path(text: str) -> str:
    """The absolute path that a task means: in UTF-8, as Ansible's own modules take it, in any locale.

    In another way a file with a key would be left behind, or be made beside the one that is meant.
    """
    return os.path.abspath(os.fsdecode(text.encode("utf-8", "surrogateescape")))


def why_not_writable(target: str) -> str | None:
    """Why no file can be made or replaced at ``target``, whose links are resolved."""
    try:
        info: os.stat_result | None = os.lstat(target)
    except FileNotFoundError:
        info = None
    except OSError as exc:
        return exc.strerror
    if info and stat.S_ISDIR(info.st_mode):
        return "it is a directory"
    if info and not stat.S_ISREG(info.st_mode):
        return "it is not a regular file"
    if info and not os.access(target, os.R_OK):
        return "it exists and is not readable"
    return _why_not_in(os.path.dirname(target))


def why_not_trusted(folder: str, owners: Collection[int] = ()) -> str | None:
    """Why nothing secret may be kept in a folder: somebody else could put files or links there, or move it.

    It is ours, or nobody else may write to it; and nobody else can change the way to it. ``owners`` are
    others whom the file is for.
    """
    mine = {os.geteuid(), *owners}
    if not os.path.isdir(folder):
        return None  # reported elsewhere
    way = [folder]
    while way[-1] != os.path.dirname(way[-1]):
        way.append(os.path.dirname(way[-1]))
    for path in way:
        info = os.lstat(path)
        shown = os.fsencode(path).decode(errors="replace")
        if info.st_uid not in mine | {0}:
            return f"{shown} belongs to another user"
        if stat.S_ISLNK(info.st_mode):
            why = why_not_trusted(os.path.realpath(path), owners)
            if why:
                return why
            continue
        others = info.st_mode & (stat.S_IWOTH | (stat.S_IWGRP if path == folder else 0))
        protected = path != folder and info.st_mode & stat.S_ISVTX
        if others and not protected and info.st_uid not in mine:
            return f"others may write to {shown}"
    return None


def is_foreign(path: str, owners: Collection[int] = ()) -> bool:
    """Whether what is at ``path`` (itself, if it is a link) is somebody else's, or has another name too."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return False
    shared = stat.S_ISREG(info.st_mode) and info.st_nlink > 1
    return shared or info.st_uid not in {os.geteuid(), *owners}


def link_of_another(path: str) -> str | None:
    """The first link on the way to ``path`` that neither we, root nor the owner of its folder made.

    The system does not follow such a one in a folder like /tmp; who resolves links first has to look.
    """
    part = path
    while part != os.path.dirname(part):
        folder = os.path.dirname(part)
        ours = {os.geteuid(), 0, os.stat(folder).st_uid} if os.path.islink(part) else ()
        if ours and os.lstat(part).st_uid not in ours:
            return part
        part = folder
    return None


def why_not_replaceable(target: str, *, in_place: bool = False) -> str | None:
    """Why a file that is there can't get another content. ``in_place``: it may be written over."""
    if not os.path.lexists(target):
        return None
    return _flagged(target) or (None if in_place else _mounted(target) or _others(target))


def why_not_removable(path: str) -> str | None:
    """Why what is at ``path`` (itself, if it is a link) can't be removed."""
    if not os.path.lexists(path):
        return None
    if os.path.isdir(path) and not os.path.islink(path):
        return "it is a directory"
    folder = _why_not_in(os.path.dirname(path))
    flagged = None if os.path.islink(path) else _flagged(path)
    return folder or flagged or _mounted(path) or _others(path)


def why_not_makeable(folder: str) -> str | None:
    """Why a folder that is missing can't be made."""
    if os.path.lexists(folder):
        return None if os.path.isdir(folder) else "it is not a directory"
    parent = os.path.dirname(folder)
    if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK):
        return "its parent is missing or not writable"
    return _flagged(parent)


def why_not_givable(owner: Any, group: Any) -> str | None:
    """Why we may not give a file to these, which the system knows (None: it stays ours)."""
    if os.geteuid() == 0 or _may_give_away():
        return None
    if owner is not None and _number(owner, lambda x: pwd.getpwnam(x).pw_uid) != os.geteuid():
        return f"only root can give it to the user {owner}"
    ours = {os.getegid(), *os.getgroups()}
    if group is not None and _number(group, lambda x: grp.getgrnam(x).gr_gid) not in ours:
        return f"it can't be given to the group {group}, which we are not in"
    return None


def _may_give_away() -> bool:
    with suppress(OSError, ValueError), open("/proc/self/status", "rb") as file:
        for line in file:
            if line.startswith(b"CapEff:"):
                return bool(int(line.split()[1], 16) & _CAP_CHOWN)
    return False


def _number(value: Any, find: Callable[[str], int]) -> int:
    try:
        return int(value)
    except ValueError:
        return find(str(value))


def _why_not_in(folder: str) -> str | None:
    shown = os.fsencode(folder).decode(errors="replace")
    if not os.path.isdir(folder):
        return f"the directory {shown} does not exist"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"the directory {shown} is not writable"
    flagged = _flagged(folder)
    return f"the directory {shown}: {flagged}" if flagged else None


def _flagged(path: str) -> str | None:
    flags = array.array("L", [0])
    with suppress(OSError, AttributeError):  # no such flags here, or no such system
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.ioctl(fd, _GET_FLAGS, flags, True)
        finally:
            os.close(fd)
    if flags[0] & _IMMUTABLE:
        return "it is immutable (chattr +i)"
    return "it takes additions only (chattr +a)" if flags[0] & _APPEND_ONLY else None


def _mounted(path: str) -> str | None:
    """A file that is mounted by itself, as into a container, can be neither replaced nor removed."""
    with suppress(OSError), open("/proc/self/mountinfo", "rb") as file:
        points = {_OCTAL.sub(_octal, line.split(b" ")[4]) for line in file}
        parent, name = os.path.split(path)
        if os.fsencode(os.path.join(os.path.realpath(parent), name)) in points:
            return f"it is a mount point ({os.strerror(errno.EBUSY).lower()})"
    return None


def _others(path: str) -> str | None:
    """In a folder like /tmp only its own files, or those of its own folder, are anybody's to replace."""
    folder, me = os.stat(os.path.dirname(path)), os.geteuid()
    if me == 0 or not folder.st_mode & stat.S_ISVTX:
        return None
    owners = (os.lstat(path).st_uid, folder.st_uid)
    return None if me in owners else "it belongs to another user, in a folder that protects it"


def _octal(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)])
