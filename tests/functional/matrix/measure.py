# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures a cell: the task under fault, then twice more without it."""

from __future__ import annotations

import re
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from simulator.process import Simulator, SimulatorError
from tests.support import modules
from tests.support.results import Result
from tests.support.world import rules

from .cells import PATIENT, REFUSED, TIMES, Cell
from .scenes import SCENES, Scene, world

# How often a cell is begun anew because its fault was over before the request came.
MAX_MISSED = 10


@dataclass(frozen=True)
class Seen:
    """A run, the requests that reached the portal, and what the portal holds after it."""

    done: Result
    requests: list[dict[str, Any]]
    rules: dict[str, list[str]]
    settings: dict[str, Any]

    @property
    def writes(self) -> list[str]:
        return [f"{x['method']} {x['path']}" for x in self.requests if x["method"] != "GET"]


@dataclass(frozen=True)
class Measured:
    """What became of a cell.

    ``before`` and ``settings`` are what the portal held at first, ``seconds`` how long the run under fault took,
    ``second`` and ``third`` are the runs after the fault was over.
    """

    before: dict[str, list[str]]
    settings: dict[str, Any]
    first: Seen
    seconds: float
    second: Seen
    third: Seen
    faults: list[dict[str, Any]] = field(default_factory=list)


def measure(simulator: Simulator, cell: Cell) -> Measured:
    """Run a cell, until its fault is really met."""
    for number in range(MAX_MISSED):
        measured = _measured(simulator, cell, number)
        if _was_met(measured, cell):
            return measured
    raise AssertionError(f"{cell.name}: the fault was never met")


def _was_met(measured: Measured, cell: Cell) -> bool:
    """Whether the run was disturbed. Only a door that is shut for a time can be missed."""
    first = measured.first
    if cell.fault.options["kind"] != "refused":
        return any(x["fault"] for x in first.requests)
    lasted = cell.times != "for good" or measured.seconds < REFUSED[cell.times]
    return lasted and first.done.values["requests"] > len(first.requests)


def undisturbed(simulator: Simulator, name: str) -> Seen:
    """The same task, and nothing goes wrong."""
    key, later = "wg_undisturbed", "wg_later"
    simulator.reset(world(key, later))
    with tempfile.TemporaryDirectory() as folder:
        return _run(simulator, SCENES[name], key, PATIENT, folder)


def _measured(simulator: Simulator, cell: Cell, number: int) -> Measured:
    # A key for each: what is learned of a key's rate limit is kept for whoever uses it.
    key = "wg_" + re.sub(r"\W+", "_", f"{cell.name}_{number}")
    later = f"{key}_later"
    simulator.reset(world(key, later))
    before, settings = rules(simulator), settings_of(simulator)
    scene = SCENES[cell.scene]
    ours = _arm(simulator, cell, later)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        done = _module(simulator, scene, key, cell.fault.timeout, folder)
        seconds = time.monotonic() - began
        _wait_until_reachable(simulator)
        faults = simulator.faults()
        simulator.clear_faults()
        requests = simulator.requests()[ours:]
        first = Seen(done, requests, rules(simulator), settings_of(simulator))
        second = _run(simulator, scene, later, PATIENT, folder)
        third = _run(simulator, scene, later, PATIENT, folder)
    return Measured(before, settings, first, seconds, second, third, faults)


def _run(simulator: Simulator, scene: Scene, key: str, timeout: float, folder: str) -> Seen:
    simulator.clear_requests()
    done = _module(simulator, scene, key, timeout, folder)
    return Seen(done, simulator.requests(), rules(simulator), settings_of(simulator))


def settings_of(simulator: Simulator) -> dict[str, Any]:
    """What the endpoints E10 to E15 are about: of each user and of each server."""
    state = simulator.state()
    limits = {x["client_name"]: x["bandwidth"] for x in state["users"]}
    return {**limits, **{str(n): x["dns"] for n, x in enumerate(state["servers"])}}


def _module(simulator: Simulator, scene: Scene, key: str, timeout: float, folder: str) -> Result:
    options = {
        name: value.replace("{folder}", folder) if isinstance(value, str) else value
        for name, value in scene.options.items()
    }
    connection = {
        "api_url": simulator.url,
        "api_key": key,
        "timeout": timeout,
        "max_wait": scene.max_wait,
        "rate_limit": 0,
    }
    code, printed = modules.call(scene.module, **connection, **options)
    result = modules.result(scene.module, printed)
    assert code == int(result.failed)
    return result


def _arm(simulator: Simulator, cell: Cell, key: str) -> int:
    """Tell the simulator of the fault. How many requests were made for that, with ``key``."""
    if cell.fault.options["kind"] != "refused":
        when = "after" if cell.fault.carried_out else "before"
        often = {"when": when, "times": TIMES[cell.times]}
        simulator.faults(
            *(
                {**cell.fault.options, "method": one.method, "path": one.path, **often}
                for one in (cell.endpoint, *cell.also)
            )
        )
        return 0
    # The door closes after an answer: that to the request before, or to one that is made for it.
    scene = SCENES[cell.scene]
    before = scene.before
    method, path = before or ("GET", "/servers")
    closing = {"kind": "refused", "method": method, "path": path, "skip": scene.skip}
    simulator.faults({**closing, "seconds": REFUSED[cell.times]})
    if before is not None:
        return 0
    request = urllib.request.Request(
        simulator.url + path, headers={"Authorization": f"Bearer {key}"}
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    return 1


def _wait_until_reachable(simulator: Simulator) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            simulator.settings()
        except SimulatorError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
