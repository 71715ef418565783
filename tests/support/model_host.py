# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of a host whose tunnel is changed: its disk is a real folder, and what changes it is the real code.

The roll-back's script is run by bash, which can kill it before any of its commands, and with a limit of no bytes
for files, which is a full disk. The modules' functions are killed before any of their lines. Only the device, the
ip rules, the service manager and the clock are models. A second tunnel stands beside it, and is nobody's concern.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    boot_hook,
    confirm,
    connection,
    host,
    one_at_a_time,
    rollback,
    rollback_script,
    system,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    TunnelError,
)
from tests.support.tunnel_hosts import CONF, options

OLD, NEW, OTHER = (f"# {tag}\n{CONF}" for tag in ("old", "new", "other"))
NEIGHBOUR = "pvpn1"
# A rule of each of them, by its preference.
PREF, PREF_OF_NEIGHBOUR = 31000, 31003
WHERE = {module.__file__ for module in (rollback, system, boot_hook, one_at_a_time, confirm, host)}
# Before each command, and in the functions too. $$ is the script, also where a part of it runs beside it.
_PRELUDE = r"""
set -T
steps=0
device=%(net)s/device
rules=%(net)s/rule
systemctl() {
    case "$1 $2" in
    "start wg-quick@pvpn0.service") wg-quick up "$FILE" ;;
    "stop wg-quick@pvpn0.service") rm -f "$device" "$rules-%(pref)d" ;;
    esac
}
wg-quick() {
    case $1 in
    up)
        [ ! -L "$device" ] || return 1
        read -r _mark tag <"$2" || return 1
        [ "$tag" != new ] || [ %(starts)s = 1 ] || return 1
        ln -s "$tag" "$device" && : >"$rules-%(pref)d"
        ;;
    down) rm -f "$device" "$rules-%(pref)d" ;;
    esac
}
wg() { [ -L "$device" ]; }
ip() {
    case "$2 $3" in
    "delete dev") rm -f "$device" ;;
    "rule delete") rm "$rules-$5" 2>/dev/null ;;
    *) return 1 ;;
    esac
}
nft() { :; }
journalctl() { :; }
sleep() { :; }
sync() { :; }
"""
_TRAP = "trap '((++steps == %d)) && kill -9 $$' DEBUG\n"
_FULL = "trap '' XFSZ; ulimit -f 0\n"


class Killed(BaseException):
    """The process was killed here."""


@dataclass
class Mutation:
    """What is broken on purpose."""

    name: str = ""
    script: tuple[str, str] = ("", "")
    patch: Callable[[pytest.MonkeyPatch], None] | None = None


class ModelHost:
    """A host with systemd that has a tunnel ``pvpn0``, or none."""

    def __init__(self, folder: Path, *, had: bool, up: bool, enabled: bool, starts: bool) -> None:
        self.folder = folder
        self.net = folder / "net"
        self.net.mkdir()
        self.boot_id = folder / "boot_id"
        self.boot_id.write_text("1")
        self.starts = starts
        self.enabled = enabled
        self.on_disk: set[int] = set()
        self.waiting: list[tuple[str, ...]] = []
        self.files = rollback.TunnelFiles("pvpn0", "systemd")
        self.mutation = Mutation()
        rollback.make_folder()
        if had:
            system.write_private(self.files.file, OLD)
        system.write_private(f"{rollback.FOLDER}/{NEIGHBOUR}.conf", OTHER)
        self._has_rule(PREF_OF_NEIGHBOUR)
        if up:
            self._has_device("old")

    def _has_device(self, tag: str) -> None:
        (self.net / "device").symlink_to(tag)
        self._has_rule(PREF)

    def _has_rule(self, pref: int) -> None:
        (self.net / f"rule-{pref}").touch()

    # What is seen.

    @property
    def device(self) -> str | None:
        link = self.net / "device"
        return os.readlink(link) if link.is_symlink() else None

    @property
    def file(self) -> str | None:
        path = Path(self.files.file)
        return path.read_text() if path.exists() else None

    @property
    def rules(self) -> set[int]:
        return {int(path.name.removeprefix("rule-")) for path in self.net.glob("rule-*")}

    @property
    def neighbour(self) -> tuple[str, bool]:
        """The other tunnel's file, and whether its rule is there."""
        text = Path(rollback.FOLDER, f"{NEIGHBOUR}.conf").read_text()
        return text, PREF_OF_NEIGHBOUR in self.rules

    # What happens.

    def execute(self, arguments: list[str]) -> system.Ran:
        command = arguments[arguments.index("timeout") + 2 :]
        if command[0] == "systemd-run":
            self.waiting.append(tuple(command[command.index("sh") + 2 :]))
        elif command[:2] == ["systemctl", "enable"]:
            self.enabled = True
        elif command[:2] == ["systemctl", "disable"]:
            self.enabled = False
        elif command[:2] == ["systemctl", "is-enabled"]:
            return system.Ran(0 if self.enabled else 1, "", "")
        elif command[0] == "sh":  # detached
            self.script("undo", self.files.state)
        elif command[0] in ("ip", "wg", "nft"):
            return system.Ran(1, "", "")
        return system.Ran(0, "", "")

    def script(self, *words: str, kill: int = 0, full: bool = False) -> int:
        """Run the script; its status, -9 where it was killed."""
        text = rollback_script.SCRIPT.replace("/proc/sys/kernel/random/boot_id", str(self.boot_id))
        text = text.replace("flock -w 90 9", ":")
        before, after = self.mutation.script
        assert before in text, f"{self.mutation.name}: {before}"
        text = text.replace(before, after)
        prelude = _PRELUDE % {"net": self.net, "starts": int(self.starts), "pref": PREF}
        prelude += _FULL if full else ""
        prelude += _TRAP % kill if kill else ""
        command = ["bash", "-c", f"{prelude}\n{text}", "client.sh", *words]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False
        ).returncode

    def run_waiting(self, mode: str, **how: Any) -> bool:
        """Run the first thing of this kind that waits. A timer whose change is over was stopped."""
        for words in self.waiting:
            if words[0] == mode:
                self.waiting.remove(words)
                self.script(*words, **how)
                return True
        return False

    def power_cut(self, kill: int = 0) -> None:
        """What was not on the disk is lost, and the host starts again; perhaps the power goes once more."""
        for path in (*self.folder.glob("state/pvpn0/*"), *self.folder.glob("wireguard/.*")):
            if path.is_file() and path.stat().st_ino not in self.on_disk:
                path.write_text("")
        self._boot(kill)
        if kill:
            self._boot(0)

    def _boot(self, kill: int) -> None:
        self.waiting.clear()
        for path in self.net.iterdir():
            path.unlink()
        self._has_rule(PREF_OF_NEIGHBOUR)  # it starts with the host
        self.boot_id.write_text(f"{self.boot_id.read_text()}1")
        for link in (self.folder / "systemd" / "multi-user.target.wants").glob("*.service"):
            begin = re.search(
                r"ExecStart=/bin/sh \S+ (.*)", link.read_text() if link.exists() else ""
            )
            if begin:
                self.script(*begin[1].split(), kill=kill)
        if self.enabled and self.file and not kill:
            tag = self.file.split()[1]
            if tag != "new" or self.starts:
                self._has_device(tag)


