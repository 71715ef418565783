# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What puts a tunnel back at boot whose change was not confirmed: the timers of its roll-back end with the power."""

from __future__ import annotations

import os
import re

from .system import write_private

SYSTEMD = "/etc/systemd/system"
OPENRC = "/etc"

_UNIT = """\
[Unit]
Description=Put the WireGuard tunnel {interface} back, whose change was not confirmed before the restart
RequiresMountsFor={state} {folder}
Before=wg-quick@{name}.service

[Service]
Type=oneshot
ExecStart=/bin/sh {script} boot {state}

[Install]
WantedBy=multi-user.target
"""
_INIT = """\
#!/sbin/openrc-run
description="Put the WireGuard tunnel {interface} back, whose change was not confirmed before the restart"

depend() {{
    need localmount
    before wg-quick.{interface}
}}

start() {{
    /bin/sh {script} boot {state}
}}
"""


def paths(interface: str, manager: str) -> list[str]:
    """The files of it, the one that makes it count last; none where nothing is known of how the host boots."""
    name = f"wg-client-boot-{_name(interface)}"
    # A tunnel that nothing starts with the host has its file put back all the same.
    if manager == "systemd" or os.path.isdir("/run/systemd/system"):
        unit = f"{name}.service"
        return [f"{SYSTEMD}/{unit}", f"{SYSTEMD}/multi-user.target.wants/{unit}"]
    if manager == "openrc" or os.path.exists("/run/openrc/softlevel"):
        return [f"{OPENRC}/init.d/{name}", f"{OPENRC}/runlevels/default/{name}"]
    return []


def _name(interface: str) -> str:
    # A unit's name takes no = and no +.
    return re.sub(r"[=+]", lambda found: f"_{ord(found[0]):02x}_", interface)


def install(interface: str, manager: str, *, script: str, state: str, folder: str) -> None:
    """Have it at the next boot."""
    found = paths(interface, manager)
    if not found:
        return
    file, link = found
    is_unit = file.endswith(".service")
    words = {
        "interface": interface,
        "name": _name(interface),
        "script": script,
        "state": state,
        "folder": folder,
    }
    for path in found:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    write_private(file, (_UNIT if is_unit else _INIT).format(**words))
    os.chmod(file, 0o644 if is_unit else 0o755)
    if not os.path.lexists(link):
        os.symlink(file, link)
