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

from . import script
from .commands import contents, detach, run
from .options import Options
from .wanted import Wanted

FOLDER = "/etc/wireguard"
STATES = "/var/lib/wg_client"
_NOTE = f"{FOLDER}/.made-by-wg_client"
# The task that starts a change has ended by then, and its connection is not in use.
DELAY = 2
# A start, or a roll-back, that takes longer than this hangs.
PATIENCE = 90


@dataclass(frozen=True)
class Place:
    """Where the files of one tunnel are."""

    interface: str
    manager: str

    @property
    def file(self) -> str:
        return f"{FOLDER}/{self.interface}.conf"

    @property
    def state(self) -> str:
        return f"{STATES}/{self.interface}"

    def kept(self, name: str) -> str:
        """A file of the state folder."""
        return f"{self.state}/{name}"

    @property
    def is_armed(self) -> bool:
        """Whether a change is under way, or is being put back right now."""
        return os.path.exists(self.kept("armed")) or os.path.exists(self.kept("rolling"))

    @property
    def was_put_back(self) -> str:
        """Why the last change was put back; empty where none was."""
        return contents(self.kept("rolled_back")).strip()

    def unit(self, what: str) -> str:
        return f"wg-client-{what}-{self.interface}"


def write_private(path: str, text: str) -> None:
    """Write a file for its owner alone, whole or not at all."""
    new = f"{path}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def is_private(path: str) -> bool:
    """Whether a file is its owner's, root's, alone."""
    status = os.stat(path)
    return status.st_mode & 0o777 == 0o600 and status.st_uid == os.geteuid()


def make_private(path: str) -> None:
    os.chown(path, os.geteuid(), os.getegid())
    os.chmod(path, 0o600)


def make_private_folder(path: str) -> None:
    os.makedirs(path, mode=0o700, exist_ok=True)
    os.chmod(path, 0o700)


def make_home() -> None:
    """The folder of all tunnels' files. One that was not there leaves a note, to be removed again."""
    made = not os.path.isdir(FOLDER)
    make_private_folder(FOLDER)
    if made:
        write_private(_NOTE, "")


def leave_home() -> None:
    """Remove the folder of the files, where we made it and nothing else is in it."""
    if os.path.isdir(FOLDER) and os.listdir(FOLDER) == [os.path.basename(_NOTE)]:
        os.unlink(_NOTE)
        os.rmdir(FOLDER)


@dataclass(frozen=True)
class Before:
    """What the tunnel was, for a roll-back."""

    was_up: bool
    was_enabled: bool


def prepare(
    place: Place, options: Options, prefs: list[int], *, action: str, before: Before
) -> None:
    """The state folder with the script and its words."""
    disarm(place)  # what an earlier change left waiting
    shutil.rmtree(place.state, ignore_errors=True)
    make_private_folder(STATES)
    make_private_folder(place.state)
    words = {
        "IF": place.interface,
        "SERVICE": place.manager,
        "FILE": place.file,
        "ACTION": action,
        "DELAY": DELAY,
        "ROLLBACK": options.rollback,
        "WAS_UP": int(before.was_up),
        "WAS_ENABLED": int(before.was_enabled),
        "PREFS": " ".join(map(str, prefs)),
    }
    write_private(place.kept("plan"), "".join(f"{k}='{v}'\n" for k, v in words.items()))
    write_private(place.kept(script.NAME), script.SCRIPT)


def launch(place: Place, wanted: Wanted, stripped: str, old: str | None, token: str) -> None:
    """Arm the roll-back, then start the change, both without us."""
    make_home()
    make_private_folder(place.kept("new"))
    write_private(place.kept(f"new/{place.interface}.conf"), wanted.text)
    write_private(place.kept("sync.conf"), stripped)
    if old is not None:
        write_private(place.kept("old.conf"), old)
    write_private(place.kept("since"), f"{time.time():.0f}\n")
    write_private(place.kept("armed"), token)
    if wanted.options.rollback:
        _later(place, "rollback", token, wanted.options.rollback)
    _later(place, "start", token, 0)


def _later(place: Place, what: str, token: str, seconds: int) -> None:
    command = ("sh", place.kept(script.NAME), what, place.state, token)
    if place.manager != "systemd":
        detach(*command)
        return
    unit = place.unit(what)
    run("systemctl", "reset-failed", f"{unit}.service")
    # Without an accuracy of its own a timer may be a minute late.
    timer = (f"--on-active={seconds}", "--timer-property=AccuracySec=200ms") if seconds else ()
    ran = run("systemd-run", f"--unit={unit}", "--collect", "--no-block", *timer, *command)
    if not ran:
        if seconds:
            detach("sh", "-c", 'sleep "$0"; exec "$@"', str(seconds), *command)
        else:
            detach(*command)


def take(place: Place) -> bool:
    """Decide that the change stays: true where the roll-back has not begun. It can't any more."""
    try:
        os.rename(place.kept("armed"), place.kept("kept"))
    except FileNotFoundError:
        return False
    disarm(place)
    return True


def disarm(place: Place) -> None:
    """End what waits for a roll-back."""
    if place.manager == "systemd":
        run("systemctl", "stop", f"{place.unit('rollback')}.timer")
    pid = contents(place.kept("timer")).strip()
    if pid.isdigit() and place.state in contents(f"/proc/{pid}/cmdline"):
        try:
            os.killpg(int(pid), signal.SIGTERM)
        except OSError:
            pass


def undo(place: Place) -> None:
    """Put the old state back now, and wait for it. What has begun to do so is waited for."""
    detach("sh", place.kept(script.NAME), "undo", place.state)
    time.sleep(0.2)
    _wait(lambda: not place.is_armed)
    disarm(place)


def _wait(done: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def outcome(place: Place) -> str:
    """How the start went: ``ok``, ``failed``, ``timeout`` (put back) or ``hangs``."""

    def known() -> bool:
        return bool(contents(place.kept("status")) or place.was_put_back or not place.is_armed)

    if not _wait(known):
        return "hangs"
    return place.was_put_back or contents(place.kept("status")).strip() or "gone"


def stop(place: Place) -> None:
    """Stop the tunnel with the file that is there, and remove what it left."""
    run("sh", place.kept(script.NAME), "stop", place.state, timeout=PATIENCE)


def forget(place: Place) -> None:
    """Remove the state of a change that is over."""
    shutil.rmtree(place.state, ignore_errors=True)
    try:
        os.rmdir(STATES)
    except OSError:
        pass
