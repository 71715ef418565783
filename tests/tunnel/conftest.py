# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests on real WireGuard: one lab for a run, a new host for each test.

A host with systemd takes seconds to boot: it serves the next test too, where it is as it was after its boot.

``PREMIERVPN_TUNNEL=required``: what the machine lacks is an error, as `make tunnel` wants it. Else it skips them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.support.running import Runner

from .lab import cgroups, debs, looks, needs, roots
from .lab.booted import Machine
from .lab.host import Host
from .lab.lab import Lab, running
from .lab.plays import Plays

HERE = Path(__file__).resolve().parent
KEPT = HERE.parents[1] / ".build" / "tunnel"  # what is fetched once
REQUIRED = os.environ.get("PREMIERVPN_TUNNEL") == "required"


def _lacks(reason: str) -> NoReturn:
    """Skip a test, or let it fail where it is wanted."""
    if REQUIRED:
        pytest.fail(f"this machine {reason}", pytrace=False)
    pytest.skip(f"real WireGuard: this machine {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """What skips one test here skips them all: give them one place, and pytest says it in one line."""
    report = yield
    if report.skipped and HERE in item.path.parents:
        report.longrepr = (str(HERE / "conftest.py"), 1, report.longrepr[2])
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured and recorded as "measured"."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {value}")


@pytest.fixture(scope="session")
def able() -> None:
    """This machine can have a lab."""
    if reason := needs.lacking(needs.PROGRAMS):
        _lacks(reason)


@pytest.fixture(scope="session")
def packages(able: None) -> Path:
    """Debian packages that hosts can install; the folder is not there where none can be had."""
    if shutil.which("apt-get") is None:
        return KEPT / "none"
    try:
        return debs.have(KEPT / "debs")
    except subprocess.CalledProcessError:
        return KEPT / "none"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Iterator[Lab]:
    """The network, the VPN server and the portal; no hosts yet."""
    cgroups.sweep()
    _sweep_folders()
    with running(tmp_path_factory.mktemp("lab"), packages) as lab:
        yield lab


@pytest.fixture(scope="session")
def root(lab: Lab) -> Path:
    """The file system that hosts with systemd boot from."""
    if reason := needs.lacking(needs.CONTAINER_PROGRAMS):
        _lacks(reason)
    try:
        return roots.have(KEPT)
    except roots.NoRootError as error:
        _lacks(f"has no root file system to boot: {error}")


class Machines:
    """Hosts with systemd, one at a time: that of the test before, if that left nothing; else a new one."""

    def __init__(self, lab: Lab, root: Path) -> None:
        self._lab, self._root = lab, root
        self._clean: dict[str, object] = {}
        self._spare: Machine | None = None

    def take(self) -> Machine:
        machine, self._spare = self._spare, None
        if machine is None:
            machine = self._lab.machine(self._root)
            self._clean = looks.state(machine)
        return machine

    def give_back(self, machine: Machine) -> None:
        machine.tidy()
        if looks.state(machine) == self._clean:
            self._spare = machine
        else:
            self._lab.remove(machine)


@pytest.fixture(scope="session")
def machines(lab: Lab, root: Path) -> Machines:
    """What gives a test a host with systemd."""
    return Machines(lab, root)


@dataclass
class Scene:
    """A lab whose portal is as at the start, one new host, and plays on it."""

    lab: Lab
    host: Host
    plays: Plays


def _sweep_folders() -> None:
    """Remove the temporary folders of tests that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("lab-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _scene(lab: Lab, host: Host, folder: Path) -> Iterator[Scene]:
    lab.forget()
    # Ansible and ssh put sockets there, whose whole path may have 107 characters.
    temporary = Path(tempfile.mkdtemp(prefix=f"lab-{os.getpid()}-"))
    try:
        yield Scene(lab, host, Plays(lab, Runner(lab.simulator, folder, temporary)))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _plain(lab: Lab, folder: Path) -> Iterator[Scene]:
    host = lab.host()
    try:
        yield from _scene(lab, host, folder)
    finally:
        lab.remove(host)


def _booted(machines: Machines, lab: Lab, folder: Path) -> Iterator[Scene]:
    machine = machines.take()
    try:
        yield from _scene(lab, machine, folder)
    finally:
        machines.give_back(machine)


SYSTEMD = pytest.param("systemd", marks=pytest.mark.systemd)


@pytest.fixture
def scene(lab: Lab, tmp_path: Path) -> Iterator[Scene]:
    """A host without systemd, for one test."""
    yield from _plain(lab, tmp_path)


@pytest.fixture(params=["plain", SYSTEMD])
def either(lab: Lab, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A host without systemd, and then one with it."""
    if request.param == "plain":
        yield from _plain(lab, tmp_path)
    else:
        yield from _booted(request.getfixturevalue("machines"), lab, tmp_path)


@pytest.fixture(params=[SYSTEMD])
def booted(
    lab: Lab, request: pytest.FixtureRequest, machines: Machines, tmp_path: Path
) -> Iterator[Scene]:
    """A host with systemd."""
    yield from _booted(machines, lab, tmp_path)


@pytest.fixture(scope="module")
def standing(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A host without systemd that has a tunnel, for all tests of a file."""
    yield from _plain(lab, tmp_path_factory.mktemp("standing"))


@pytest.fixture
def tunnel(standing: Scene) -> Scene:
    """The same, with its tunnel as it should be, whatever the test before left."""
    lab, host = standing.lab, standing.host
    lab.controller.call(lab.simulator.clear_faults)
    if not (looks.has_interface(host) and lab.seen_as(host) == lab.server.link.v4()):
        standing.plays.good(host)
    return standing
