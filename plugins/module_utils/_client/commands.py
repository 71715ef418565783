# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Commands on the host, and what they tell of it. A command that is missing has the status 127."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Nothing of the caller's: LOG_LEVEL keeps wireguard-go in the foreground, a proxy is no concern here.
_CLEAN = ("env", "-i", f"PATH={PATH}", "LC_ALL=C", "WG_ENDPOINT_RESOLUTION_RETRIES=2")
# In a session of its own, with nothing of the caller's open.
_DETACHED = 'cd /; setsid "$@" </dev/null >/dev/null 2>&1 &'


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def __bool__(self) -> bool:
        return self.code == 0


class Runner:
    """Runs a list of arguments to its end: a module's ``run_command``, and nothing before there is one."""

    command: Callable[..., tuple[int, str, str]] | None = None


def run(*command: str, timeout: int = 60) -> Ran:
    """Run a command to its end, for at most so many seconds. No key may be among the arguments."""
    if Runner.command is None:
        raise RuntimeError("no module runs")
    arguments = [*_CLEAN, "timeout", str(timeout), *command]
    return Ran(
        *Runner.command(arguments, expand_user_and_vars=False, errors="surrogate_or_replace")
    )


def detach(*command: str) -> None:
    """Start a command that goes on when the connection that we run by is cut."""
    run("sh", "-c", _DETACHED, "sh", *command)


def found(name: str) -> str | None:
    """Where a command is; None where it is not."""
    return shutil.which(name, path=PATH)


def contents(path: str) -> str:
    """A file's text, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def is_root() -> bool:
    return os.geteuid() == 0
