# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Runs commands on the host, and reads and writes its files. A command that is missing has the status 127."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Nothing of the caller's: LOG_LEVEL keeps wireguard-go in the foreground, a proxy is no concern here.
_CLEAN = ("env", "-i", f"PATH={PATH}", "LC_ALL=C", "WG_ENDPOINT_RESOLUTION_RETRIES=2")
# In a session of its own, with nothing of the caller's open. Where systemd runs, beside the login's scope: it may
# end all processes of a login that ends (KillUserProcesses), the tunnel's among them.
_DETACHED = (
    "cd /; if [ -d /run/systemd/system ] && systemd-run --scope --quiet true </dev/null >/dev/null 2>&1; "
    'then set -- systemd-run --scope --quiet "$@"; fi; setsid "$@" </dev/null >/dev/null 2>&1 &'
)


# What runs commands here: the module's own ``run_command``, for as long as the module works.
_RUN_COMMAND: ContextVar[Callable[..., Any]] = ContextVar("run_command")


@contextmanager
def commands_by(run_command: Callable[..., Any]) -> Iterator[None]:
    """In here, commands are run by a module's ``run_command``."""
    before = _RUN_COMMAND.set(run_command)
    try:
        yield
    finally:
        _RUN_COMMAND.reset(before)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def __bool__(self) -> bool:
        return self.code == 0


def run(*command: str, timeout: int = 60) -> Ran:
    """Run a command to its end, for at most so many seconds. No key may be among the arguments."""
    return execute(["timeout", str(timeout), *command])


def execute(arguments: Sequence[str]) -> Ran:
    """Run exactly this. The tests put a host of their own in its place."""
    code, out, err = _RUN_COMMAND.get()(
        [*_CLEAN, *arguments], expand_user_and_vars=False, encoding=None
    )
    return Ran(code, out.decode(errors="replace"), err.decode(errors="replace"))


def detach(*command: str) -> None:
    """Start a command that goes on when the connection that we run by is cut."""
    run("sh", "-c", _DETACHED, "sh", *command)


def find_program(name: str) -> str | None:
    """The path of a command; None where there is none."""
    return shutil.which(name, path=PATH)


def read_text(path: str) -> str:
    """A file's text, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def write_private(path: str, text: str) -> None:
    """Write a file for its owner alone, whole or not at all."""
    new = f"{path}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        os.unlink(new)  # a full disk
        raise
    os.replace(new, path)


def sync_folder(path: str) -> None:
    """Have the names in a folder on the disk; some file systems can't be told."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(folder)
    finally:
        os.close(folder)


def is_private(path: str) -> bool:
    """Whether a file is its owner's, root's, alone."""
    status = os.stat(path)
    return status.st_mode & 0o777 == 0o600 and status.st_uid == os.geteuid()


def make_private(path: str) -> None:
    """Give a file to us alone."""
    os.chown(path, os.geteuid(), os.getegid())
    os.chmod(path, 0o600)


def make_private_folder(path: str) -> None:
    """Make a folder for us alone, and those above it."""
    os.makedirs(path, mode=0o700, exist_ok=True)
    os.chmod(path, 0o700)


@contextmanager
def private_file(text: str) -> Iterator[str]:
    """The path of a file for its owner alone, for as long as a command reads it."""
    with tempfile.TemporaryDirectory(prefix="wg_client-") as folder:
        path = os.path.join(folder, "wg.conf")
        write_private(path, text)
        yield path
