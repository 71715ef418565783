# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play as a user runs it, and a module as Ansible runs it, against a simulated portal."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from simulator.process import Simulator

from ..support import modules, processes
from .environment import environment
from .processes import UnderWay
from .results import Result, Run


class Runner:
    """Runs plays and modules with an environment of their own.

    ``temporary`` is a folder with a short path: ansible-core puts a Unix socket there, whose whole
    path may have 107 characters, and pytest names its folders after the tests.
    """

    def __init__(self, simulator: Simulator, folder: Path, temporary: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        self.temporary = temporary

    def environment(self, **more: str | None) -> dict[str, str]:
        """The environment of all that is started here; None takes a variable away."""
        merged = {**environment(self.simulator.url, self.folder, self.temporary), **more}
        return {name: value for name, value in merged.items() if value is not None}

    def command(self, program: str, *arguments: str) -> list[str]:
        """How one of Ansible's programs is started: ``playbook``, ``inventory``, ``doc``."""
        return [sys.executable, "-m", "ansible", program, *arguments]

    def ansible(
        self,
        program: str,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        together: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs to its end.

        ``together``: what it says on stderr is in stdout, where it was said.
        """
        return subprocess.run(
            self.command(program, *arguments),
            env=self.environment(**(env or {})),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if together else subprocess.PIPE,
            text=True,
            timeout=300,
            check=False,
        )

    def play(
        self,
        *tasks: dict[str, Any],
        check: bool = False,
        diff: bool = True,
        arguments: tuple[str, ...] = (),
        env: dict[str, str | None] | None = None,
        **play: Any,
    ) -> Run:
        """Run tasks on the implicit localhost, each ``{"wg_user": {...}, "register": ...}``.

        A key that is no keyword of a task names a module of the collection; ``play`` adds keywords
        to the play.
        """
        playbook = self.folder / "play.yml"
        written = {
            "hosts": "localhost",
            "gather_facts": False,
            **play,
            "tasks": [_task(task) for task in tasks],
        }
        playbook.write_text(yaml.safe_dump([written], sort_keys=False), encoding="utf-8")
        return self.playbook(playbook, check=check, diff=diff, arguments=arguments, env=env)

    def playbook(
        self,
        path: Path,
        *,
        check: bool = False,
        diff: bool = True,
        arguments: tuple[str, ...] = (),
        env: dict[str, str | None] | None = None,
    ) -> Run:
        """Run a playbook's file."""
        flags = ["--check"] * check + ["--diff"] * diff
        record = Path(self.environment(**(env or {}))["RECORD_FILE"])
        record.unlink(missing_ok=True)
        self.simulator.clear_requests()
        done = self.ansible("playbook", str(path), *flags, *arguments, env=env, together=True)
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        results = [
            Result(line["task"], line["status"], line["result"], line["host"])
            for line in map(json.loads, lines)
        ]
        return Run(done.returncode, done.stdout, results, self.simulator.requests())

    def module(
        self,
        module: str,
        /,
        check: bool = False,
        diff: bool = True,
        env: Any = None,
        **options: Any,
    ) -> Run:
        """Run one module as a process of its own, without a play around it.

        Many times as fast as a play: for what is about the module and not about Ansible.
        """
        flags = {"_ansible_check_mode": check, "_ansible_diff": diff}
        self.simulator.clear_requests()
        environment = self.environment(**(env or {}))
        with processes.started(module, {**flags, **options}, environment, self.folder) as process:
            code = process.wait(300)
            result = modules.result(module, process.output, process.errors)
            output = process.output + process.errors
        return Run(code, output, [result], self.simulator.requests())

    @contextlib.contextmanager
    def started(self, module: str, /, **options: Any) -> Iterator[UnderWay]:
        """Start a module as :meth:`module` does, to do something while it is under way."""
        self.simulator.clear_requests()
        with processes.started(module, options, self.environment(), self.folder) as process:
            yield UnderWay(process, self.simulator)


_KEYWORDS = frozenset(
    {
        *("name", "register", "loop", "when", "vars", "environment", "module_defaults"),
        *("check_mode", "diff", "no_log", "delegate_to", "run_once"),
        *("until", "retries", "delay", "ignore_errors", "failed_when", "changed_when"),
        *("async", "poll"),
    }
)


def _task(task: dict[str, Any]) -> dict[str, Any]:
    return {
        key if key in _KEYWORDS or "." in key else f"premiervpn.wireguard.{key}": value
        for key, value in task.items()
    }
