# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of what outlives a run: ours alone, or not used; locked by who works on a file of it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._files.state_folder import (
    VARIABLE,
    StateFolder,
    state_path,
)

ROOM = "journal"


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    return StateFolder(str(tmp_path / "above" / "state"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_all_of_it_is_private_whatever_the_umask(folder: StateFolder) -> None:
    before = os.umask(0o000)
    try:
        made = folder.create(ROOM, "one.json", "first\n")
    finally:
        os.umask(before)
    path = Path(made.path)
    assert path.read_text() == "first\n"
    assert mode(path) == 0o600
    assert [mode(above) for above in list(path.parents)[:3]] == [0o700, 0o700, 0o700]
    made.append("second\n")
    assert path.read_text() == "first\nsecond\n"
    assert os.listdir(path.parent) == ["one.json"]
    made.remove()
    assert os.listdir(path.parent) == []


def test_to_look_makes_nothing(folder: StateFolder, tmp_path: Path) -> None:
    assert folder.names(ROOM) == []
    assert list(tmp_path.iterdir()) == []


def test_who_works_on_a_file_has_it_alone(folder: StateFolder) -> None:
    made = folder.create(ROOM, "one.json", "text\n")
    assert folder.read(ROOM, "one.json") is None
    made.release()
    again = folder.read(ROOM, "one.json")
    assert again
    assert again.text == "text\n"
    assert Path(again.move("aside")).read_text() == "text\n"
    assert folder.names(ROOM) == []
    assert folder.read(ROOM, "one.json") is None


def test_a_process_that_is_killed_lets_go(folder: StateFolder) -> None:
    folder.create(ROOM, "one.json", "text\n").release()
    code = (
        f"import fcntl, time; file = open({folder.path!r} + '/journal/one.json');"
        " fcntl.flock(file, 2); print(1, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert folder.read(ROOM, "one.json") is None
        process.kill()
    found = folder.read(ROOM, "one.json")
    assert found
    found.release()


def _link_to_folder(path: Path) -> None:
    (path.parent / "real").mkdir(0o700)
    path.symlink_to(path.parent / "real")


def _open_to_others(path: Path) -> None:
    path.mkdir()
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (_link_to_folder, "is a link, or no folder"),
        (_open_to_others, "is open to other users (mode 0755, not 0700)"),
        (Path.touch, "is a link, or no folder"),
    ],
)
@pytest.mark.parametrize("inner", ["", ROOM])
def test_a_folder_that_is_not_ours_alone_is_not_used(
    folder: StateFolder, made: Callable[[Path], None], why: str, inner: str
) -> None:
    path = Path(folder.path, inner)
    path.parent.mkdir(0o700, parents=True)
    made(path)
    for use in (lambda: folder.create(ROOM, "x", ""), lambda: folder.names(ROOM)):
        with pytest.raises(OSError, match=r".") as caught:
            use()
        assert f"{path} {why}" in str(caught.value.strerror)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_not_used(folder: StateFolder) -> None:
    os.makedirs(folder.path, 0o700)
    os.chown(folder.path, 65534, 65534)
    with pytest.raises(OSError, match=r".") as caught:
        folder.create(ROOM, "x", "")
    assert "belongs to another user" in str(caught.value.strerror)


def _fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


def _link(path: Path) -> None:
    (path.parent / ".secret").write_text("secret")
    path.symlink_to(path.parent / ".secret")


def _second_name(path: Path) -> None:
    path.write_text("x")
    path.chmod(0o600)
    os.link(path, path.parent / ".other")


def _readable(path: Path) -> None:
    path.write_text("x")
    path.chmod(0o644)


def _huge(path: Path) -> None:
    path.touch(0o600)
    os.truncate(path, 1 << 30)


@pytest.mark.parametrize("made", [_fifo, _link, _second_name, _readable, _huge, Path.mkdir])
def test_a_file_that_is_not_ours_alone_is_not_read(
    folder: StateFolder, made: Callable[[Path], None]
) -> None:
    folder.create(ROOM, "first", "").release()
    made(Path(folder.path, ROOM, "x.json"))
    with pytest.raises(OSError, match=r"."):
        folder.read(ROOM, "x.json")
    assert folder.names(ROOM) == ["first", "x.json"]


def test_what_a_killed_process_left_half_made_is_cleared_away(folder: StateFolder) -> None:
    folder.create(ROOM, "first", "").release()
    room = Path(folder.path, ROOM)
    for name, age in ((".old", 2 * 86400), (".new", 10)):
        (room / name).touch()
        when = (room / name).stat().st_mtime - age
        os.utime(room / name, (when, when))
    folder.create(ROOM, "second", "").release()
    assert sorted(os.listdir(room)) == [".new", "first", "second"]
    assert folder.names(ROOM) == ["first", "second"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({VARIABLE: "/a/b/"}, "/a/b"),
        ({VARIABLE: " ", "XDG_STATE_HOME": "/x"}, "/x/premiervpn-wireguard"),
        ({VARIABLE: "~/s", "HOME": "/h"}, "/h/s"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/premiervpn-wireguard"),
        ({"HOME": "/h"}, "/h/.local/state/premiervpn-wireguard"),
    ],
)
def test_where_it_is(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in (VARIABLE, "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert state_path() == expected


def test_without_a_home_it_is_that_of_the_users_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VARIABLE, "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert state_path() == f"{os.path.expanduser('~')}/.local/state/premiervpn-wireguard"


def test_a_relative_path_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "state")
    with pytest.raises(OSError, match="is not an absolute path"):
        state_path()
