# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role as a user runs it: a play on the controller, over ssh, against the portal there."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.support.results import Run
from tests.support.running import Runner

from .host import Host
from .lab import Lab

Task = dict[str, Any]

ROLE = "premiervpn.wireguard.wg_client"


class Plays:
    """Runs the role ``wg_client``, and other tasks, on hosts of the lab."""

    def __init__(self, lab: Lab, runner: Runner) -> None:
        self.lab = lab
        self.runner = runner

    def inventory(self, *hosts: Host, addresses: dict[str, str] | None = None) -> Path:
        """An inventory of these hosts; ``addresses``: where to reach some of them instead."""
        common = {
            "ansible_user": "root",
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_common_args": " ".join(self.lab.keys.options()),
        }
        where = addresses or {}
        listed = {
            host.name: {"ansible_host": where.get(host.name, host.v4), **common} for host in hosts
        }
        path = self.runner.folder / "hosts.yml"
        path.write_text(yaml.safe_dump({"all": {"hosts": listed}}), encoding="utf-8")
        return path

    def environment(self, **more: str | None) -> dict[str, str | None]:
        """What a play is run with, beside what every play of the tests is."""
        ours = {
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.runner.temporary / "cp"),
            "ANSIBLE_PIPELINING": "True",  # half the time
            "ANSIBLE_TIMEOUT": "10",
            # A test's first play gathers what its others know then.
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.runner.folder / "facts"),
            # The tests' own PATH begins with their virtual environment; ssh and nsenter are elsewhere.
            "PATH": f"{self.runner.environment()['PATH']}:/usr/sbin:/sbin",
        }
        return {**ours, **more}

    def role(self, *hosts: Host, then: Sequence[Task] = (), **options: Any) -> Run:
        """Run the role; options that begin with ``wg_client_`` go to it, the others to the play."""
        own = {name: value for name, value in options.items() if name.startswith("wg_client_")}
        rest = {name: value for name, value in options.items() if name not in own}
        return self.tasks(*hosts, tasks=[_include(own), *then], **rest)

    @contextlib.contextmanager
    def started(self, *hosts: Host, **own: Any) -> Iterator[subprocess.Popen[Any]]:
        """The role under way, in a process group of its own. Killed in the end, whatever is left."""
        playbook, inventory = self._write([_include(own)], hosts, {}, gather_facts=False)
        process: subprocess.Popen[Any] = self.lab.controller.call(
            subprocess.Popen,
            [sys.executable, "-m", "ansible", "playbook", str(playbook), "-i", str(inventory)],
            env=self.runner.environment(**self.environment()),
            cwd=self.runner.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.runner.folder / "started.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill(process)

    def good(self, *hosts: Host, **options: Any) -> Run:
        """Run the role; AssertionError with all that Ansible said where it fails."""
        run = self.role(*hosts, **options)
        assert run.code == 0, run.output
        return run

    def bad(self, *hosts: Host, **options: Any) -> str:
        """Run the role, which is to fail; what the failed tasks said."""
        run = self.role(*hosts, **options)
        assert run.code == 2, run.output
        return "\n".join(result.msg for result in run.results if result.failed)

    def tasks(
        self,
        *hosts: Host,
        tasks: Sequence[Task],
        addresses: dict[str, str] | None = None,
        check: bool = False,
        diff: bool = True,
        arguments: tuple[str, ...] = (),
        env: dict[str, str | None] | None = None,
        gather_facts: bool = False,
    ) -> Run:
        """Run tasks on hosts. Without all their facts: the role gathers those that it needs."""
        playbook, inventory = self._write(tasks, hosts, addresses or {}, gather_facts)
        return self.lab.controller.call(
            self.runner.playbook,
            playbook,
            check=check,
            diff=diff,
            arguments=("-i", str(inventory), *arguments),
            env=self.environment(**(env or {})),
        )

    def _write(
        self,
        tasks: Sequence[Task],
        hosts: Sequence[Host],
        addresses: dict[str, str],
        gather_facts: bool,
    ) -> tuple[Path, Path]:
        """The playbook and its inventory."""
        play = {"hosts": "all", "gather_facts": gather_facts, "tasks": list(tasks)}
        playbook = self.runner.folder / "play.yml"
        playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return playbook, self.inventory(*hosts, addresses=addresses)


def _include(own: Mapping[str, Any]) -> Task:
    include = {"ansible.builtin.include_role": {"name": ROLE}, "name": "The role"}
    return {**include, "vars": dict(own)}


def kill(process: subprocess.Popen[Any]) -> None:
    """SIGKILL for a play and all that it started, as where a machine loses its power."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def changed(run: Run) -> dict[str, int]:
    """How many tasks changed something on each host, as Ansible's recap counts them."""
    recap = run.output.rpartition("PLAY RECAP")[2]
    found = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", recap, re.MULTILINE)
    return {host: int(count) for host, count in found}