@contextmanager
def model(folder: Path, mutation: Mutation, **values: Any) -> Iterator[ModelHost]:
    """A host in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollback, "FOLDER", str(folder / "wireguard"))
        patch.setattr(rollback, "_NOTE", str(folder / "wireguard" / "note"))
        patch.setattr(rollback, "STATES", str(folder / "state"))
        patch.setattr(boot_hook, "SYSTEMD", str(folder / "systemd"))
        patch.setattr(connection, "BOOT_ID", str(folder / "boot_id"))
        patch.setattr(one_at_a_time, "WAIT", 0)
        patch.setattr(rollback, "PATIENCE", 0)
        found = ModelHost(folder, **values)
        found.mutation = mutation
        patch.setattr(system, "execute", found.execute)

        def note(descriptor: int) -> None:
            found.on_disk.add(os.fstat(descriptor).st_ino)

        patch.setattr(os, "fsync", note)
        if mutation.patch:
            mutation.patch(patch)
        yield found


@contextmanager
def killed_at(line: int) -> Iterator[None]:
    """Kill what runs inside before this line of the tunnel's code; 0: don't."""
    count = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename not in WHERE:
            return None
        if event == "line":
            count += 1
            if count == line:
                raise Killed
        return trace

    before = sys.gettrace()
    if line:
        sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def full_disk(full: bool, written: int = 0) -> Iterator[None]:
    """No file takes a byte, once so many were written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    count = 0

    def write(path: str, text: str) -> None:
        nonlocal count
        if count == written:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        count += 1
        system.write_private(path, text)

    with pytest.MonkeyPatch.context() as patch:
        for module in (rollback, boot_hook) if full else ():
            patch.setattr(module, "write_private", write)
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def begin(
    found: ModelHost,
    change_id: str,
    *,
    interface: str = "pvpn0",
    kill: int = 0,
    full: bool = False,
    written: int = 0,
) -> str:
    """What a play's first task does, from its turn to the start: ``ok``, ``killed`` or ``refused``."""
    files = rollback.TunnelFiles(interface, "systemd")
    wanted = options(interface=interface, service="systemd", dns="none", verify=0)
    try:
        with full_disk(full, written), killed_at(kill), one_at_a_time.turn():
            for left in one_at_a_time.under_way():
                rollback.undo(left.files)
            before = rollback.Previous(found.device is not None)
            rollback.prepare(files, wanted, [PREF], action="restart", before=before)
            about = one_at_a_time.about(files, change_id=change_id, action="restart", seconds=60)
            rollback.stage(files, NEW, "stripped", about)
            rollback.launch(files, change_id, 60)
    except Killed:
        return "killed"
    except TunnelError:
        return "refused"
    return "ok"


def confirmed(found: ModelHost, change_id: str, *, old_connection: bool, kill: int = 0) -> str:
    """What a play's last task does: ``ok``, ``killed`` or ``refused``."""
    began = 0 if old_connection else sys.maxsize - 1
    server = connection.Process(1, 0, began, "sshd")
    way = connection.Connection(server, connection.Process(2, 1, began, "sh"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "find", lambda *chain: way)
        try:
            with killed_at(kill):
                confirm.confirm(options(service="systemd", dns="none", verify=0), change_id)
        except Killed:
            return "killed"
        except TunnelError:
            return "refused"
    return "ok"


def fresh(folder: Path) -> Path:
    """An empty folder in the place of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
