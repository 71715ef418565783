# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the budget's shared file when it is damaged, and after a reboot."""

from __future__ import annotations

import os
import pathlib
import random
import time
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    record,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.queue import (
    MAX_SENDS,
    MAX_WAITERS,
    State,
    Waiter,
)

from .using import (
    another_process,
    budget,
    record_file,
    send,
)

pytestmark = pytest.mark.once

SLOT = record._SLOT_SIZE


SEAL = b"a secret of these tests"


def states(count: int) -> State:
    sends = tuple(time.monotonic() - 1 + number / count for number in range(count))
    return State(sends, (Waiter(2**64 - 1, 2**31, 2**63, MAX_SENDS, 1.0, 2.0),) * (count // 8), 5.0)


@pytest.mark.parametrize("count", [1, 60, 600, MAX_SENDS])
def test_a_record_comes_back_as_it_was(tmp_path: pathlib.Path, count: int) -> None:
    fd = os.open(tmp_path / "record", os.O_RDWR | os.O_CREAT)
    try:
        assert record.read(fd, SEAL) == (0, None)
        for number in range(1, 4):
            record.write(fd, SEAL, number, states(count))
            assert record.read(fd, SEAL)[0] == number
        record.write(fd, SEAL, 4, full := states(count))
        assert record.read(fd, SEAL) == (4, full)
    finally:
        os.close(fd)


def test_a_record_of_another_length_is_none() -> None:
    now = time.monotonic()
    body = record._encode(states(60), now)
    assert record._decode(body, now) is not None
    for wrong in (b"", body[:10], body[:-1], body[:-40], body + b"\0"):
        assert record._decode(wrong, now) is None


def test_the_file_stays_small(tmp_path: pathlib.Path) -> None:
    assert len(states(MAX_SENDS).waiters) == MAX_WAITERS
    fd = os.open(tmp_path / "record", os.O_RDWR | os.O_CREAT)
    for number in range(1, 5):
        record.write(fd, SEAL, number, states(MAX_SENDS))
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
        record.write(fd, SEAL, number, known[number] or State())
    sound = file.read_bytes()
    sound += bytes(2 * SLOT - len(sound))
    seen = set()
    for _round in range(600):
        # Mostly where something is written, and not in the gap between.
        half = [sound[:SLOT], sound[SLOT:]]
        for number in how.choice([[0], [1], [0, 1]]):
            half[number] = damaged(half[number][:800], how) + half[number][800:]
        file.write_bytes(half[0][:SLOT].ljust(SLOT, b"\0") + half[1])
        number, state = record.read(fd, SEAL)
        assert state == known[number]
        seen.add(number)
    assert seen == {0, 6, 7}
    os.close(fd)


@pytest.mark.parametrize("size", [0, 1, 19, 20, 100, SLOT, SLOT + 21, 3 * SLOT])
@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"PVB2", b"{}"])
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


def test_a_record_that_somebody_without_the_key_wrote_is_none(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody may write to the file. Nobody can lock a key out with it."""
    send(budget(folder))
    assert _read(record_file(folder)) == (0, None)
    with record_file(folder).open("r+b") as file:
        for forged in range(1, 50):
            hostile = State((time.monotonic(),) * 60, (), time.monotonic() + 3000)
            record.write(file.fileno(), b"another secret", forged, hostile)
    another_process(monkeypatch)
    send(budget(folder), 3)


def _read(path: pathlib.Path) -> tuple[int, State | None]:
    with path.open("rb") as file:
        return record.read(file.fileno(), b"another secret")


def test_a_reboot_starts_afresh(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(budget(folder), 3)
    budget(folder).pause(100)
    another_process(monkeypatch)
    monkeypatch.setattr(record, "boot", lambda: b"another boot    ")
    send(budget(folder), 3)


def test_a_reboot_on_a_system_that_names_no_boot(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "boot", lambda: bytes(16))
    now = time.monotonic
    with monkeypatch.context() as before:
        # This machine may be up for a minute only: no clock can be set back far.
        before.setattr(time, "monotonic", lambda: now() + 1000)
        send(budget(folder), 3)
        budget(folder).pause(100)
    another_process(monkeypatch)
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
    unknown = record.boot.__wrapped__
    assert len(unknown()) == 16

    def no_proc(*_args: Any, **_kwargs: Any) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", no_proc)
    assert unknown() == bytes(16)
