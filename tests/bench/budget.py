# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared request budget itself: what a request costs that finds room.

From asking for a ticket to being let go, nothing sent. One process, then 12 at once that share the
budget (so all of them want one lock). No record holds more than 60 requests, the usual limit: there is
a new one for every 60. The first request of each, which makes the record's file, is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.measuring import BenchError, median, percentile
from tests.bench.place import Place, place
from tests.bench.table import Row

WORKER = Path(__file__).with_name("budget_worker.py")
LIMIT = 60
PROCESSES = 12


def measure(quick: bool) -> Iterator[Row]:
    records = 20 if quick else 200
    with place() as here:
        yield from _rows(here, 1, records)
        yield from _rows(here, PROCESSES, records)


def _rows(here: Place, processes: int, records: int) -> Iterator[Row]:
    took = _work(here, processes, records)
    what = f"{len(took)} tickets, {processes} process{'es at once' if processes > 1 else ''}"
    yield Row(f"{what}: median", _microseconds(median(took)))
    yield Row(f"{what}: 99th percentile", _microseconds(percentile(took, 99)))


def _work(here: Place, processes: int, records: int) -> list[float]:
    """The seconds of each ticket, of all processes."""
    folder = here.folder / f"budget-{processes}"
    folder.mkdir(mode=0o700)
    work = {
        "directory": str(folder),
        "rate_limit": LIMIT,
        "records": records,
        "each": LIMIT // processes,
        # By the clock that all processes have in common; until then they have started.
        "at": time.monotonic() + 2 + processes / (os.cpu_count() or 1),
    }
    environment = here.environment({"PYTHONPATH": str(here.tree)})
    workers = [_start(work, environment) for _turn in range(processes)]
    answers = [worker.communicate()[0] for worker in workers]
    if any(worker.returncode for worker in workers):
        raise BenchError("a process that asks for tickets failed")
    return [seconds for answer in answers for seconds in json.loads(answer)]


def _start(work: dict[str, Any], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKER), json.dumps(work)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs"
