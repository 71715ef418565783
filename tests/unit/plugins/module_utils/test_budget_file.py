# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budget's shared file: who may read it, what becomes of it when it is damaged or unusable."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import pathlib
import random
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    record,
    shared_file,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.queue import (
    MAX_PLACES,
    MAX_SENDS,
    Place,
    State,
)

# Children of these tests only wait or exit, whatever threads the runner has.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")

URL = "https://portal.example.test/api/wg"
KEY = "pk-0123456789-abcdefghijklmnopqrstuvwxyz"
NOBODY = 65534
SLOT = record._SLOT_SIZE


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> budget_module._Memory:
    """A process that remembers nothing yet."""
    fresh = budget_module._Memory()
    monkeypatch.setattr(budget_module, "_memory", fresh)
    return fresh


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "budget"


def budget(folder: pathlib.Path, limit: int = 3, window: float = 60.0) -> Budget:
    return Budget(URL, KEY, limit, window=window, directory=str(folder))


def send(some: Budget, count: int = 1) -> None:
    for _request in range(count):
        assert some.ticket().wait() == 0.0


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known from here on comes from the file alone."""
    monkeypatch.setattr(budget_module, "_memory", budget_module._Memory())


def record_file(folder: pathlib.Path) -> pathlib.Path:
    (found,) = folder.glob("*.budget")
    return found


def paces_alone(folder: pathlib.Path) -> bool:
    """Whether two budgets share three requests, and no other process could know of it."""
    send(budget(folder), 2)
    send(budget(folder), 1)
    assert budget(folder).ticket().wait() > 0
    kept = budget_module._memory
    budget_module._memory = budget_module._Memory()
    shared = budget(folder).remaining() == 0
    budget_module._memory = kept
    return not shared


# --- privacy


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


# --- where it lies


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


# --- folders and files that are not to be trusted


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


# --- systems that do not do their part


@pytest.mark.parametrize("code", [errno.EROFS, errno.EMFILE, errno.EACCES, errno.ENOSPC])
@pytest.mark.parametrize("call", ["open", "mkdir", "pwrite", "pread"])
def test_a_call_that_fails_makes_us_pace_alone(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def fails(*_args: Any, **_kwargs: Any) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fails)
    assert paces_alone(folder)


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
    assert paces_alone(folder)
    assert open_files() == before


def test_a_system_without_fcntl(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_file, "fcntl", None)
    assert paces_alone(folder)
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
        assert not budget_module._memory.alone_until
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
    assert all(until > time.monotonic() + 30 for until in memory.alone_until.values())
    memory.alone_until = dict.fromkeys(memory.alone_until, 0.0)  # the window has passed
    assert ticket.wait() > 80
    assert not memory.alone_until
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
    assert not seen.places


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
    assert paces_alone(folder)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def test_no_file_stays_open(folder: pathlib.Path) -> None:
    before = open_files()
    some = budget(folder, 5)
    send(some, 5)
    some.ticket().wait()
    some.pause(1)
    assert open_files() == before


# --- damage, reboots, bounds


def states(count: int) -> State:
    sends = tuple(time.monotonic() - 1 + number / count for number in range(count))
    return State(sends, (Place(2**64 - 1, 2**31, 2**63, MAX_SENDS, 1.0, 2.0),) * (count // 8), 5.0)


@pytest.mark.parametrize("count", [1, 60, 600, MAX_SENDS])
def test_a_record_comes_back_as_it_was(tmp_path: pathlib.Path, count: int) -> None:
    fd = os.open(tmp_path / "record", os.O_RDWR | os.O_CREAT)
    try:
        assert record.read(fd) == (0, None)
        for number in range(1, 4):
            record.write(fd, number, states(count))
            assert record.read(fd)[0] == number
        record.write(fd, 4, full := states(count))
        assert record.read(fd) == (4, full)
    finally:
        os.close(fd)


def test_a_record_of_another_length_is_none() -> None:
    now = time.monotonic()
    body = record._encode(states(60), now)
    assert record._decode(body, now) is not None
    for wrong in (b"", body[:10], body[:-1], body[:-40], body + b"\0"):
        assert record._decode(wrong, now) is None


def test_the_file_stays_small(tmp_path: pathlib.Path) -> None:
    assert len(states(MAX_SENDS).places) == MAX_PLACES
    fd = os.open(tmp_path / "record", os.O_RDWR | os.O_CREAT)
    for number in range(1, 5):
        record.write(fd, number, states(MAX_SENDS))
    assert os.fstat(fd).st_size <= 2 * SLOT < 150_000
    os.close(fd)


def damaged(data: bytes, how: random.Random) -> bytes:
    """`data` cut, overwritten, with bits turned or with a hole in it."""
    spoilt = bytearray(data)
    start = how.randrange(len(spoilt))
    end = min(len(spoilt), start + how.choice([1, 8, 300, len(spoilt)]))
    kind = how.randrange(4)
    if kind == 0:
        del spoilt[start:]
    elif kind == 1:
        spoilt[start:end] = how.randbytes(end - start)
    elif kind == 2:
        spoilt[start] ^= 1 << how.randrange(8)
    else:
        spoilt[start:end] = bytes(end - start)
    return bytes(spoilt)


def test_a_damaged_record_is_one_from_before_or_none(tmp_path: pathlib.Path) -> None:
    how = random.Random(1)
    file = tmp_path / "record"
    fd = os.open(file, os.O_RDWR | os.O_CREAT)
    known = {0: None, 6: states(8), 7: states(60)}
    for number in (6, 7):
        record.write(fd, number, known[number] or State())
    sound = file.read_bytes()
    sound += bytes(2 * SLOT - len(sound))
    seen = set()
    for _round in range(600):
        # Mostly where something is written, and not in the gap between.
        half = [sound[:SLOT], sound[SLOT:]]
        for number in how.choice([[0], [1], [0, 1]]):
            half[number] = damaged(half[number][:800], how) + half[number][800:]
        file.write_bytes(half[0][:SLOT].ljust(SLOT, b"\0") + half[1])
        number, state = record.read(fd)
        assert state == known[number]
        seen.add(number)
    assert seen == {0, 6, 7}
    os.close(fd)


@pytest.mark.parametrize("size", [0, 1, 19, 20, 100, SLOT, SLOT + 21, 3 * SLOT])
@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"PVB1", b"{}"])
def test_a_file_of_rubbish_is_started_afresh(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, size: int, filler: bytes
) -> None:
    send(budget(folder))
    record_file(folder).write_bytes((filler * size)[:size])
    another_process(monkeypatch)
    send(budget(folder), 3)
    assert budget(folder).remaining() == 0
    another_process(monkeypatch)
    assert budget(folder).remaining() == 0


def test_a_process_that_knows_better_mends_a_damaged_file(folder: pathlib.Path) -> None:
    send(budget(folder), 2)
    record_file(folder).write_bytes(b"")
    assert budget(folder).remaining() == 1


def test_a_torn_salt_is_made_anew(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(budget(folder))
    salt = (folder / "salt").read_bytes()
    for torn in (b"", salt[:10], salt[:-1], bytes(36)):
        (folder / "salt").write_bytes(torn)
        another_process(monkeypatch)
        send(budget(folder), 3)
        another_process(monkeypatch)
        assert budget(folder).remaining() == 0


def test_a_reboot_starts_afresh(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(budget(folder), 3)
    budget(folder).pause(100)
    another_process(monkeypatch)
    monkeypatch.setattr(record, "_boot", lambda: b"another boot    ")
    send(budget(folder), 3)


def test_a_reboot_on_a_system_that_names_no_boot(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_boot", lambda: bytes(16))
    send(budget(folder), 3)
    budget(folder).pause(100)
    another_process(monkeypatch)
    before = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: before - 1000)
    send(budget(folder), 3)


def test_the_clock_on_the_wall_is_never_looked_at(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_at() -> float:
        raise AssertionError("it may be set at any time")

    monkeypatch.setattr(time, "time", looked_at)
    send(budget(folder), 3)
    assert budget(folder).ticket().wait() > 0


def test_the_boot_is_known_or_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = record._boot.__wrapped__
    assert len(unknown()) == 16

    def no_proc(*_args: Any, **_kwargs: Any) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", no_proc)
    assert unknown() == bytes(16)
