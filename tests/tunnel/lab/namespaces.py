# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Doing something in another process's network: a call, a command.

A socket belongs for good to the network it was made in, so a thread that goes there, makes it and ends is
all that it takes to listen on a node, or to connect from one, without a program on it.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

CLONE_NEWNET = 0x40000000

T = TypeVar("T")


def enter_network(pid: int) -> None:
    """Move this thread into the network of a process. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns needs Python 3.12
    with Path(f"/proc/{pid}/ns/net").open("rb") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the network of process {pid}")


def call_in_network(pid: int, function: Callable[..., T], *args: Any, **options: Any) -> T:
    """Call a function in a thread of that network; whatever it starts there stays there."""
    values: list[T] = []
    errors: list[BaseException] = []

    def there() -> None:
        try:
            enter_network(pid)
            values.append(function(*args, **options))
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    thread = threading.Thread(target=there, name=f"in the network of {pid}")
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return values[0]


@functools.cache
def may_make_namespaces() -> bool:
    """Whether this process is a root that can make namespaces; some containers' roots can't."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    command = ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", "true"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
