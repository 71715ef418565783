# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Work that blocks, beside an event loop, and that nobody waits for at the end.

``asyncio.to_thread`` takes threads for whose end both the loop and the interpreter wait: a portal that
is silent would hold up a shutdown until its time-out.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .._pacing.cancel import BatchEnd, reading_for

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """What ``work`` returns or raises, done in a daemon thread of its own.

    A cancellation does not wait for it: it sends no further request, and waits for nothing any more.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()
    batch_end = BatchEnd()

    def settle(how: Callable[[Any], None], value: Any) -> None:
        if not outcome.done():
            how(value)

    def deliver(how: Callable[[Any], None], value: Any) -> None:
        try:
            loop.call_soon_threadsafe(settle, how, value)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    def run() -> None:
        try:
            with reading_for(batch_end):
                result = work()
        except BaseException as exc:  # noqa: BLE001 - handed on, whatever it is
            deliver(outcome.set_exception, exc)
        else:
            deliver(outcome.set_result, result)

    threading.Thread(target=run, name="premiervpn.wireguard", daemon=True).start()
    try:
        return await outcome
    finally:
        batch_end.announce()
