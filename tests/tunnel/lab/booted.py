# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that systemd runs, as most users' hosts are: a whole boot, in a container."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from ..lab import cgroups
from .host import OWN, Host
from .network import Network
from .node import Node
from .ssh import Keys

# The rules and tables of a host that has just booted.
NO_RULES = """
nft flush ruleset
for family in -4 -6; do
  ip $family rule flush
  ip $family rule add lookup local pref 0
  ip $family rule add lookup main pref 32766
done
ip rule add lookup default pref 32767
"""
TIDY = """
for each in $(wg show interfaces); do ip link delete $each; done
rm -rf /etc/wireguard /var/lib/wg_client
find /etc/systemd -name 'wg-client-*' -delete -o -name 'wg-quick@*' -delete
systemctl daemon-reload
systemctl reset-failed
"""


class Machine(Host):
    """A Debian with systemd, booted from a root file system that stays as it is."""

    def __init__(self, network: Network, name: str, folder: Path, keys: Keys, root: Path) -> None:
        self.own = folder / name
        self.own.mkdir(mode=0o755)
        keys.give_to_host(self.own)
        Node.__init__(self, name)
        self.link = network.attach(self)
        self._outer = self.pid
        cgroups.enter(self.pid)
        self._groups = [self.pid]
        self.boot(
            "mkdir /run/machine && mount -t tmpfs -o mode=0755 lab /run/machine",
            "mkdir /run/machine/{root,changed,work}",
            f"layers=lowerdir={root},upperdir=/run/machine/changed,workdir=/run/machine/work",
            "mount -t overlay -o $layers lab /run/machine/root",
            "cd /run/machine/root",
            *OWN,
            f"echo {name} >etc/hostname; rm -f etc/machine-id; touch etc/machine-id",
            f"cp {self.own}/sshd_config etc/ssh/sshd_config",
            "ln -sf /lib/systemd/system/multi-user.target etc/systemd/system/default.target",
            *self.begin(root),
        )
        self.pid = _wait_for_first_process(self._outer)

    def stop(self) -> None:
        super().stop()
        for each in self._groups:
            cgroups.remove(each)

    def tidy(self) -> None:
        """Take away what a test left of tunnels. What it changed beside, stays."""
        self.attempt("systemctl", "stop", "wg-client-*", "wg-quick@*")
        self.run("bash", "-c", f"{TIDY}\n{NO_RULES}")

    def power_cut(self) -> None:
        """Lose the power, with all that is not on the disk of the host, and boot again."""
        machine, nspawn = self.pid, _parent(self.pid)
        os.kill(machine, signal.SIGKILL)
        self.pid = self._outer
        # It cleans up after the container, and keeps its folder from others till then.
        _wait_for_end(machine, nspawn)
        # The network is the node's, and outlives the container.
        self.run("bash", "-c", NO_RULES)
        self.attempt("ip", "link", "delete", "pvpn0")
        lines = "\n".join(("cd /run/machine/root", *self.begin(Path("/"))))
        with subprocess.Popen(self.command("bash"), stdin=subprocess.PIPE, text=True) as shell:
            cgroups.enter(shell.pid)
            self._groups.append(shell.pid)
            shell.communicate(f"{lines}\n")
        self.pid = _wait_for_first_process(self._outer)

    def begin(self, packages: Path) -> tuple[str, ...]:
        options = (
            *("--directory=/run/machine/root", "--boot", f"--machine={self.name}"),
            *("--register=no", "--keep-unit", "--resolv-conf=off", "--link-journal=no"),
            *("--bind=/dev/net/tun", f"--bind-ro={self.own}:/srv/lab"),
            *("--capability=CAP_NET_ADMIN", "--console=pipe"),
        )
        return (
            "export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network",
            f"systemd-nspawn {' '.join(options)} </dev/null >/run/console 2>&1 &",
        )


def _wait_for_first_process(outer: int, seconds: float = 20) -> int:
    """The container's first process, as a number of this process's namespace."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
            except OSError:
                continue  # it has ended
            if fields.get("State", "").startswith("Z"):
                continue
            numbers = fields.get("NSpid", "").split()
            # One namespace below the node's, and the first in it.
            if len(numbers) > 2 and numbers[-1] == "1" and _descends(int(numbers[0]), outer):
                return int(numbers[0])
        time.sleep(0.1)
    raise RuntimeError("the container has no first process")


def _wait_for_end(*pids: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while any(_state(pid) not in ("", "Z") for pid in pids):
        if time.monotonic() > end:
            raise RuntimeError("the container does not end")
        time.sleep(0.05)


def _stat(pid: int) -> list[str]:
    """The fields after a process's name; none where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _state(pid: int) -> str:
    return "".join(_stat(pid)[:1])


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        pid = _parent(pid)
    return False
