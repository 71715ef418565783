# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place to measure in: a folder, an environment and a simulated portal that nothing else uses."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import pythons, tree
from simulator.process import Simulator
from tests.bench import measuring
from tests.bench.measuring import BenchError, Command

PLAYBOOKS = Path(__file__).resolve().parent / "playbooks"
KEY = "wg_demo_acme"

UNLIMITED = {"PREMIERVPN_RATE_LIMIT": "0"}
"""Our side does not pace; the other side is the simulator's option ``rate_limit=0``."""


@dataclass(frozen=True)
class Play(Command):
    """A play that has ended: what it changed and failed at, and the requests that arrived."""

    changed: int
    failed: int
    requests: list[dict[str, Any]]

    @property
    def writes(self) -> int:
        return sum(request["method"] != "GET" for request in self.requests)


class Place:
    """Runs plays, and other commands, away from everything that could be left over."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.folder = folder
        self.simulator = simulator
        self.tree = folder / "tree"
        tree.link(self.tree)
        for name in ("tmp", "runtime"):
            (folder / name).mkdir(mode=0o700)
        (folder / "ansible.cfg").touch()  # so that no other one is found

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of every command."""
        foreign = ("ANSIBLE_", "PREMIERVPN_", "PYTHON")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(foreign) and not name.lower().endswith("_proxy")
        }
        folders = [str(Path(sys.executable).parent), pythons.path_without_shims()]
        return {
            **kept,
            "PATH": os.pathsep.join(folders),
            # Here lie the record of the request budget, and whatever Ansible leaves behind.
            "TMPDIR": str(self.folder / "tmp"),
            "PREMIERVPN_BUDGET_DIR": str(self.folder / "runtime"),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_REMOTE_TMP": str(self.folder / "remote"),
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.tree),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_NOCOLOR": "True",
            "PREMIERVPN_API_URL": self.simulator.url,
            "PREMIERVPN_API_KEY": KEY,
            **(more or {}),
        }

    def ansible(
        self, program: str, *arguments: str, env: Mapping[str, str] | None = None
    ) -> Command:
        """Run one of Ansible's programs, ``playbook`` or ``inventory``. It has to go well."""
        done = self._ansible(program, *arguments, env=env)
        if done.code:
            raise BenchError(f"ansible-{program} failed:\n{done.output}{done.errors}")
        return done

    def play(
        self,
        name: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        may_fail: bool = False,
    ) -> Play:
        """Run one of the benchmark's playbooks, or one of the collection's by its whole name.

        On the implicit localhost unless told otherwise.
        """
        self.simulator.clear_requests()
        path = name if name.startswith("premiervpn.") else str(PLAYBOOKS / name)
        done = self._ansible("playbook", path, *arguments, env=env)
        totals = {
            word: sum(int(number) for number in re.findall(rf"\b{word}=(\d+)", done.output))
            for word in ("ok", "changed", "failed")
        }
        if not sum(totals.values()) or (done.code and not may_fail):
            raise BenchError(f"{name} failed:\n{done.output}{done.errors}")
        requests = self.simulator.requests()
        return Play(
            **vars(done), changed=totals["changed"], failed=totals["failed"], requests=requests
        )

    def _ansible(
        self, program: str, *arguments: str, env: Mapping[str, str] | None = None
    ) -> Command:
        command = [sys.executable, "-m", "ansible", program, *arguments]
        return measuring.run(command, self.environment(env), self.folder)


@contextmanager
def place(**options: Any) -> Iterator[Place]:
    """A new place; the options are those of its simulator."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Simulator(**options) as simulator:
        yield Place(Path(folder), simulator)
