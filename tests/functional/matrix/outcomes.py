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
    worst = LOST if cell.scene == "E8" else FAILED
    if cell.scene == "wg_rotate_keys E11":
        return RECOVERED  # the limit is put back, which waits for the window
    if cell.fault == UNTIMED:
        # The window of 60 s does not fit into max_wait, but what puts back waits for it.
        return worst if cell.times == "for good" else FAILED
    if cell.times == "twice" and cell.endpoint.method == "POST" and _may_still_run(cell):
        return FAILED  # it is sent once more, and then no longer
    if cell.times != "for good":
        return RECOVERED
    if cell.endpoint.method != "GET" and cell.fault.carried_out:
        return RECOVERED  # it did happen, and a look shows it
    return worst


def _may_still_run(cell: Cell) -> bool:
    """Whether the answer is lost, and nobody says that the request has ended, as a 500 would."""
    kind, status = cell.fault.options["kind"], cell.fault.status
    gateway = kind in ("status", "html") and status != 500
    return not cell.fault.carried_out and (gateway or kind == "reset")


def outcome(measured: Measured) -> str:
    """What became of it."""
    done = measured.first.done
    if not done.failed:
        return RECOVERED
    return LOST if done.values.get("lost_port_forwards") else FAILED
