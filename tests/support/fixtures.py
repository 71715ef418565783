# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures for everything that speaks HTTP: a simulated portal, and runs against it.

A folder of tests has them by its conftest.py, which names them in ``__all__``, too::

    from tests.support.fixtures import run, simulator, simulator_process
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.process import Simulator

from .environment import adopt
from .inventories import Inventories
from .modules import Modules, look_sooner
from .running import Runner

__all__ = ["inventories", "module", "run", "simulator", "simulator_process"]


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """The process behind the next one; without a rate limit."""
    with Simulator(rate_limit=0) as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The simulated portal with its default seed: servers 5 and 6, and another account's 9.

    ``world.fill`` gives it users and port forwards, ``reset`` any other seed.
    """
    simulator_process.reset()
    return simulator_process


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path) -> Iterator[Runner]:
    """Runs plays, and modules as processes of their own, against the simulator."""
    with tempfile.TemporaryDirectory(prefix="run-") as temporary:
        yield Runner(simulator, tmp_path, Path(temporary))


@pytest.fixture
def inventories(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Inventories:
    """Inventory files of users of the simulated portal."""
    return Inventories(run, monkeypatch)


@pytest.fixture
def module(run: Runner, monkeypatch: pytest.MonkeyPatch) -> Modules:
    """Runs modules in this process."""
    adopt(run.environment(), run.folder, monkeypatch)
    look_sooner(monkeypatch.setattr)
    return Modules(run.simulator, run.folder)
