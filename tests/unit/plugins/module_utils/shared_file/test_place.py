# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the budget's shared file lies: at one place for all users, whatever their environment says."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    record,
    shared_file,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.identity import (
    identity,
)

from .using import URL, another_process, send

pytestmark = pytest.mark.once

NOBODY = 65534
TREE = pathlib.Path(shared_file.__file__).parents[6]


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A key that nobody else has, so that the real place can be used."""
    monkeypatch.delenv(shared_file.VARIABLE, raising=False)
    made = f"wg_test_{os.urandom(12).hex()}"
    yield made
    for base in shared_file.COMMON:
        name = identity(URL, made, 60.0, record.boot()).name
        for file in pathlib.Path(base).glob(f"*{name}*"):
            file.unlink()


def place(key: str) -> pathlib.Path:
    return pathlib.Path(shared_file.SharedFile(identity(URL, key, 60.0, record.boot())).path())


@pytest.mark.parametrize("variable", ["XDG_RUNTIME_DIR", "TMPDIR", "HOME", "TEMP", "USER"])
def test_it_does_not_depend_on_the_environment(
    key: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    send(Budget(URL, key, 2))
    monkeypatch.setenv(variable, str(tmp_path))
    another_process(monkeypatch)
    assert Budget(URL, key, 2).remaining() == 1
    assert not list(tmp_path.iterdir())


def test_it_lies_where_everybody_may_make_files(key: str) -> None:
    send(Budget(URL, key, 1))
    folder = place(key).parent.stat().st_mode
    assert folder & 0o1002 == 0o1002
    assert place(key).stat().st_mode & 0o777 == 0o666


def as_another_user(key: str) -> str:
    # Loaded before the user changes: the tests' own folders may be closed to others.
    return subprocess.run(
        [sys.executable, "-c", _AS_ANOTHER_USER, URL, key, str(TREE)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


_AS_ANOTHER_USER = """
import os, sys
sys.path.insert(0, sys.argv[3])
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import Budget
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
os.umask(0o077)
some = Budget(sys.argv[1], sys.argv[2], 3)
print(some.remaining(), some.ticket().wait(), some.unshared_reason)
"""


@pytest.mark.parametrize("first", ["we", "they"])
def test_another_user_shares_it(key: str, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    if os.geteuid():
        pytest.skip("only root can become another user")
    if first == "we":
        send(Budget(URL, key, 3))
        assert as_another_user(key) == "2 0.0 None"
    else:
        assert as_another_user(key) == "3 0.0 None"
        send(Budget(URL, key, 3))
    another_process(monkeypatch)
    some = Budget(URL, key, 3)
    assert some.remaining() == 1
    assert some.unshared_reason is None


def test_a_squatted_file_is_told(key: str) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    place(key).touch(mode=0o600)
    os.chown(place(key), NOBODY + 1, NOBODY + 1)
    told = as_another_user(key)
    assert told.startswith("3 0.0 ")
    assert f"{place(key)}: Permission denied" in told


def test_a_link_is_not_followed_and_told(key: str, tmp_path: pathlib.Path) -> None:
    target = tmp_path / "target"
    place(key).symlink_to(target)
    some = Budget(URL, key, 1)
    send(some)
    assert not target.exists()
    assert some.unshared_reason
    assert str(place(key)) in some.unshared_reason


def test_a_machine_without_such_a_folder(
    key: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    places = (str(tmp_path / "missing"), str(tmp_path / "private"))
    monkeypatch.setattr(shared_file, "COMMON", places)
    some = Budget(URL, key, 1)
    send(some)
    assert Budget(URL, key, 1).remaining() == 0
    assert some.unshared_reason
    assert "is open to all users" in some.unshared_reason


def test_another_folder_can_be_named(
    key: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For containers that share a volume."""
    monkeypatch.setenv(shared_file.VARIABLE, str(tmp_path / "shared"))
    send(Budget(URL, key, 1))
    assert len(list((tmp_path / "shared").iterdir())) == 1
    monkeypatch.setenv(shared_file.VARIABLE, "")
    assert Budget(URL, key, 1).remaining() == 1


def test_who_does_not_pace_is_not_alone(key: str, tmp_path: pathlib.Path) -> None:
    place(key).symlink_to(tmp_path / "target")
    some = Budget(URL, key, 0)
    send(some, 5)
    assert some.unshared_reason is None
