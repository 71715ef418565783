# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budget's shared file on systems that do not do their part: full, locked, without locks, cleared away."""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    shared_file,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.queue import (
    State,
)

from .using import (
    another_process,
    budget,
    open_files,
    record_file,
    send,
    unshared_reason,
)

# Children of these tests only wait or exit, whatever threads the runner has.
pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]


@pytest.mark.parametrize("code", [errno.EROFS, errno.EMFILE, errno.EACCES, errno.ENOSPC])
@pytest.mark.parametrize("call", ["open", "mkdir", "pwrite", "pread"])
def test_a_call_that_fails_makes_us_pace_alone(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def fails(*_args: Any, **_kwargs: Any) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fails)
    assert unshared_reason(folder)


def test_a_full_disk_that_takes_half_of_a_record(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = budget(folder)
    send(some)
    whole = os.pwrite
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda fd, data, offset: whole(fd, data[:40], offset))
        send(some)
    assert some.remaining() == 1
    another_process(monkeypatch)
    assert budget(folder).remaining() == 2, "the record as of the write before"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def flock(_fd: int, _operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    before = open_files()
    assert unshared_reason(folder)
    assert open_files() == before


def test_a_system_without_fcntl(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_file, "fcntl", None)
    assert unshared_reason(folder)
    assert not folder.exists()


@pytest.fixture
def locked(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Someone holds the lock and does not let go."""
    send(budget(folder))
    monkeypatch.setattr(shared_file, "LOCK_WAIT", 0.1)
    with record_file(folder).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_a_child_forked_under_the_lock_does_not_keep_it(folder: pathlib.Path) -> None:
    some = budget(folder)
    children = []

    def fork(state: State, _now: float, _period: float) -> tuple[State, None]:
        pid = os.fork()
        if not pid:
            signal.pause()
        children.append(pid)
        return state, None

    try:
        some._record.change(fork)
        send(some)
        assert not budget_module._memory.unshared_until
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@pytest.mark.usefixtures("locked")
def test_a_lock_that_is_not_let_go_holds_up_nobody(folder: pathlib.Path) -> None:
    start = time.monotonic()
    send(budget(folder), 2)
    assert budget(folder).remaining() == 0
    assert time.monotonic() - start < 5


def test_what_was_sent_alone_counts_once_the_file_is_back(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, memory: budget_module._Memory
) -> None:
    send(budget(folder))
    folder.chmod(0o755)
    waiter = budget(folder, 2)
    send(waiter)
    ticket = waiter.ticket()
    assert ticket.wait() > 0
    waiter.pause(90)
    folder.chmod(0o700)
    assert waiter.remaining() == 0
    assert all(until > time.monotonic() + 30 for until in memory.unshared_until.values())
    memory.unshared_until = dict.fromkeys(memory.unshared_until, 0.0)  # the window has passed
    assert ticket.wait() > 80
    assert not memory.unshared_until
    another_process(monkeypatch)
    seconds = budget(folder).ticket().wait()
    assert seconds > 80, "the pause and both requests are in the file now"


def test_alone_nobody_waits_for_the_places_of_others(
    folder: pathlib.Path, memory: budget_module._Memory
) -> None:
    some = budget(folder, 1)
    send(some)
    assert some.ticket().wait() > 0
    (seen,) = memory.seen.values()
    assert len(seen.sends) == 1
    assert not seen.waiters


def test_a_file_that_is_cleared_away_takes_nothing_along(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = budget(folder)
    send(some, 2)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    send(some)
    another_process(monkeypatch)
    assert budget(folder).remaining() == 0


def test_a_file_cleared_away_while_we_wait_for_its_lock(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = budget(folder)
    send(some)
    file = record_file(folder)
    lock, left = shared_file._lock, [2]

    def clear_away(fd: int, deadline: float) -> None:
        lock(fd, deadline)
        if left[0]:
            left[0] -= 1
            file.unlink()

    monkeypatch.setattr(shared_file, "_lock", clear_away)
    send(some)
    another_process(monkeypatch)
    assert budget(folder).remaining() == 1


def test_a_file_system_on_which_files_do_not_stay(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = shared_file._lock

    def clear_away(fd: int, deadline: float) -> None:
        lock(fd, deadline)
        for file in folder.iterdir():
            file.unlink()

    monkeypatch.setattr(shared_file, "_lock", clear_away)
    assert unshared_reason(folder)


def test_no_file_stays_open(folder: pathlib.Path) -> None:
    before = open_files()
    some = budget(folder, 5)
    send(some, 5)
    some.ticket().wait()
    some.pause(1)
    assert open_files() == before
