# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host: what a role is run on. Its own root file system, its own network, its own sshd."""

from __future__ import annotations

from pathlib import Path

from ..lab import debs
from .network import Link, Network
from .node import Node
from .ssh import Keys

NAMESERVER = "198.18.0.53"  # nobody is there
# Nothing of the machine's WireGuard, package sources and mounts; no password, and no lock on it either.
OWN = (
    "rm -rf etc/wireguard etc/apt/sources.list etc/apt/sources.list.d/* var/lib/apt/lists/*",
    "rm -f etc/resolv.conf etc/fstab usr/sbin/policy-rc.d",
    f"echo nameserver {NAMESERVER} >etc/resolv.conf",
    f"echo '{debs.SOURCE.strip()}' >etc/apt/sources.list",
    "sed -i 's/^root:[^:]*:/root:*:/' etc/shadow",
    # Ansible goes by the age of the folder, and takes an empty one for a list of today.
    "rm -f var/lib/apt/periodic/update-success-stamp; touch -d 2020-01-01 var/lib/apt/lists",
    "mkdir -p srv/lab srv/debs",
)


class Host(Node):
    """A Debian without systemd: the machine's files, with all changes kept to itself."""

    link: Link

    def __init__(
        self, network: Network, name: str, folder: Path, keys: Keys, packages: Path
    ) -> None:
        self.own = folder / name
        self.own.mkdir(mode=0o755)
        keys.give_to_host(self.own)
        place = folder / "place"
        place.mkdir(exist_ok=True)
        super().__init__(name, Path("/"), place)
        self.link = network.attach(self)
        self.boot(*OWN, *self.begin(packages))

    def begin(self, packages: Path) -> tuple[str, ...]:
        """The lines of the first process that have it running. They run in the root folder."""
        mount = "mount --bind /run/old"
        return (
            f"{mount}{self.own} srv/lab",
            f"if [ -d /run/old{packages} ]; then {mount}{packages} srv/debs; fi",
            "umount -l /run/old && rmdir /run/old",
            "mkdir -p /run/sshd",
            "/usr/sbin/sshd -f /srv/lab/sshd_config",
        )

    @property
    def v4(self) -> str:
        return self.link.v4()

    @property
    def v6(self) -> str:
        return self.link.v6()

    def write(self, path: str, text: str, mode: str = "0644") -> None:
        """Write a file."""
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, stdin=text)

    def read(self, path: str) -> str:
        return self.run("cat", path)

    def exists(self, path: str) -> bool:
        return self.attempt("test", "-e", path).returncode == 0

    def remove_programs(self, *names: str) -> None:
        """Have a host that lacks these programs."""
        for name in names:
            found = self.attempt("sh", "-c", f"command -v {name}").stdout.strip()
            if found:
                self.run("rm", "-f", found)
