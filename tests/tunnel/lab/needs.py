# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of a machine, and what of that a machine lacks. Run, it prints the packages missing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from .namespaces import may_make_namespaces
from .node import PATH

# program: Debian's package. `make tunnel-packages` installs all of them, and the README names them.
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


def missing(programs: Mapping[str, str]) -> list[str]:
    """The packages whose programs are not there."""
    return [package for name, package in programs.items() if not shutil.which(name, path=PATH)]


def lacking(programs: Mapping[str, str]) -> str:
    """Why the lab can't be had here, in a line; empty where it can."""
    if not may_make_namespaces():
        return "has no root that may make namespaces"
    if not Path("/dev/net/tun").exists():
        return "has no /dev/net/tun"
    if packages := missing(programs):
        return f"lacks {', '.join(packages)} (make tunnel-packages)"
    return ""


if __name__ == "__main__":
    print(*missing({**PROGRAMS, **CONTAINER_PROGRAMS}))
