# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Commands on the host, and what they tell of it. A command that is missing has the status 127."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Nothing of the caller's: LOG_LEVEL keeps wireguard-go in the foreground, a proxy is no concern here.
ENVIRONMENT = {"PATH": PATH, "LC_ALL": "C", "WG_ENDPOINT_RESOLUTION_RETRIES": "2"}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def __bool__(self) -> bool:
        return self.code == 0


def run(*command: str, timeout: float = 60) -> Ran:
    """Run a command to its end. No key may be among the arguments."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        return Ran(127, "", f"{command[0]}: command not found")
    except subprocess.TimeoutExpired:
        return Ran(124, "", f"{command[0]}: no end within {timeout:.0f} s")
    return Ran(
        done.returncode,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
    )


def detach(*command: str) -> None:
    """Start a command that goes on when the connection that we run by is cut."""
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
        close_fds=True,
    )


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
