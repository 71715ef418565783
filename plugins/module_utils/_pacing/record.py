# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The record of a request budget, as bytes in an open, locked file.

It survives `kill -9` at any instruction: it lies in two slots, written in turn, each with a number
and a seal. A writer that is killed spoils only the slot that was not in force; the record as of
the write before stands.

Everybody may write to the file, so the seal is more than a checksum: only who has the API key can make
one that holds. What anybody else writes is damage.

If both are damaged, or from another boot, there is no record, and all start afresh with an empty
one: the worst that follows is one 429, which was not carried out and is learned by all. To assume a
full window instead would make a damaged file cost a minute, and fail those who may not wait.
"""

from __future__ import annotations

import errno
import hmac
import os
import struct
import time
from functools import lru_cache

from .queue import MAX_SENDS, MAX_WAITERS, State, Waiter

# struct, not JSON: a third of the size and a tenth of the time, and nothing in it can half-parse.
_SLOT_HEAD = struct.Struct("<4sQI16s")  # magic, number, length and seal of the body
_BODY_HEAD = struct.Struct("<16sddHH")  # boot, written, end of pause, count of sends, of places
_PLACE = struct.Struct("<QqQIddI")
_MAGIC = b"PVB3"
_BODY_MAX = _BODY_HEAD.size + 8 * MAX_SENDS + _PLACE.size * MAX_WAITERS
_SLOT_SIZE = -(-(_SLOT_HEAD.size + _BODY_MAX) // 4096) * 4096
_FIRST_READ = 4096  # holds a record of a few hundred sends: mostly one read for each slot


def read(fd: int, secret: bytes) -> tuple[int, State | None]:
    """The number of the slot in force (0: none) and its record. `secret` is what it is sealed with."""
    slots = [_read_slot(fd, secret, 0), _read_slot(fd, secret, _SLOT_SIZE)]
    number, body = max(slots)
    return number, _decode(body, time.monotonic()) if number else None


def _read_slot(fd: int, secret: bytes, offset: int) -> tuple[int, bytes]:
    """Number and body of a slot; number 0 if it is empty or damaged."""
    data = os.pread(fd, _FIRST_READ, offset)
    if len(data) < _SLOT_HEAD.size:
        return 0, b""
    magic, number, length, seal = _SLOT_HEAD.unpack_from(data)
    if magic != _MAGIC or length > _BODY_MAX:
        return 0, b""
    missing = _SLOT_HEAD.size + length - len(data)
    if missing > 0:
        data += os.pread(fd, missing, offset + len(data))
    body = data[_SLOT_HEAD.size : _SLOT_HEAD.size + length]
    sound = len(body) == length and hmac.compare_digest(seal, _sealed(secret, number, body))
    return (number, body) if sound else (0, b"")


def write(fd: int, secret: bytes, number: int, state: State) -> None:
    """Write the record into the slot that is not in force, in one go."""
    body = _encode(state, time.monotonic())
    data = _SLOT_HEAD.pack(_MAGIC, number, len(body), _sealed(secret, number, body)) + body
    if os.pwrite(fd, data, (number % 2) * _SLOT_SIZE) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sealed(secret: bytes, number: int, body: bytes) -> bytes:
    return hmac.digest(secret, number.to_bytes(8, "little") + body, "sha256")[:16]


def _encode(state: State, now: float) -> bytes:
    """The record as bytes, stamped with this boot and the time."""
    head = _BODY_HEAD.pack(boot(), now, state.pause_end, len(state.sends), len(state.waiters))
    sends = struct.pack(f"<{len(state.sends)}d", *state.sends)
    return head + sends + b"".join(_PLACE.pack(*waiter) for waiter in state.waiters)


def _decode(body: bytes, now: float) -> State | None:
    """The record that `body` holds; None if it is malformed or was written before a reboot."""
    if len(body) < _BODY_HEAD.size:
        return None
    written_in, written, pause_end, sends, waiters = _BODY_HEAD.unpack_from(body)
    start = _BODY_HEAD.size + 8 * sends
    if len(body) != start + _PLACE.size * waiters:
        return None
    # The monotonic clock begins anew at a boot. Where the system names no boot, a time of writing
    # still to come shows most reboots; what slips through ages away within a window.
    if written_in != boot() or not written <= now:
        return None
    return State(
        struct.unpack_from(f"<{sends}d", body, _BODY_HEAD.size),
        tuple(Waiter(*fields) for fields in _PLACE.iter_unpack(body[start:])),
        pause_end,
    )


@lru_cache(maxsize=1)
def boot() -> bytes:
    """16 bytes that differ from boot to boot, or zeros where the system has none to offer."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            number = file.read().decode().strip().replace("-", "")
        return bytes.fromhex(number).ljust(16, b"\0")[:16]
    except (OSError, ValueError):
        return bytes(16)
