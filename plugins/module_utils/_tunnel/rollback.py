# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A change of a running tunnel: staged, armed, started without us, and then confirmed or undone.

All that it needs to be undone is on the host's disk before it begins: the old file beside the place of the new one,
and in a folder of its own the script, its words, and one file that says by its name which of the two
holds (``rollback_script``). A disk that is full is met before anything was changed.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from . import boot_hook, connection, rollback_script
from .system import detach, make_private_folder, read_text, run, sync_folder, write_private
from .tunnel_options import Options, TunnelError

FOLDER = "/etc/wireguard"
STATES = "/var/lib/wg_client"
_NOTE = f"{FOLDER}/.made-by-wg_client"
# The task that starts a change has ended by then, and its connection is not in use.
DELAY = 2
# A start, or a roll-back, that takes longer than this hangs.
PATIENCE = 90
# A second one looks after the first, which somebody may have killed.
SECOND = 15
_REASONS = ("failed", "undone", "boot", "timeout")


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
    def new(self) -> str:
        """The new file, until it is put in place. Beside the place, so that a rename does it."""
        return f"{FOLDER}/.{self.interface}.wg_client-new"

    @property
    def old(self) -> str:
        """The old file's copy, until it is put in place or not needed any more."""
        return f"{FOLDER}/.{self.interface}.wg_client-old"

    @property
    def is_armed(self) -> bool:
        """Whether a change is under way, or is being put back right now."""
        return os.path.exists(self.in_state("armed")) or self.is_rolling

    @property
    def is_rolling(self) -> bool:
        """Whether it is being put back, or would be if nobody had killed the roll-back."""
        return os.path.exists(self.in_state("rolling"))

    @property
    def was_put_back(self) -> str:
        """Why the last change was put back; empty where none was."""
        if not os.path.exists(self.in_state("rolled_back")):
            return ""
        reasons = (one for one in _REASONS if os.path.exists(self.in_state(f"because-{one}")))
        return next(reasons, "timeout")

    @property
    def change_id(self) -> str:
        """The change that the state is of, whatever became of it."""
        names = ("armed", "rolling", "kept", "rolled_back")
        return next(filter(None, (read_text(self.in_state(one)).strip() for one in names)), "")

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
    # Whether the change gives it other keys: the old ones may be dead by now.
    other_keys: bool = False


@contextmanager
def _nothing_yet(files: TunnelFiles) -> Iterator[None]:
    """What can't be written is met here, and leaves nothing."""
    try:
        yield
    except OSError as exc:
        with suppress(OSError):
            clean_up(files)
        raise TunnelError(
            f"the host could not write {exc.filename or files.state}: {exc.strerror}. Nothing was changed; the"
            " tunnel is as it was"
        ) from exc


def prepare(
    files: TunnelFiles, options: Options, prefs: list[int], *, action: str, before: Previous
) -> None:
    """The state folder with the script and its words."""
    clean_up(files)  # what an earlier change left
    words = {
        "IF": files.interface,
        "SERVICE": files.manager,
        "FILE": files.file,
        "OLD": files.old,
        "NEW": files.new,
        "HAD_FILE": int(os.path.lexists(files.file)),
        "ACTION": action,
        "DELAY": DELAY,
        "WAS_UP": int(before.was_up),
        "OTHER_KEYS": int(before.other_keys),
        "PREFS": " ".join(map(str, prefs)),
        "NFT": options.nft_table,
        "BOOT": connection.this_boot(),
        "BOOT_FILES": " ".join(reversed(boot_hook.paths(files.interface, files.manager))),
    }
    with _nothing_yet(files):
        make_private_folder(STATES)
        make_private_folder(files.state)
        write_private(files.in_state("plan"), "".join(f"{k}='{v}'\n" for k, v in words.items()))
        write_private(files.in_state(rollback_script.NAME), rollback_script.SCRIPT)
        for name in ("log", "because"):
            write_private(files.in_state(name), "")


def stage(files: TunnelFiles, new: str, stripped: str, about: dict[str, Any]) -> None:
    """All that the change and its roll-back need, onto the disk. ``about`` it: what others have to know."""
    with _nothing_yet(files):
        make_folder()
        write_private(files.new, new)
        _keep_old(files)
        write_private(files.in_state("sync.conf"), stripped)
        write_private(files.in_state("since"), f"{time.time():.0f}\n")
        write_private(files.in_state("change"), json.dumps(about))
        script = files.in_state(rollback_script.NAME)
        boot_hook.install(
            files.interface, files.manager, script=script, state=files.state, folder=FOLDER
        )
        for folder in (FOLDER, files.state, STATES, os.path.dirname(STATES)):
            sync_folder(folder)


