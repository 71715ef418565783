# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control group for each container: without one, two of them would share the machine's root group."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "premiervpn-lab-"


def _hierarchies() -> list[Path]:
    """Those that systemd uses: the one there is, or its own two beside the others."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [path for path in (ROOT / "systemd", ROOT / "unified") if path.is_dir()]


def enter(pid: int) -> None:
    """Put a process into a group of its own."""
    for hierarchy in _hierarchies():
        group = hierarchy / f"{PREFIX}{os.getpid()}-{pid}"
        group.mkdir()
        (group / "cgroup.procs").write_text(str(pid))


def remove(pid: int) -> None:
    """Remove the group of a process that has ended, with all that the container made in it."""
    for hierarchy in _hierarchies():
        _remove(hierarchy / f"{PREFIX}{os.getpid()}-{pid}")


def sweep() -> None:
    """Remove what tests left behind that were killed."""
    for hierarchy in _hierarchies():
        for group in hierarchy.glob(f"{PREFIX}*"):
            owner = group.name.removeprefix(PREFIX).partition("-")[0]
            if not Path("/proc", owner).exists():
                _remove(group)


def _remove(group: Path) -> None:
    for folder, _folders, _files in os.walk(group, topdown=False):
        with contextlib.suppress(OSError):  # another sweep, or a process that is about to end
            Path(folder).rmdir()
