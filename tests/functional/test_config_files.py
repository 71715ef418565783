# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The .conf file that wg_user keeps: mode, content, atomicity, back-up."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, secrets


def phone(run: Runner, path: Path, **options: Any) -> Run:
    return run.module("wg_user", server="5", name="phone", config_path=str(path), **options)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds nothing but what the module leaves in it."""
    made = tmp_path / "wireguard"
    made.mkdir()
    return made


def test_a_files_life_in_a_play(run: Runner, simulator: Simulator, folder: Path) -> None:
    path = folder / "phone.conf"
    task = {"wg_user": {"server": 5, "name": "phone", "config_path": str(path)}}
    gone = {"wg_user": {**task["wg_user"], "state": "absent"}}
    check = run.play(task, check=True)
    assert check.last.changed
    assert check.writes == []
    assert list(folder.iterdir()) == []

    done = run.play(task, task)
    assert [result.changed for result in done.results] == [True, False]
    assert done.sent == [
        *("GET /servers/5/users", "POST /servers/5/users"),
        *("GET /servers/5/users", "GET /users/101"),
    ]
    assert path.read_text() == secrets(simulator, "phone")["config"]
    assert mode(path) == 0o600
    assert check.last["diff"] == done.results[0]["diff"]
    assert list(folder.iterdir()) == [path]

    check = run.play(gone, check=True)
    assert check.last.changed
    assert path.exists()
    done = run.play(gone, gone)
    assert [result.changed for result in done.results] == [True, False]
    assert list(folder.iterdir()) == []
    assert check.last["diff"] == done.results[0]["diff"]
    assert ids(simulator) == {}


def test_a_file_of_a_user_that_is_there(run: Runner, simulator: Simulator, folder: Path) -> None:
    """A missing file is a change of its own."""
    fill(simulator, {"phone": []})
    path = folder / "phone.conf"
    check = phone(run, path, check=True)
    assert check.last.changed
    assert not path.exists()
    done = phone(run, path)
    assert done.last.changed
    assert done.writes == []
    assert path.read_text() == secrets(simulator, "phone")["config"]
    assert check.last["diff"] == done.last["diff"]
    assert not phone(run, path).last.changed
    assert not phone(run, path, check=True).last.changed


def test_a_file_is_removed_with_its_user_or_after(
    run: Runner, simulator: Simulator, folder: Path
) -> None:
    path = folder / "phone.conf"
    path.write_text("left over")
    done = phone(run, path, state="absent")
    assert done.last.changed
    assert done.writes == []
    assert not path.exists()


def test_another_mode(run: Runner, simulator: Simulator, folder: Path) -> None:
    path = folder / "phone.conf"
    assert phone(run, path, mode="0640").last.changed
    assert mode(path) == 0o640
    assert not phone(run, path, mode="0640").last.changed
    # Not told: 0600, also where the file is there with another.
    assert phone(run, path, check=True).last.changed
    assert mode(path) == 0o640
    assert phone(run, path).last.changed
    assert mode(path) == 0o600
    assert not phone(run, path).last.changed


def test_owner_and_group(run: Runner, simulator: Simulator, folder: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    path = folder / "phone.conf"
    assert phone(run, path, owner="1234", group="1235").last.changed
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)
    assert not phone(run, path, owner="1234", group="1235").last.changed
    path.write_text("another configuration")
    assert phone(run, path, owner="1234", group="1235").last.changed
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)
    # Without an owner it is ours: no other user is given a new key because a file was theirs.
    assert phone(run, path).last.changed
    assert path.stat().st_uid == os.geteuid()
    assert mode(path) == 0o600


def test_a_user_that_was_made_anew(run: Runner, simulator: Simulator, folder: Path) -> None:
    """Deleted and created again by somebody else: new keys, and the file follows."""
    path = folder / "phone.conf"
    phone(run, path)
    old = path.read_text()
    run.module("wg_user", server="5", name="phone", state="absent")
    run.module("wg_user", server="5", name="phone")
    check = phone(run, path, check=True)
    assert check.last.changed
    assert path.read_text() == old
    done = phone(run, path)
    assert done.last.changed
    assert done.writes == []
    assert path.read_text() == secrets(simulator, "phone")["config"] != old
    assert mode(path) == 0o600
    assert check.last["diff"] == done.last["diff"]
    assert "PrivateKey" not in done.output


def test_backup(run: Runner, simulator: Simulator, folder: Path) -> None:
    fill(simulator, {"phone": []})
    path = folder / "phone.conf"
    first = phone(run, path, backup=True)
    assert "backup_file" not in first.last
    path.write_text("old configuration")
    path.chmod(0o644)
    check = phone(run, path, backup=True, check=True)
    assert "backup_file" not in check.last
    assert list(folder.iterdir()) == [path]
    second = phone(run, path, backup=True)
    copy = Path(second.last["backup_file"])
    assert copy.read_text() == "old configuration"
    # It holds old keys: nobody else's to read.
    assert mode(copy) & 0o077 == 0
    assert path.read_text() == secrets(simulator, "phone")["config"]
    third = phone(run, path, backup=True)
    assert not third.last.changed
    assert "backup_file" not in third.last
    copy.unlink()

    last = phone(run, path, backup=True, state="absent")
    assert "PrivateKey" in Path(last.last["backup_file"]).read_text()
    assert not path.exists()


def test_atomic(run: Runner, simulator: Simulator, folder: Path) -> None:
    """A reader has the old file or the new one, whole: it is put in place, not written over."""
    fill(simulator, {"phone": []})
    path = folder / "phone.conf"
    path.write_text("old configuration")
    inode = path.stat().st_ino
    with path.open() as reader:
        assert phone(run, path).last.changed
        assert reader.read() == "old configuration"
    assert path.stat().st_ino != inode
    assert list(folder.iterdir()) == [path]


def test_a_symbolic_link_is_followed(run: Runner, simulator: Simulator, folder: Path) -> None:
    fill(simulator, {"phone": []})
    target, link = folder / "real.conf", folder / "phone.conf"
    target.write_text("old configuration")
    link.symlink_to(target.name)
    assert phone(run, link).last.changed
    assert link.is_symlink()
    assert target.read_text() == secrets(simulator, "phone")["config"]
    assert mode(target) == 0o600
    assert not phone(run, link).last.changed
    assert sorted(folder.iterdir()) == [link, target]


def test_a_link_to_where_nothing_is_yet(run: Runner, simulator: Simulator, folder: Path) -> None:
    fill(simulator, {"phone": []})
    target, link = folder / "real.conf", folder / "phone.conf"
    link.symlink_to(target)
    assert phone(run, link).last.changed
    assert link.is_symlink()
    assert mode(target) == 0o600
    assert not phone(run, link).last.changed


def test_home_and_relative_paths(run: Runner, simulator: Simulator, folder: Path) -> None:
    done = run.module(
        "wg_user",
        server="5",
        name="phone",
        config_path="~/phone.conf",
        env={"HOME": str(folder)},
    )
    assert done.last.changed
    assert mode(folder / "phone.conf") == 0o600


def test_nothing_is_written_where_the_portal_fails(
    run: Runner, simulator: Simulator, folder: Path
) -> None:
    fill(simulator, {"phone": []})
    path = folder / "phone.conf"
    path.write_text("old configuration")
    simulator.faults({"kind": "status", "status": 422, "path": "/users/{id}"})
    done = phone(run, path)
    assert done.last.failed
    assert done.last["error"]["path"] == "/users/101"
    assert path.read_text() == "old configuration"
    assert list(folder.iterdir()) == [path]


def test_an_answer_without_a_config(run: Runner, simulator: Simulator, folder: Path) -> None:
    """No empty file in place of one that works."""
    fill(simulator, {"phone": []})
    path = folder / "phone.conf"
    path.write_text("old configuration")
    body = {"user": {"id": 101, "client_name": "phone", "config": ""}}
    simulator.faults({"kind": "json", "body": body, "path": "/users/{id}", "times": None})
    done = phone(run, path)
    assert done.last.failed
    assert "config" in done.last.msg
    assert path.read_text() == "old configuration"


def test_what_was_made_is_told_though_the_file_fails(
    run: Runner, simulator: Simulator, folder: Path
) -> None:
    """The user is created, and then its config can't be read: the failure says what was done."""
    simulator.shapes(create="config_only")
    simulator.faults(
        {"kind": "reset", "method": "POST", "when": "after"},
        {"kind": "status", "status": 422, "path": "/users/{id}"},
    )
    done = phone(run, folder / "phone.conf")
    assert done.last.failed
    assert done.last.changed
    assert [step["status"] for step in done.last["plan"]] == ["done"]
    assert list(ids(simulator)) == ["phone"]
    assert phone(run, folder / "phone.conf").last.changed
    assert (folder / "phone.conf").read_text() == secrets(simulator, "phone")["config"]