def launch(files: TunnelFiles, change_id: str, seconds: int) -> None:
    """Arm the roll-back, then start the change, both without us."""
    with _nothing_yet(files):
        write_private(files.in_state("armed"), change_id)
        sync_folder(files.state)
    if seconds:
        _later(files, "rollback", change_id, seconds)
        _later(files, "again", change_id, seconds + SECOND)
    _later(files, "start", change_id, 0)


def _keep_old(files: TunnelFiles) -> None:
    """The old file as it is: its bytes, mode and owner, or the link that it is."""
    if not os.path.lexists(files.file):
        return
    shutil.copy2(files.file, files.old, follow_symlinks=False)
    status = os.lstat(files.file)
    os.chown(files.old, status.st_uid, status.st_gid, follow_symlinks=False)
    if not os.path.islink(files.old):
        with open(files.old, "rb") as file:
            os.fsync(file.fileno())


def _later(files: TunnelFiles, what: str, change_id: str, seconds: int) -> None:
    mode = "rollback" if what == "again" else what
    command = ("sh", files.in_state(rollback_script.NAME), mode, files.state, change_id)
    if files.manager == "systemd":
        unit = files.unit(what)
        run("systemctl", "reset-failed", f"{unit}.service")
        # Without an accuracy of its own a timer may be a minute late. A roll-back that is killed begins again.
        timer = (
            f"--on-active={seconds}",
            "--timer-property=AccuracySec=200ms",
            "--property=Restart=on-failure",
            "--property=RestartSec=1",
        )
        begin = ("systemd-run", f"--unit={unit}", "--collect", "--no-block")
        if run(*begin, *(timer if seconds else ()), *command):
            return
    detach(*command, *((str(seconds),) if seconds else ()))


def confirm(files: TunnelFiles, change_id: str) -> bool:
    """Decide that the change stays: true where the roll-back has not begun. It can't any more."""
    if read_text(files.in_state("armed")).strip() != change_id:
        return False
    try:
        os.rename(files.in_state("armed"), files.in_state("kept"))
    except FileNotFoundError:
        return False
    sync_folder(files.state)
    disarm(files)
    return True


def disarm(files: TunnelFiles) -> None:
    """End what waits for a roll-back."""
    if files.manager == "systemd":
        run("systemctl", "stop", *(f"{files.unit(one)}.timer" for one in ("rollback", "again")))
    for name in glob.glob(f"{glob.escape(files.state)}/timer-*"):
        pid = read_text(name).strip()
        if pid.isdigit() and files.state in read_text(f"/proc/{pid}/cmdline"):
            with suppress(OSError):
                os.killpg(int(pid), signal.SIGTERM)


def undo(files: TunnelFiles) -> None:
    """Put the old state back now, and wait for it. What has begun to do so is waited for."""
    detach("sh", files.in_state(rollback_script.NAME), "undo", files.state)
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
    """How the start went: ``ok``, why it was put back, ``gone``, or nothing where it is not known yet."""
    if files.is_rolling:
        return ""
    status = "ok" if read_text(files.in_state("status")) else ""
    return files.was_put_back or status or ("" if files.is_armed else "gone")


def wait_for_outcome(files: TunnelFiles) -> str:
    """The same, once it is known; ``hangs`` where that takes too long."""
    return outcome(files) if _wait(lambda: bool(outcome(files))) else "hangs"


def start_ended(files: TunnelFiles) -> int:
    """When the start had ended well, in ticks since the host started."""
    words = read_text(files.in_state("status")).split()
    return int(words[1]) if len(words) > 1 else sys.maxsize


def stop(files: TunnelFiles) -> None:
    """Stop the tunnel with the file that is there, and remove what it left."""
    run("sh", files.in_state(rollback_script.NAME), "stop", files.state, timeout=PATIENCE)


def clean_up(files: TunnelFiles) -> None:
    """Remove the state of a change that is over, what works at boot first."""
    if os.path.isdir(files.state):
        disarm(files)
    for path in (*reversed(boot_hook.paths(files.interface, files.manager)), files.old, files.new):
        with suppress(FileNotFoundError):
            os.unlink(path)
    shutil.rmtree(files.state, ignore_errors=True)
    with suppress(OSError):
        os.rmdir(STATES)
