# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host: what a role is run on. Its own root file system, its own network, its own sshd."""

from __future__ import annotations

from pathlib import Path

from .network import Link, Network
from .node import Node
from .ssh import Keys

NAMESERVER = "198.18.0.53"  # nobody is there
# Nothing of the machine's WireGuard, package sources and mounts; no password, and no lock on it either.
OWN = (
    "rm -rf /etc/wireguard /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*",
    "rm -rf /etc/resolv.conf /etc/fstab /etc/systemd/system/*wg-quick*",
    f"echo nameserver {NAMESERVER} >/etc/resolv.conf",
    "sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow",
    "mkdir -p /run/sshd",
)
SSHD = "/usr/sbin/sshd -f /run/lab/sshd_config"


class Host(Node):
    """A Debian without systemd: the machine's files, with all changes kept to itself."""

    def __init__(self, network: Network, name: str, folder: Path, keys: Keys) -> None:
        own = folder / name
        own.mkdir(mode=0o755)
        place = folder / "place"
        place.mkdir(exist_ok=True)
        keys.give_to_host(own)
        super().__init__(name, own, Path("/"), place)
        self.link: Link = network.attach(self)
        self.boot(*OWN, SSHD)

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
