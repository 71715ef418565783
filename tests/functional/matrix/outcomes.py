# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to become of a cell, by the design's rules alone, and what did."""

from __future__ import annotations

from .cells import UNTIMED, Cell
from .measure import Measured

RECOVERED, FAILED, LOST = "recovered", "failed", "lost"


def expected(cell: Cell) -> str:
    """By the table "What is retried": no cell is looked up, each follows from what it is."""
    # The second half of a replacement: until it is done, the old rule is gone.
    worst = LOST if cell.endpoint.row == "E8" else FAILED
    if cell.fault == UNTIMED:
        return worst  # the window of 60 s does not fit into max_wait
    if cell.times != "for good":
        return RECOVERED
    if cell.endpoint.method != "GET" and cell.fault.carried_out:
        return RECOVERED  # it did happen, and a look shows it
    return worst


def outcome(measured: Measured) -> str:
    """What became of it."""
    done = measured.first.done
    if not done.failed:
        return RECOVERED
    return LOST if done.values.get("lost_port_forwards") else FAILED
