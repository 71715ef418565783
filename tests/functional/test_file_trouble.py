# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that can't be written: foreseen before anything is changed, or told with all that was done."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._files import access
from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, secrets

NOTHING = {"status": None, "code": None, "message": None, "method": None, "path": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "wireguard"
    made.mkdir()
    return made


def phone(module: Modules, path: Path, **options: Any) -> Run:
    return module("wg_user", server=5, name="phone", config_path=str(path), **options)


def refused(done: Run) -> str:
    """Before any request, and with all that a failure holds."""
    assert done.last.failed
    assert done.last["changed"] is False
    assert done.last["error"] == NOTHING
    assert done.sent == []
    return done.last.msg


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"owner": "nobody-of-that-name"}, "nobody-of-that-name"),
        ({"group": "nobody-of-that-name"}, "nobody-of-that-name"),
        ({"mode": "rw-------x"}, "mode must be in octal or symbolic form"),
        ({"mode": "0699"}, "mode must be in octal or symbolic form"),
        ({"mode": "77777"}, "mode 77777 is not the mode of a file"),
        ({"mode": -1}, "mode -1 is not the mode of a file"),
    ],
    ids=str,
)
def test_attributes_that_are_none_are_refused_before_any_request(
    module: Modules, folder: Path, options: dict[str, Any], said: str, existing: bool, check: bool
) -> None:
    path = folder / "phone.conf"
    if existing:
        path.write_text("old")
    message = refused(phone(module, path, **options, check=check))
    assert said in message
    assert message.startswith(f"{path} can't be written: ")


@pytest.mark.parametrize("options", [{"owner": "0"}, {"group": "0"}], ids=str)
def test_who_is_not_root_can_not_give_files_away(
    module: Modules, folder: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:

    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "getegid", lambda: 4711)
    monkeypatch.setattr(os, "getgroups", lambda: [4712])
    monkeypatch.setattr(access, "_may_give_away", lambda: False)
    assert "can't be written: " in refused(phone(module, folder / "phone.conf", **options))


def test_a_name_that_is_too_long(module: Modules, folder: Path) -> None:
    assert "can't be written: File name too long" in refused(phone(module, folder / ("n" * 256)))


@pytest.fixture
def mounted(folder: Path) -> Iterator[Path]:
    """A file that is mounted by itself, as containers do it."""
    path, source = folder / "phone.conf", folder.parent / "source"
    path.touch()
    source.write_text("old")
    done = subprocess.run(["mount", "--bind", source, path], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("no file can be mounted here")
    yield path
    subprocess.run(["umount", path], check=True)


@pytest.fixture
def immutable(folder: Path) -> Iterator[Path]:
    path = folder / "phone.conf"
    path.write_text("old")
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("no file can be made immutable here")
    yield path
    subprocess.run(["chattr", "-i", path], check=True)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("kind", ["mounted", "immutable"])
def test_what_can_not_be_replaced_keeps_the_user_from_being_made(
    module: Modules,
    simulator: Simulator,
    request: pytest.FixtureRequest,
    kind: str,
    check: bool,
) -> None:
    path: Path = request.getfixturevalue(kind)
    done = phone(module, path, check=check)
    assert done.last.failed
    assert "can't be written: " in done.last.msg
    assert done.last["error"] == NOTHING
    assert done.writes == []
    assert ids(simulator) == {}
    assert path.read_text() == "old"
    # One whose user is there, and that has to be removed.
    fill(simulator, {"phone": []})
    done = phone(module, path, check=check)
    assert done.last.failed
    assert done.last["changed"] is False
    assert done.last["plan"] == []
    assert "can't be removed: " in refused(phone(module, path, check=check, state="absent"))
    assert list(ids(simulator)) == ["phone"]


def test_a_mounted_file_is_written_over_where_that_is_allowed(
    module: Modules, simulator: Simulator, mounted: Path
) -> None:
    done = phone(module, mounted, unsafe_writes=True)
    assert not done.last.failed
    assert mounted.read_text() == secrets(simulator, "phone")["config"]
    assert not phone(module, mounted, unsafe_writes=True).last.changed


FAILURES = [
    OSError(errno.EBUSY, os.strerror(errno.EBUSY)),
    OSError(errno.EPERM, os.strerror(errno.EPERM)),
    RuntimeError("of Ansible's helpers"),
]


@pytest.mark.parametrize("call", ["rename", "chmod"])
@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_what_nobody_could_foresee_is_told_with_all_that_was_done(
    module: Modules,
    simulator: Simulator,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    failure: Exception,
) -> None:
    path = folder / "phone.conf"

    def fails(*_arguments: Any, **_options: Any) -> None:
        raise failure

    monkeypatch.setattr(os, call, fails)
    done = phone(module, path, mode="0640")
    assert done.last.failed
    assert done.last.msg.startswith(f"{path} can't be written: ")
    assert done.last["changed"] is True
    assert done.last["error"] == NOTHING
    assert [step["status"] for step in done.last["plan"]] == ["done"]
    assert list(ids(simulator)) == ["phone"]
    assert call == "chmod" or list(folder.iterdir()) == []


def test_absent_needs_no_folder(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"phone": []})
    path = tmp_path / "missing" / "phone.conf"
    check = phone(module, path, state="absent", check=True)
    done = phone(module, path, state="absent")
    assert check.last.changed
    assert done.last.changed
    assert check.last["diff"] == done.last["diff"]
    assert ids(simulator) == {}


@pytest.mark.parametrize("target", ["a file", "nothing"])
def test_a_link_is_itself_what_is_removed(module: Modules, folder: Path, target: str) -> None:
    real, link = folder / "real.conf", folder / "phone.conf"
    if target == "a file":
        real.write_text("somebody else's")
    link.symlink_to(real)
    done = phone(module, link, state="absent", backup=True)
    assert done.last.changed
    assert not link.is_symlink()
    assert real.exists() is (target == "a file")
    assert ("backup_file" in done.last) is (target == "a file")


OTHER_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def test_a_path_is_the_same_in_any_locale(
    run: Runner, simulator: Simulator, tmp_path: Path
) -> None:
    """A key that is left behind under another name is still a key."""
    path = tmp_path / "schlüssel" / "téléphone.conf"
    path.parent.mkdir()
    task = {"server": 5, "name": "phone", "config_path": str(path), "backup": True}
    elsewhere = {"environment": OTHER_LOCALE}
    done = run.play(
        {"wg_user": task, **elsewhere},
        {"wg_user": task},
        {"wg_user": {**task, "state": "absent"}, **elsewhere},
    )
    assert done.code == 0, done.output
    assert [result.changed for result in done.results] == [True, False, True]
    assert [file.name for file in path.parent.iterdir()] == [
        Path(done.last["backup_file"]).name,
    ]


def test_what_can_not_be_replaced_keeps_the_user_from_being_replaced(
    module: Modules, simulator: Simulator, mounted: Path
) -> None:
    """New keys that could not be written down would leave the device without any."""
    fill(simulator, {"phone": []})
    revoked = [secrets(simulator, "phone")["keys"]["client_public_key"]]
    for check in (True, False):
        done = phone(module, mounted, revoked_public_keys=revoked, check=check)
        assert done.last.failed
        assert "can't be written: " in done.last.msg
        assert done.writes == []
    assert ids(simulator) == {"phone": 101}
