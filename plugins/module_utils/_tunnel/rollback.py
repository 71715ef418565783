# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A change of a running tunnel: staged, armed, started without us, and then confirmed or undone.

All that it needs to be undone is in one folder on the host, whose file ``armed`` says that it is under
way. A run that finds such a file is a run after one that was cut off.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import rollback_script
from .system import detach, make_private_folder, read_text, run, write_private
from .tunnel_options import Options

FOLDER = "/etc/wireguard"
STATES = "/var/lib/wg_client"
_NOTE = f"{FOLDER}/.made-by-wg_client"
# The task that starts a change has ended by then, and its connection is not in use.
DELAY = 2
# A start, or a roll-back, that takes longer than this hangs.
PATIENCE = 90


@dataclass(frozen=True)
class TunnelFiles:
    """Where the files of one tunnel are."""

    interface: str
    manager: str

    @property
    def file(self) -> str:
        return f"{FOLDER}/{self.interface}.conf"

    @property
    def state(self) -> str:
        return f"{STATES}/{self.interface}"

    def in_state(self, name: str) -> str:
        """A file of the state folder."""
        return f"{self.state}/{name}"

    @property
    def is_armed(self) -> bool:
        """Whether a change is under way, or is being put back right now."""
        return os.path.exists(self.in_state("armed")) or os.path.exists(self.in_state("rolling"))

    @property
    def was_put_back(self) -> str:
        """Why the last change was put back; empty where none was."""
        return read_text(self.in_state("rolled_back")).strip()

    def unit(self, what: str) -> str:
        return f"wg-client-{what}-{self.interface}"


def make_folder() -> None:
    """The folder of all tunnels' files. One that was not there leaves a note, to be removed again."""
    made = not os.path.isdir(FOLDER)
    make_private_folder(FOLDER)
    if made:
        write_private(_NOTE, "")


def remove_folder() -> None:
    """Remove the folder of the files, where we made it and nothing else is in it."""
    if os.path.isdir(FOLDER) and os.listdir(FOLDER) == [os.path.basename(_NOTE)]:
        os.unlink(_NOTE)
        os.rmdir(FOLDER)


@dataclass(frozen=True)
class Previous:
    """What the tunnel was, for a roll-back."""

    was_up: bool
    was_enabled: bool
    # Whether the change gives it other keys: the old ones may be dead by now.
    other_keys: bool = False


def prepare(
    files: TunnelFiles, options: Options, prefs: list[int], *, action: str, before: Previous
) -> None:
    """The state folder with the script and its words."""
    disarm(files)  # what an earlier change left waiting
    shutil.rmtree(files.state, ignore_errors=True)
    make_private_folder(STATES)
    make_private_folder(files.state)
    words = {
        "IF": files.interface,
        "SERVICE": files.manager,
        "FILE": files.file,
        "ACTION": action,
        "DELAY": DELAY,
        "ROLLBACK": options.rollback,
        "WAS_UP": int(before.was_up),
        "WAS_ENABLED": int(before.was_enabled),
        "OTHER_KEYS": int(before.other_keys),
        "PREFS": " ".join(map(str, prefs)),
        "NFT": options.nft_table,
    }
    write_private(files.in_state("plan"), "".join(f"{k}='{v}'\n" for k, v in words.items()))
    write_private(files.in_state(rollback_script.NAME), rollback_script.SCRIPT)


def launch(files: TunnelFiles, new: str, stripped: str, *, token: str, seconds: int) -> None:
    """Arm the roll-back, then start the change, both without us."""
    make_folder()
    make_private_folder(files.in_state("new"))
    write_private(files.in_state(f"new/{files.interface}.conf"), new)
    write_private(files.in_state("sync.conf"), stripped)
    _keep_old(files)
    write_private(files.in_state("since"), f"{time.time():.0f}\n")
    write_private(files.in_state("armed"), token)
    if seconds:
        _later(files, "rollback", token, seconds)
    _later(files, "start", token, 0)


def _keep_old(files: TunnelFiles) -> None:
    """The old file as it is: its bytes, mode and owner, or the link that it is."""
    kept = files.in_state("old.conf")
    if os.path.lexists(files.file):
        shutil.copy2(files.file, kept, follow_symlinks=False)
        status = os.lstat(files.file)
        os.chown(kept, status.st_uid, status.st_gid, follow_symlinks=False)


def _later(files: TunnelFiles, what: str, token: str, seconds: int) -> None:
    command = ("sh", files.in_state(rollback_script.NAME), what, files.state, token)
    if files.manager != "systemd":
        detach(*command)
        return
    unit = files.unit(what)
    run("systemctl", "reset-failed", f"{unit}.service")
    # Without an accuracy of its own a timer may be a minute late.
    timer = (f"--on-active={seconds}", "--timer-property=AccuracySec=200ms") if seconds else ()
    ran = run("systemd-run", f"--unit={unit}", "--collect", "--no-block", *timer, *command)
    if not ran:
        if seconds:
            detach("sh", "-c", 'sleep "$0"; exec "$@"', str(seconds), *command)
        else:
            detach(*command)


def confirm(files: TunnelFiles) -> bool:
    """Decide that the change stays: true where the roll-back has not begun. It can't any more."""
    try:
        os.rename(files.in_state("armed"), files.in_state("kept"))
    except FileNotFoundError:
        return False
    disarm(files)
    return True


def disarm(files: TunnelFiles) -> None:
    """End what waits for a roll-back."""
    if files.manager == "systemd":
        run("systemctl", "stop", f"{files.unit('rollback')}.timer")
    pid = read_text(files.in_state("timer")).strip()
    if pid.isdigit() and files.state in read_text(f"/proc/{pid}/cmdline"):
        try:
            os.killpg(int(pid), signal.SIGTERM)
        except OSError:
            pass


def undo(files: TunnelFiles) -> None:
    """Put the old state back now, and wait for it. What has begun to do so is waited for."""
    detach("sh", files.in_state(rollback_script.NAME), "undo", files.state)
    time.sleep(0.2)
    _wait(lambda: not files.is_armed)
    disarm(files)


def _wait(done: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def outcome(files: TunnelFiles) -> str:
    """How the start went: ``ok``, ``failed``, ``timeout`` (put back) or ``hangs``."""

    def known() -> bool:
        return bool(read_text(files.in_state("status")) or files.was_put_back or not files.is_armed)

    if not _wait(known):
        return "hangs"
    return files.was_put_back or read_text(files.in_state("status")).strip() or "gone"


def stop(files: TunnelFiles) -> None:
    """Stop the tunnel with the file that is there, and remove what it left."""
    run("sh", files.in_state(rollback_script.NAME), "stop", files.state, timeout=PATIENCE)


def clean_up(files: TunnelFiles) -> None:
    """Remove the state of a change that is over."""
    shutil.rmtree(files.state, ignore_errors=True)
    try:
        os.rmdir(STATES)
    except OSError:
        pass
