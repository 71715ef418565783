# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One deadline for a whole exchange: status line, header lines, 100 Continue and body, however they drip.

A time-out of a socket bounds a single wait. Here every wait is bounded by what is left of the exchange,
and a job that was cancelled leaves a write a few seconds to be answered.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# A cancellation is looked for so often, and then an answer that is due may still take so long: creating
# a user takes "a few seconds" (portal-api).
_LOOK = 0.5
GRACE = 10.0
# All exchanges of a cancelled task together may take ENDS, and each of them LEAST: AWX, containers and service
# managers kill what has not ended after half a minute.
ENDS = 20.0
LEAST = 1.0

_of_thread = threading.local()


class _Deadline:
    def __init__(self, seconds: float, cancelled_for: Callable[[], float | None]) -> None:
        self._at = time.monotonic() + seconds
        self._cancelled_for = cancelled_for
        self.cut = False

    def left(self) -> float:
        """Seconds that are left, 0 where there are none."""
        now = time.monotonic()
        if not self.cut and (since := self._cancelled_for()) is not None:
            end = now + max(LEAST, min(GRACE, ENDS - since))
            self.cut = end < self._at
            self._at = min(self._at, end)
        return max(0.0, self._at - now)


@contextmanager
def exchange_within(
    seconds: float, cancelled_for: Callable[[], float | None]
) -> Iterator[_Deadline]:
    """What this thread receives in here is there in so many seconds, or a time-out is raised.

    ``cancelled_for``: since when the job is cancelled, so that the answer is not waited for as long.
    """
    _of_thread.deadline = _Deadline(seconds, cancelled_for)
    try:
        yield _of_thread.deadline
    finally:
        _of_thread.deadline = None


class BoundedResponse(http.client.HTTPResponse):
    """A response that is read within the deadline of its thread."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_Files(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Files:
    """Of a socket what ``HTTPResponse`` takes: the file that it reads."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._sock))


class _Received(io.RawIOBase):
    """What a socket receives."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        # The socket's own file keeps it open until both are closed.
        self._sock, self._file = sock, sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._sock.fileno()

    def readinto(self, buffer: Any) -> int:
        deadline: _Deadline | None = getattr(_of_thread, "deadline", None)
        if deadline is None:  # closing, in another thread
            return self._sock.recv_into(buffer)
        while (left := deadline.left()) > 0:
            self._sock.settimeout(min(left, _LOOK))
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                pass
        raise TimeoutError("the exchange has taken too long")

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
