# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real connection: a key for the controller, an sshd for each host, and sessions that stay open."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .node import Node

SSHD = """
Port 22
AddressFamily any
HostKey /srv/lab/host_key
AuthorizedKeysFile /srv/lab/authorized_keys
PidFile none
PermitRootLogin yes
PasswordAuthentication no
UsePAM no
UseDNS no
StrictModes no
Subsystem sftp internal-sftp
"""


class Keys:
    """The keys of one lab: the controller's, and one that all hosts have."""

    def __init__(self, folder: Path) -> None:
        self.client = folder / "client_key"
        self.host = folder / "host_key"
        for key in (self.client, self.host):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(f"* {_public(self.host)}")

    def give_to_host(self, folder: Path) -> None:
        """What the host's sshd reads."""
        (folder / "authorized_keys").write_text(_public(self.client))
        key = folder / "host_key"
        key.write_bytes(self.host.read_bytes())
        key.chmod(0o600)
        (folder / "sshd_config").write_text(SSHD)

    def options(self) -> list[str]:
        """What ssh has to be told, and nothing of this machine's or user's settings."""
        settings = (
            f"IdentityFile={self.client}",
            "IdentitiesOnly=yes",
            f"UserKnownHostsFile={self.known_hosts}",
            "GlobalKnownHostsFile=/dev/null",
            "BatchMode=yes",
            "ConnectTimeout=6",
        )
        return ["-F", "/dev/null", *(part for each in settings for part in ("-o", each))]


def _public(key: Path) -> str:
    return key.with_suffix(".pub").read_text()


class Session:
    """An ssh session that is open: says what is said to it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout

    def lives(self, wait: float = 10) -> bool:
        """Whether a line that goes there comes back within so many seconds."""
        line = os.urandom(8).hex().encode() + b"\n"
        try:
            self._stdin.write(line)
            self._stdin.flush()
        except OSError:
            return False
        back = b""
        while len(back) < len(line) and select.select([self._stdout], [], [], wait)[0]:
            part = os.read(self._stdout.fileno(), 4096)
            if not part:
                return False
            back += part
        return back == line


@contextlib.contextmanager
def session(controller: Node, keys: Keys, address: str) -> Iterator[Session]:
    """An open session to a host. AssertionError if none comes about."""
    command = controller.command("ssh", *keys.options(), f"root@{address}", "cat")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            made = Session(process)
            assert made.lives(10), f"no ssh session to {address}"
            yield made
        finally:
            process.kill()


def reachable(controller: Node, keys: Keys, address: str) -> bool:
    """Whether a new session comes about."""
    command = ("ssh", *keys.options(), f"root@{address}", "true")
    return controller.attempt(*command, timeout=30).returncode == 0
