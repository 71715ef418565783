# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may read the budget's shared file, where it lies, and which folders and files are not trusted."""

from __future__ import annotations

import hashlib
import os
import pathlib
import stat
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.identity import (
    identity,
)

from .using import (
    KEY,
    URL,
    budget,
    record_file,
    send,
    unshared_reason,
)

pytestmark = pytest.mark.once


def test_every_user_may_share_it(folder: pathlib.Path) -> None:
    """Whatever the umask of who came first. Nothing but the file itself is left behind."""
    old = os.umask(0o077)
    try:
        send(budget(folder))
    finally:
        os.umask(old)
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o666]


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


def test_the_name_depends_on_the_boot() -> None:
    names = {identity(URL, KEY, 60.0, bytes([number]) * 16).name for number in range(3)}
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


def too_open(folder: pathlib.Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)


def symlinked(folder: pathlib.Path) -> None:
    target = folder.with_name("elsewhere")
    target.mkdir(mode=0o700)
    folder.symlink_to(target)


FOLDERS: dict[str, Any] = {
    "a link": symlinked,
    "a dangling link": lambda folder: folder.symlink_to(folder.with_name("nowhere")),
    "a file": lambda folder: folder.write_text("", encoding="ascii"),
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_what_is_no_folder_is_not_used(folder: pathlib.Path, kind: str) -> None:
    FOLDERS[kind](folder)
    before = folder.lstat()
    assert unshared_reason(folder)
    after = folder.lstat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert not folder.is_dir() or not list(folder.iterdir())


@pytest.mark.parametrize("mode", [0o755, 0o701, 0o770, 0o1777])
def test_a_folder_may_be_open_to_others(folder: pathlib.Path, mode: int) -> None:
    """What somebody else writes there is not believed, so the folder need not be private."""
    too_open(folder, mode)
    assert not unshared_reason(folder)


def test_a_missing_parent_or_an_impossible_path_is_no_error(tmp_path: pathlib.Path) -> None:
    assert unshared_reason(tmp_path / "missing" / "budget")
    assert unshared_reason(tmp_path / "nul\0nul")
    assert unshared_reason(tmp_path / ("long" * 100))


def test_a_link_in_place_of_a_file_is_not_followed(folder: pathlib.Path) -> None:
    send(budget(folder))
    file, target = record_file(folder), folder / "target"
    file.unlink()
    file.symlink_to(target)
    assert budget(folder).remaining() == 2, "known from memory"
    assert not target.exists()


def test_a_file_of_the_wrong_kind_is_not_used(folder: pathlib.Path) -> None:
    send(budget(folder))
    file = record_file(folder)
    for spoil in (
        file.mkdir,
        lambda: os.mkfifo(file, 0o600),
        lambda: file.symlink_to("/dev/null"),
    ):
        file.unlink() if not file.is_dir() or file.is_symlink() else file.rmdir()
        spoil()
        budget_module._memory.unshared_until.clear()
        some = budget(folder)
        assert some.remaining() == 2, "known from memory"
        assert budget_module._memory.unshared_until
        assert some.unshared_reason
        assert str(file) in some.unshared_reason


def test_a_file_with_a_second_name_is_not_used(
    folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """It may be one that is none of the budget's business."""
    send(budget(folder))
    file, other = record_file(folder), tmp_path / "precious"
    other.write_text("precious")
    file.unlink()
    os.link(other, file)
    some = budget(folder)
    send(some)
    assert other.read_text() == "precious"
    assert some.unshared_reason
