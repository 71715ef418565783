# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that asks for tickets, for budget.py: prints how many seconds each took, as JSON."""

from __future__ import annotations

import json
import sys
import time

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
)


def take(budget: Budget) -> float:
    """One ticket, as a request takes it."""
    began = time.perf_counter()
    ticket = budget.ticket()
    try:
        wait = ticket.wait()
    finally:
        ticket.give_up()
    took = time.perf_counter() - began
    if wait:
        sys.exit(f"there was no room: {wait:.1f} s to wait")
    return took


def main() -> None:
    work = json.loads(sys.argv[1])
    took: list[float] = []
    time.sleep(max(0.0, work["at"] - time.monotonic()))
    for number in range(work["records"]):
        budget = Budget(
            *("http://127.0.0.1/api/wg", f"wg_record_{number}", work["rate_limit"]),
            directory=work["directory"],
        )
        took += [take(budget) for _turn in range(work["each"])][1:]
    print(json.dumps(took))


if __name__ == "__main__":
    main()
