# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of a machine, and what of that a machine lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

from .namespaces import may_make_namespaces
from .node import PATH

# program: Debian's package. Makefile's tunnel-packages installs all of them, and the README names them.
PROGRAMS = {
    "wg": "wireguard-tools",
    "wireguard-go": "wireguard-go",
    "ip": "iproute2",
    "nft": "nftables",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "ping": "iputils-ping",
}
CONTAINER_PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "debootstrap": "debootstrap",
    "apt-get": "apt",
}


def lacking(programs: dict[str, str] = PROGRAMS) -> str:
    """Why the lab can't be had here, in a line; empty where it can."""
    if not may_make_namespaces():
        return "needs root that may make namespaces"
    if not Path("/dev/net/tun").exists():
        return "needs /dev/net/tun"
    missing = [package for name, package in programs.items() if not shutil.which(name, path=PATH)]
    if missing:
        return f"needs the packages {' '.join(missing)} (make tunnel-packages)"
    return ""
