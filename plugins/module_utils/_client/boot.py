# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Whether the tunnel starts with the host."""

from __future__ import annotations

import os

from .commands import run
from .host import INIT_SCRIPT


def is_enabled(interface: str, manager: str) -> bool:
    """Whether the service manager has the tunnel among what it starts. Without one: never."""
    if manager == "systemd":
        return bool(run("systemctl", "is-enabled", "--quiet", f"wg-quick@{interface}.service"))
    if manager == "openrc":
        return f"wg-quick.{interface} " in f"{run('rc-update', 'show', 'default').out} "
    return False


def enable(interface: str, manager: str) -> bool:
    """Let the tunnel start with the host; whether that is so now."""
    if manager == "systemd":
        return bool(run("systemctl", "enable", "--quiet", f"wg-quick@{interface}.service"))
    if manager == "openrc":
        if not os.path.lexists(f"{INIT_SCRIPT}.{interface}"):
            os.symlink("wg-quick", f"{INIT_SCRIPT}.{interface}")
        return bool(run("rc-update", "add", f"wg-quick.{interface}", "default"))
    return False


def disable(interface: str, manager: str) -> None:
    """Let it not start with the host."""
    if manager == "systemd":
        run("systemctl", "disable", "--quiet", f"wg-quick@{interface}.service")
    if manager == "openrc":
        run("rc-update", "delete", f"wg-quick.{interface}", "default")


def unlink_script(interface: str) -> None:
    """Remove OpenRC's link for a tunnel that is gone."""
    if os.path.lexists(f"{INIT_SCRIPT}.{interface}"):
        os.unlink(f"{INIT_SCRIPT}.{interface}")
