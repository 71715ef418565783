# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role as a user runs it: a play on the controller, over ssh, against the portal there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.results import Run
from tests.support.running import Runner

from .host import Host
from .lab import Lab

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
            # The tests' own PATH begins with their virtual environment; ssh and nsenter are elsewhere.
            "PATH": f"{self.runner.environment()['PATH']}:/usr/sbin:/sbin",
        }
        return {**ours, **more}

    def role(self, *hosts: Host, **options: Any) -> Run:
        """Run the role; options that begin with ``wg_client_`` go to it, the others to the play."""
        own = {name: value for name, value in options.items() if name.startswith("wg_client_")}
        rest = {name: value for name, value in options.items() if name not in own}
        include = {"ansible.builtin.include_role": {"name": ROLE}, "vars": own, "name": "The role"}
        return self.tasks(*hosts, tasks=[include], **rest)

    def tasks(
        self,
        *hosts: Host,
        tasks: list[dict[str, Any]],
        addresses: dict[str, str] | None = None,
        check: bool = False,
        diff: bool = True,
        arguments: tuple[str, ...] = (),
        env: dict[str, str | None] | None = None,
        gather_facts: bool = True,
    ) -> Run:
        """Run tasks on hosts."""
        play = {"hosts": "all", "gather_facts": gather_facts, "tasks": tasks}
        playbook = self.runner.folder / "play.yml"
        playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        inventory = ("-i", str(self.inventory(*hosts, addresses=addresses)))
        return self.lab.controller.call(
            self.runner.playbook,
            playbook,
            check=check,
            diff=diff,
            arguments=(*inventory, *arguments),
            env=self.environment(**(env or {})),
        )
