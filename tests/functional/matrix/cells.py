# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cells of the fault matrix: what goes wrong, at which endpoint, how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from simulator.endpoints import ENDPOINTS, Endpoint

# Seconds. Nothing is to time out but what is made to.
PATIENT, IMPATIENT = 30.0, 1.0

# Seconds. Enough to try twice again, whatever the jitter; not enough for a window of 60 s.
MAX_WAIT = 3
# The same where several endpoints fail in one task.
MODULE_MAX_WAIT = 10

# How long no connection is accepted, instead of how often: refused connections can't be counted.
REFUSED = {"once": 0.2, "twice": 0.6, "for good": 10}

TIMES: dict[str, int | None] = {"once": 1, "twice": 2, "for good": None}


class Fault(NamedTuple):
    """A fault: as the page words it, as the simulator is told it, and as a failure words it.

    ``carried_out``: the portal does what it was asked to before things go wrong.
    """

    name: str
    options: dict[str, Any]
    said: str
    carried_out: bool = False
    status: int | None = None

    @property
    def timeout(self) -> float:
        return IMPATIENT if self.options["kind"] == "timeout" else PATIENT


def _status(number: int, **options: Any) -> dict[str, Any]:
    return {"kind": "status", "status": number, "message": f"Fault {number}.", **options}


UNTIMED = Fault(
    "429 without Retry-After",
    {"kind": "rate_limited", "retry_after": None},
    "would have to wait",
    status=429,
)

FAULTS = (
    Fault("connection refused", {"kind": "refused"}, "connection refused"),
    Fault("reset before it is carried out", {"kind": "reset"}, "connection reset"),
    Fault("reset after it", {"kind": "reset"}, "connection reset", carried_out=True),
    Fault("time-out after it", {"kind": "timeout"}, "no answer within 1 s", carried_out=True),
    Fault("429, Retry-After: 1", {"kind": "rate_limited"}, "rate limit is used up", status=429),
    UNTIMED,
    Fault("500 before it", _status(500), "answered 500, Fault 500 (", status=500),
    Fault("503 before it", _status(503), "answered 503, Fault 503 (", status=503),
    Fault("500 after it", _status(500), "answered 500, Fault 500 (", True, 500),
    Fault("504 after it", _status(504), "answered 504, Fault 504 (", True, 504),
    Fault("502, a web page", {"kind": "html"}, "HTML instead of JSON", status=502),
    Fault("success, not JSON", {"kind": "garbage"}, "not JSON", True, 200),
    Fault("success, cut off", {"kind": "truncated"}, "closed before", carried_out=True),
    Fault("success, empty", {"kind": "empty"}, "nothing in it", True, 200),
)


@dataclass(frozen=True)
class Cell:
    """One fault, so many times, in one of the scenes: at one endpoint, and ``also`` at these."""

    endpoint: Endpoint
    fault: Fault
    times: str
    scene: str
    also: tuple[Endpoint, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.scene}: {self.fault.name}, {self.times}"


CELLS = [
    Cell(endpoint, fault, times, endpoint.row)
    for endpoint in ENDPOINTS
    for fault in FAULTS
    for times in TIMES
]


@dataclass(frozen=True)
class Column:
    """What of a module is under fault: all that it reads, each once; or a write, once and twice."""

    module: str
    rows: tuple[str, ...]

    @property
    def head(self) -> str:
        return ", ".join(self.rows)

    @property
    def scene(self) -> str:
        return f"{self.module} {self.head}"

    def cells(self, fault: Fault) -> list[Cell]:
        """By how often it fails."""
        by_row = {endpoint.row: endpoint for endpoint in ENDPOINTS}
        first, *also = (by_row[row] for row in self.rows)
        times = ("once",) if first.method == "GET" else ("once", "twice")
        return [Cell(first, fault, number, self.scene, tuple(also)) for number in times]


# The modules with more to them than the endpoints' tasks have, and what they send.
COLUMNS = [
    Column(module, rows)
    for module, columns in {
        "wg_servers": [("E1", "E2", "E7"), ("E3",), ("E9",)],
        "wg_rotate_keys": [("E2", "E7", "E5", "E10"), ("E6",), ("E3",), ("E8",), ("E11",)],
        "wg_offboard": [("E1", "E2", "E7"), ("E6",)],
        "wg_adopt": [("E1", "E2", "E7")],
        "wg_report": [("E1", "E2", "E7")],
        "wg_handout": [("E1", "E2", "E5")],
    }.items()
    for rows in columns
]

MODULE_CELLS = [cell for column in COLUMNS for fault in FAULTS for cell in column.cells(fault)]
