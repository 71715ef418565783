# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node of the lab: a process with namespaces of its own, and what is done in them."""

from __future__ import annotations

import shlex
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..lab import namespaces

SCRIPT = Path(__file__).with_name("node.sh")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

T = TypeVar("T")


class Node:
    """Lives until :meth:`stop`, or until this process ends, however it ends."""

    def __init__(self, name: str, *root: Path) -> None:
        """``root``: the two paths that node.sh takes for a node with a root file system."""
        self.name = name
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", SCRIPT, name, *root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": PATH},
            text=True,
        )
        assert self.process.stdin
        assert self.process.stdout
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        line = self._stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"{name}: no namespaces")
        self.pid = int(line)

    def boot(self, *lines: str) -> None:
        """Let the first process itself run these lines of bash."""
        self._stdin.write("".join(f"{line}\n" for line in (*lines, "")))
        self._stdin.flush()

    def stop(self) -> None:
        """End it, and all that runs in it. Twice does no harm."""
        for pipe in (self._stdin, self._stdout):
            if not pipe.closed:
                pipe.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def call(self, function: Callable[..., T], *args: Any, **options: Any) -> T:
        """Call a function of this process in the node's network."""
        return namespaces.call_in_network(self.pid, function, *args, **options)

    def command(self, *command: object) -> list[str]:
        """A command as it has to be started to run in the node."""
        # env: what is started gets the node's search path, and nothing of this process's environment.
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--net", "--pid", "--uts"]
        return [*enter, "env", "-i", f"PATH={PATH}", "LC_ALL=C", *map(str, command)]

    def run(
        self, *command: object, stdin: str | None = None, check: bool = True, timeout: float = 60
    ) -> str:
        """Run a command in the node; its output. AssertionError where it fails."""
        done = self.attempt(*command, stdin=stdin, timeout=timeout)
        if check and done.returncode != 0:
            text = shlex.join(map(str, command))
            raise AssertionError(f"{self.name}: {text}: {done.returncode}\n{done.stdout}")
        return done.stdout

    def attempt(
        self, *command: object, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that may fail; both outputs are in ``stdout``."""
        return subprocess.run(
            self.command(*command),
            input="" if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )

    def ip(self, *lines: str) -> None:
        """Lines of ``ip``, without the word: ``link set eth0 up``."""
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def sysctl(self, **values: object) -> None:
        """Set ``net.`` values, dots written as two underscores: ``ipv4__conf__all__rp_filter=1``."""
        for name, value in values.items():
            path = f"/proc/sys/net/{name.replace('__', '/')}"
            self.run("tee", path, stdin=str(value))

    def socket(self, kind: socket.SocketKind, address: tuple[str, int]) -> socket.socket:
        """A socket bound to an address of the node."""

        def make() -> socket.socket:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            made = socket.socket(family, kind)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            return made

        return self.call(make)


def stop_all(nodes: Sequence[Node]) -> None:
    """Stop nodes, the last one first."""
    for node in reversed(nodes):
        node.stop()
