# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen on a host: its tunnel, and all that the role could leave behind."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO

from .host import Host
from .server import ADDRESS

INTERFACE = "pvpn0"
CONF = f"/etc/wireguard/{INTERFACE}.conf"

# Where packages and systemd keep their own accounts; the tests are about what the role leaves.
NOT_OURS = "( -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd ) -prune"
FILES = ("find", "/etc", "/var/lib", "/usr/local", *NOT_OURS.split(), "-o", "-type", "f")


def public_key(host: Host, interface: str = INTERFACE) -> str:
    """The device's public key."""
    return host.run("wg", "show", interface, "public-key").strip()


def mark(host: Host, interface: str = INTERFACE) -> str:
    """The device's mark: ``0xca6c``, ``off``."""
    return host.run("wg", "show", interface, "fwmark").strip()


def number(host: Host, interface: str = INTERFACE) -> str:
    """The interface's number, which another one of the same name does not have."""
    return host.read(f"/sys/class/net/{interface}/ifindex").strip()


def has_interface(host: Host, interface: str = INTERFACE) -> bool:
    return host.exists(f"/sys/class/net/{interface}")


def rules(host: Host) -> list[str]:
    """All rules, of both families."""
    return [
        f"{family} {line.strip()}"
        for family in ("-4", "-6")
        for line in host.run("ip", family, "rule").splitlines()
    ]


def routes(host: Host) -> list[str]:
    """All routes of all tables, of both families; without the addresses that an interface makes up."""
    lines = []
    for family in ("-4", "-6"):
        listed = host.run("ip", family, "route", "show", "table", "all").splitlines()
        lines += sorted(f"{family} {line.strip()}" for line in listed if "fe80:" not in line)
    return lines


def state(host: Host) -> dict[str, object]:
    """Everything that a role could leave behind, to be compared with the same from before."""
    sums = host.run(*FILES, "-exec", "sha256sum", "{}", "+", check=False).splitlines()
    links = host.run("find", "/etc", "-type", "l", "-printf", "%p -> %l\n").splitlines()
    nft = host.attempt("nft", "list", "ruleset")
    return {
        "rules": rules(host),
        "routes": routes(host),
        "links": host.run("ls", "/sys/class/net").split(),
        "resolv.conf": host.read("/etc/resolv.conf"),
        "files": sorted(line.split("  ", 1)[1] + " " + line[:8] for line in sums),
        "symbolic links": sorted(links),
        "nft": nft.stdout if nft.returncode == 0 else "",
        "processes": re.findall(r"wireguard-go", host.run("ps", "-eo", "args")),
    }


# What only a failing test waits for in full: until a play that was started, or a boot, has come so far.
A_PLAY, A_BOOT = 240, 120


def until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes true within so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


class Ping:
    """A ping through the tunnel that goes on, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        self.lines: list[str] = []
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, output: IO[str]) -> None:
        with contextlib.suppress(ValueError):  # closed at the end
            for line in output:
                if "icmp_seq=" in line:
                    self.lines.append(line.strip())

    def _numbers(self, what: str) -> set[int]:
        """The numbers of the packets of which this was said."""
        return {int(re.findall(r"icmp_seq=(\d+)", line)[0]) for line in self.lines if what in line}

    def lost(self) -> set[int]:
        """The packets that found no answer; a late one is one. Waits until two more were answered."""
        goal = len(self._numbers("bytes from")) + 2
        assert until(lambda: len(self._numbers("bytes from")) >= goal, 10), "no answer any more"
        answered = self._numbers("bytes from")
        return {each for each in self._numbers("icmp_seq=") - answered if each < max(answered)}


@contextlib.contextmanager
def pinging(host: Host, address: str = ADDRESS) -> Iterator[Ping]:
    """Ping an address from a host, five times a second."""
    # -O: it says so at once when an answer is missing.
    command = host.command("ping", "-O", "-n", "-i", "0.2", address)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            ping = Ping(process)
            ping.lost()
            ping.lines.clear()  # the first packets may have waited for a handshake
            yield ping
        finally:
            process.kill()
