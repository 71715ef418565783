# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for everything that speaks HTTP: a simulated portal, and runs against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.process import Simulator

from .running import Runner


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    with Simulator(rate_limit=0) as simulator:
        yield simulator


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The simulated portal with its default seed: servers 5 and 6, and another account's 9."""
    simulator_process.reset()
    return simulator_process


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path) -> Runner:
    """Runs plays and modules against the simulator."""
    return Runner(simulator, tmp_path)
