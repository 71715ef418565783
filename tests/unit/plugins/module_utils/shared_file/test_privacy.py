# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may read the budget's shared file, where it lies, and which folders and files are not trusted."""

from __future__ import annotations

import errno
import hashlib
import os
import pathlib
import stat
import tempfile
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
)

from .using import (
    KEY,
    URL,
    budget,
    paces_alone,
    record_file,
    send,
)

NOBODY = 65534


def test_only_we_can_read_it(folder: pathlib.Path) -> None:
    old = os.umask(0)
    try:
        send(budget(folder))
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_nothing_in_it_tells_the_key_or_the_url(folder: pathlib.Path) -> None:
    some = budget(folder, 1)
    send(some)
    some.ticket().wait()
    some.pause(5)
    telling = {URL, KEY, "portal", "example", KEY[:6], KEY[-6:]}
    for text in (URL, KEY, URL + KEY, KEY + URL, repr((URL, KEY, 60.0))):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            telling.add(hashlib.new(name, text.encode()).hexdigest()[:12])
    for file in folder.iterdir():
        content = file.read_bytes()
        for word in telling:
            assert word not in file.name
            assert word.encode() not in content
            assert word.encode().hex().encode() not in content
            assert content.find(word.encode("utf-16-le")) == -1


def test_the_name_depends_on_the_salt(tmp_path: pathlib.Path) -> None:
    names = set()
    for number in range(3):
        send(budget(tmp_path / str(number)))
        names.add(record_file(tmp_path / str(number)).name)
    assert len(names) == 3


def test_other_keys_urls_and_windows_have_other_files(folder: pathlib.Path) -> None:
    send(Budget(URL, KEY, 1, directory=str(folder)))
    send(Budget(URL, KEY + "x", 1, directory=str(folder)))
    send(Budget(URL + "x", KEY, 1, directory=str(folder)))
    send(Budget(URL, KEY, 1, window=30, directory=str(folder)))
    assert Budget(URL + "/", KEY, 1, directory=str(folder)).remaining() == 0
    assert len(list(folder.glob("*.budget"))) == 4


def test_a_key_of_any_characters_will_do(folder: pathlib.Path) -> None:
    send(Budget(URL, "kéy \udc80\0", 1, directory=str(folder)))


@pytest.fixture
def bases(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[pathlib.Path, pathlib.Path]:
    """A runtime folder and a temporary one."""
    runtime, temporary = tmp_path / "run", tmp_path / "tmp"
    runtime.mkdir()
    temporary.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    return runtime, temporary


def default_folder(base: pathlib.Path) -> pathlib.Path:
    return base / f"premiervpn-wireguard-{os.geteuid()}"


def test_it_lies_in_the_runtime_folder(bases: tuple[pathlib.Path, pathlib.Path]) -> None:
    send(Budget(URL, KEY, 1))
    assert record_file(default_folder(bases[0]))
    assert not list(bases[1].iterdir())


@pytest.mark.parametrize("fault", ["unset", "relative", "missing", "too open"])
def test_it_lies_in_the_temporary_folder_where_there_is_no_runtime_folder(
    bases: tuple[pathlib.Path, pathlib.Path], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    if fault == "unset":
        monkeypatch.delenv("XDG_RUNTIME_DIR")
    elif fault == "relative":
        monkeypatch.setenv("XDG_RUNTIME_DIR", "run")
        monkeypatch.chdir(bases[0].parent)
    elif fault == "missing":
        bases[0].rmdir()
    else:
        default_folder(bases[0]).mkdir()
        default_folder(bases[0]).chmod(0o755)
    send(Budget(URL, KEY, 1))
    assert record_file(default_folder(bases[1]))


def test_without_any_folder_this_process_paces_itself(
    bases: tuple[pathlib.Path, pathlib.Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_temporary_folder() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", no_temporary_folder)
    send(Budget(URL, KEY, 1))
    assert Budget(URL, KEY, 1).remaining() == 0


def too_open(folder: pathlib.Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)


def symlinked(folder: pathlib.Path) -> None:
    target = folder.with_name("elsewhere")
    target.mkdir(mode=0o700)
    folder.symlink_to(target)


FOLDERS: dict[str, Any] = {
    "readable by others": lambda folder: too_open(folder, 0o755),
    "passable by others": lambda folder: too_open(folder, 0o701),
    "writable by a group": lambda folder: too_open(folder, 0o770),
    "open to all": lambda folder: too_open(folder, 0o1777),
    "a link": symlinked,
    "a dangling link": lambda folder: folder.symlink_to(folder.with_name("nowhere")),
    "a file": lambda folder: folder.write_text("", encoding="ascii"),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_is_not_private_is_not_used(folder: pathlib.Path, kind: str) -> None:
    FOLDERS[kind](folder)
    before = folder.lstat()
    assert paces_alone(folder)
    after = folder.lstat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert not folder.is_dir() or not list(folder.iterdir())


def test_a_folder_of_someone_else_is_not_used(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    else:
        me = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert paces_alone(folder)
    assert not list(folder.iterdir())


def test_a_missing_parent_or_an_impossible_path_is_no_error(tmp_path: pathlib.Path) -> None:
    assert paces_alone(tmp_path / "missing" / "budget")
    assert paces_alone(tmp_path / "nul\0nul")
    assert paces_alone(tmp_path / ("long" * 100))


def test_a_link_in_place_of_a_file_is_not_followed(folder: pathlib.Path) -> None:
    send(budget(folder))
    file, target = record_file(folder), folder / "target"
    file.unlink()
    file.symlink_to(target)
    assert budget(folder).remaining() == 2, "known from memory"
    assert not target.exists()


@pytest.mark.parametrize("name", ["record", "salt"])
def test_a_file_of_the_wrong_kind_or_mode_is_not_used(folder: pathlib.Path, name: str) -> None:
    send(budget(folder))
    file = record_file(folder) if name == "record" else folder / "salt"
    for spoil in (
        file.mkdir,
        lambda: os.mkfifo(file, 0o600),
        lambda: file.symlink_to("/dev/null"),
    ):
        file.unlink() if not file.is_dir() or file.is_symlink() else file.rmdir()
        spoil()
        budget_module._memory.alone_until.clear()
        assert budget(folder).remaining() == 2, "known from memory"
        assert budget_module._memory.alone_until


def test_a_record_that_others_can_read_is_not_used(folder: pathlib.Path) -> None:
    send(budget(folder))
    record_file(folder).chmod(0o644)
    before = record_file(folder).read_bytes()
    send(budget(folder))
    assert record_file(folder).read_bytes() == before
