# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads several things at once, in a known order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")

# How many requests one task may have under way at once.
PARALLEL = 16


def each(items: list[Item], read: Callable[[Item], Found]) -> list[Found]:
    """``read`` of every item, several at once, in the order of the items."""
    if len(items) < 2:
        return [read(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(PARALLEL, len(items))) as pool:
        futures = [pool.submit(read, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            # One failure is the task's: do not spend requests on what nobody will read.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
