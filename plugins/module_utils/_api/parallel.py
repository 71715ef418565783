# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads several things at once, in a known order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from .._errors import BatchEndedError
from .._pacing.cancel import BatchEnd, reading_for

Item = TypeVar("Item")
Found = TypeVar("Found")

# How many requests one task may have under way at once.
PARALLEL = 16


def each(items: list[Item], read: Callable[[Item], Found]) -> list[Found]:
    """``read`` of every item, several at once, in the order of the items.

    The first failure is raised at once: what is read or waited for besides is given up.
    """
    if len(items) < 2:
        return [read(item) for item in items]
    return _Batch(items, read).found()


class _Batch(Generic[Item, Found]):
    """Threads that nobody has to wait for: they are daemons, and a failure ends their waits.

    An executor of ``concurrent.futures`` is joined when the process ends, whatever its threads wait
    for; and importing it takes longer than all of this.
    """

    def __init__(self, items: list[Item], read: Callable[[Item], Found]) -> None:
        self._items = items
        self._read = read
        self._found: list[Any] = [None] * len(items)
        self._next = 0
        self._running = min(PARALLEL, len(items))
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._batch_end = BatchEnd()

    def found(self) -> list[Found]:
        try:
            for _number in range(self._running):
                threading.Thread(target=self._work, daemon=True).start()
            self._ended.wait()
        finally:
            self._batch_end.announce()
        if self._failure:
            raise self._failure
        return self._found

    def _work(self) -> None:
        with reading_for(self._batch_end):
            try:
                while (index := self._take()) is not None:
                    self._found[index] = self._read(self._items[index])
            except BatchEndedError:
                return
            except BaseException as exc:  # noqa: BLE001 - raised again where it is waited for
                self._fail(exc)
        with self._lock:
            self._running -= 1
            if not self._running:
                self._ended.set()

    def _take(self) -> int | None:
        """The place of the next item; None: there is none, or nobody needs it any more."""
        self._batch_end.check()
        with self._lock:
            index, self._next = self._next, self._next + 1
        return index if index < len(self._items) else None

    def _fail(self, exc: BaseException) -> None:
        with self._lock:
            self._failure = self._failure or exc
        self._batch_end.announce()
        self._ended.set()
