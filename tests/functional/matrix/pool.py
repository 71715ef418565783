# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures many cells at once: they mostly wait. Each worker process has a portal of its own."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.support.modules import load, look_sooner

from .cells import CELLS, MODULE_CELLS, UNTIMED, Cell
from .measure import Measured, Seen, measure, undisturbed
from .portals import Tenant, started
from .scenes import SCENES

WORKERS = 16

ALL = [*CELLS, *MODULE_CELLS]

# Scenes in which the fault comes when something was taken away already: putting back waits for a window.
TAKEN_AWAY = ("E8", "wg_rotate_keys E3", "wg_rotate_keys E8", "wg_rotate_keys E11")


def measure_all(cells: Iterable[Cell] = ALL) -> tuple[dict[str, Measured], dict[str, Seen]]:
    """Every cell by its name, and by its scene the run of a task that nothing disturbs."""
    # The longest first, so that nobody waits for one that was begun last.
    ordered = sorted(cells, key=_duration, reverse=True)
    rows = sorted({cell.scene for cell in ordered})
    workers = max(1, min(WORKERS, len(ordered)))
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="fault-matrix-") as folder,
        started(workers) as urls,
    ):
        free: Any = context.SimpleQueue()
        for url in urls:
            free.put(url)
        with ProcessPoolExecutor(
            workers, mp_context=context, initializer=_begin, initargs=(folder, free)
        ) as pool:
            measured = {cell.name: pool.submit(_measure, ALL.index(cell)) for cell in ordered}
            plain = {row: pool.submit(_undisturbed, row) for row in rows}
            return (
                {name: future.result() for name, future in measured.items()},
                {row: future.result() for row, future in plain.items()},
            )


def _duration(cell: Cell) -> tuple[bool, bool, int]:
    """Sorts by how long a cell may take."""
    kind = cell.fault.options["kind"]
    lasting = cell.times == "for good" and cell.fault != UNTIMED
    lasting = lasting or (cell.fault == UNTIMED and cell.scene in TAKEN_AWAY)
    return lasting and kind == "refused", lasting, {"once": 0, "twice": 1}.get(cell.times, 2)


# In a worker

_portals: list[Tenant] = []


def _begin(folder: str, free: Any) -> None:
    for name in [name for name in os.environ if name.startswith("PREMIERVPN_")]:
        del os.environ[name]
    # What processes of one machine share, they share here only with those of this run.
    os.environ["TMPDIR"] = os.environ["PREMIERVPN_BUDGET_DIR"] = folder
    os.environ["PREMIERVPN_STATE_DIR"] = os.path.join(folder, "state")
    tempfile.tempdir = None
    for scene in SCENES.values():
        load(scene.module)
    look_sooner()
    _portals.append(Tenant(free.get()))


def _measure(place: int) -> Measured:
    return measure(_portals[0], ALL[place])


def _undisturbed(row: str) -> Seen:
    return undisturbed(_portals[0], row)