@pytest.mark.parametrize(
    ("denied", "said"),
    [(os.W_OK | os.X_OK, "is not writable"), (os.R_OK, "it exists and is not readable")],
)
def test_what_may_not_be_touched_is_refused_before_any_request(
    module: Modules,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    denied: int,
    said: str,
) -> None:
    """Told by the system, which denies the tests' own user nothing if that is root."""
    path = folder / "phone.conf"
    path.touch()
    monkeypatch.setattr(os, "access", lambda _path, mode, **_options: mode != denied)
    done = module("wg_user", server=5, name="phone", config_path=str(path))
    assert done.last.failed
    assert said in done.last.msg
    assert done.sent == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_file_that_can_not_be_written_or_removed_after_all(
    module: Modules,
    simulator: Simulator,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    """What was done on the portal is told, nothing is left behind, the next run does the rest."""
    path = folder / "phone.conf"
    options = {"server": 5, "name": "phone", "config_path": str(path), "state": state}
    if state == "absent":
        fill(simulator, {"phone": []})
        path.write_text("old", encoding="utf-8")
    with monkeypatch.context() as patch:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        patch.setattr(tempfile if state == "present" else os, *_raising(state, path, full))
        done = module("wg_user", **options)
    assert done.last.failed
    assert "No space left on device" in done.last.msg
    assert done.last.changed
    assert [step["status"] for step in done.last["plan"]] == ["done"]
    assert [found.name for found in folder.iterdir()] == ["phone.conf"] * (state == "absent")
    again = module("wg_user", **options)
    assert not again.last.failed
    assert again.last.changed
    assert path.exists() is (state == "present")


def _raising(state: str, path: Path, error: OSError) -> tuple[str, Any]:
    """A function that fails where it is about the .conf: name, and what stands in for it."""
    real = {"present": tempfile.mkstemp, "absent": os.unlink}[state]

    def fails(*arguments: Any, **options: Any) -> Any:
        ours = options.get("prefix") == ".wireguard-" or str(path) in map(str, arguments)
        if ours:
            raise error
        return real(*arguments, **options)

    return real.__name__, fails
