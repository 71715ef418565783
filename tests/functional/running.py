# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play as a user runs it, and a module as Ansible runs it, against a simulated portal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simulator.process import Simulator

from .forking import run_forked

HERE = Path(__file__).resolve().parent
KEY = "wg_demo_acme"


@dataclass
class Result:
    """What one task returned."""

    task: str
    status: str
    values: dict[str, Any]
    host: str = "localhost"

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    @property
    def changed(self) -> bool:
        return bool(self.values.get("changed"))

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    @property
    def msg(self) -> str:
        return str(self.values.get("msg", ""))


@dataclass
class Run:
    """One run: the results of its tasks in their order, its output, and the requests it made."""

    code: int
    output: str
    results: list[Result]
    requests: list[dict[str, Any]]
    files: list[Path] = field(default_factory=list)

    @property
    def last(self) -> Result:
        return self.results[-1]

    @property
    def sent(self) -> list[str]:
        """The requests in short: ``GET /servers``."""
        return [f"{request['method']} {request['path']}" for request in self.requests]

    @property
    def writes(self) -> list[str]:
        """The requests that were to change something."""
        return [line for line in self.sent if not line.startswith("GET ")]


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
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PREMIERVPN_", "ANSIBLE_"))
            or name == "ANSIBLE_COLLECTIONS_PATH"
        }
        ours = {
            # A version manager's shim is found by Ansible and then does not run.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin",
            # The budget's shared file and Ansible's own belongings: for this test alone.
            "TMPDIR": str(self.temporary),
            "XDG_RUNTIME_DIR": str(self.temporary),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_NOCOLOR": "True",
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "RECORD_FILE": str(self.folder / "record.jsonl"),
            "PREMIERVPN_API_URL": self.simulator.url,
            "PREMIERVPN_API_KEY": KEY,
            "PREMIERVPN_RATE_LIMIT": "0",
            "PREMIERVPN_MAX_WAIT": "20",
        }
        merged = {**kept, **ours, **more}
        return {name: value for name, value in merged.items() if value is not None}

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
        environment = self.environment(**(env or {}))
        record = Path(environment["RECORD_FILE"])
        record.unlink(missing_ok=True)
        self.simulator.clear_requests()
        command = [sys.executable, "-m", "ansible", "playbook", str(path), *flags, *arguments]
        done = subprocess.run(
            command,
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
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
        arguments = {"_ansible_check_mode": check, "_ansible_diff": diff, **options}
        self.simulator.clear_requests()
        code, output, errors = run_forked(
            module, arguments, self.environment(**(env or {})), self.folder
        )
        if not output.strip().startswith("{"):
            raise AssertionError(f"{module} gave no result: {output}\n{errors}")
        values = json.loads(output)
        status = "failed" if values.get("failed") else "ok"
        return Run(
            code, output + errors, [Result(module, status, values)], self.simulator.requests()
        )


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
