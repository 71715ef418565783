# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests on real WireGuard: one lab for a run, a new host for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.running import Runner

from .lab.host import Host
from .lab.lab import Lab, running
from .lab.machine import lacking
from .lab.plays import Plays

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine lacks something for, and say what."""
    ours = [item for item in items if HERE in item.path.parents]
    reason = lacking() if ours else ""
    if reason:
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=f"real WireGuard {reason}"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The network, the VPN server and the portal; no hosts yet."""
    with running(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@dataclass
class Scene:
    """A lab whose portal is as at the start, one new host, and plays on it."""

    lab: Lab
    host: Host
    plays: Plays


def _scene(lab: Lab, folder: Path) -> Iterator[Scene]:
    lab.forget()
    # Ansible and ssh put sockets there, whose whole path may have 107 characters.
    temporary = Path(tempfile.mkdtemp(prefix="lab-"))
    host = lab.host()
    try:
        yield Scene(lab, host, Plays(lab, Runner(lab.simulator, folder, temporary)))
    finally:
        lab.remove(host)
        shutil.rmtree(temporary, ignore_errors=True)


@pytest.fixture
def scene(lab: Lab, tmp_path: Path) -> Iterator[Scene]:
    """For one test."""
    yield from _scene(lab, tmp_path)


@pytest.fixture(scope="module")
def shared_scene(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """For all tests of a file, in their order."""
    yield from _scene(lab, tmp_path_factory.mktemp("scene"))
