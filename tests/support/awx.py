# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs plays and inventory updates as AWX does: by ansible-runner, in a private data directory.

What is here follows AWX's RunJob and RunInventoryUpdate: which environment a job gets, how the injector of
a credential is filled, what an inventory update is called with, and how a stored inventory comes back.
AWX does all of it in a container; here it is a folder.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

from .running import Runner

ROOT = Path(__file__).resolve().parents[2]
CREDENTIAL_TYPE = ROOT / "extensions" / "awx" / "credential_type.yml"

# What AWX gives to every job (awx/main/tasks/jobs.py), as far as it matters here.
OF_AWX = {
    "ANSIBLE_FORCE_COLOR": "True",
    "ANSIBLE_HOST_KEY_CHECKING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "JOB_ID": "1",
    "INVENTORY_ID": "1",
    "MAX_EVENT_RES": "700000",
}


def credential(**given: str) -> dict[str, str]:
    """The environment that a credential's injector makes. Inputs that were left empty are ''."""
    kind = yaml.safe_load(CREDENTIAL_TYPE.read_text(encoding="utf-8"))
    fields = {field["id"]: given.pop(field["id"], "") for field in kind["inputs"]["fields"]}
    assert not given, f"the credential type has no field {', '.join(given)}"
    missing = [name for name in kind["inputs"]["required"] if not fields[name]]
    assert not missing, f"AWX would not save it without {', '.join(missing)}"
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    return {
        name: environment.from_string(text).render(fields)
        for name, text in kind["injectors"]["env"].items()
    }


# The host of the inventory that AWX comes with.
LOCALHOST = {
    "all": {"hosts": ["localhost"]},
    "_meta": {
        "hostvars": {
            "localhost": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            }
        }
    },
}

# The call that AWX's worker makes in the container.
WORKER = (
    "import ansible_runner, json, sys; sys.exit(ansible_runner.run(**json.loads(sys.argv[1])).rc)"
)


@dataclass
class Job:
    """How a job ended: its events, all that ansible-runner kept of it, and what it wrote."""

    code: int
    events: list[dict[str, Any]]
    stdout: str
    kept: str
    output: dict[str, Any] | None = None

    def results(self) -> list[dict[str, Any]]:
        """What the tasks returned, in their order."""
        data = [event.get("event_data", {}) for event in self.events]
        return [row["res"] for row in data if isinstance(row.get("res"), dict)]

    def failures(self) -> list[dict[str, Any]]:
        """What the tasks that failed returned."""
        failed = [event for event in self.events if event["event"] == "runner_on_failed"]
        return [event["event_data"]["res"] for event in failed]


class Awx:
    """Runs jobs, one after the other, with what a credential injects."""

    def __init__(self, run: Runner) -> None:
        self.runner = run
        self.project = run.folder / "project"
        self.project.mkdir()
        self.count = 0

    def playbook(self, tasks: list[dict[str, Any]], hosts: str = "localhost", **play: Any) -> str:
        """A playbook of the project."""
        written = [{"hosts": hosts, "gather_facts": False, **play, "tasks": tasks}]
        (self.project / "play.yml").write_text(yaml.safe_dump(written), encoding="utf-8")
        return "play.yml"

    def source(self, **options: Any) -> str:
        """An inventory file of the project."""
        name = options.pop("name", "users.premiervpn.yml")
        text = yaml.safe_dump({"plugin": "premiervpn.wireguard.wg_users", **options})
        (self.project / name).write_text(text, encoding="utf-8")
        return str(name)

    def job(
        self,
        playbook: str,
        injected: dict[str, str],
        *,
        inventory: dict[str, Any] | None = None,
        verbosity: int = 4,
        extra: dict[str, Any] | None = None,
        check: bool = False,
    ) -> Job:
        """A job template's run. ``inventory`` is what an inventory update has stored.

        ``extra`` are variables of a survey or, in a workflow, the artifacts of the jobs before.
        """
        private = self._prepare(injected)
        hosts = private / "inventory" / "hosts"
        hosts.parent.mkdir()
        # AWX lays its own inventory into a script that prints it.
        stored = json.dumps(inventory or LOCALHOST)
        hosts.write_text(f"#! {sys.executable}\nprint({stored!r})\n", encoding="utf-8")
        hosts.chmod(0o700)
        inventory_file = {"inventory": str(hosts)}
        variables = {"extravars": extra} if extra else {}
        options = {"playbook": playbook, "verbosity": verbosity, **variables, **inventory_file}
        if check:
            options["cmdline"] = "--check"
        return self._run(private, **options)

    def inventory_update(self, source: str, injected: dict[str, str]) -> Job:
        """An inventory source's update: `ansible-inventory` in ansible-runner's raw mode."""
        private = self._prepare(injected)
        output = private / "output.json"
        command = [
            *("ansible-inventory", "--list", "--export"),
            *("-i", str(self.project / source), "--output", str(output)),
            *("--playbook-dir", str(self.project), "-vvvv"),
        ]
        (private / "args").write_text(shlex.join(command), encoding="utf-8")
        job = self._run(private)
        if output.exists():
            job.output = json.loads(output.read_text(encoding="utf-8"))
        return job

    def _prepare(self, injected: dict[str, str]) -> Path:
        self.count += 1
        private = self.runner.folder / f"awx_{self.count}"
        (private / "env").mkdir(parents=True)
        (private / "project").symlink_to(self.project)
        envvars = json.dumps({**OF_AWX, **injected})
        (private / "env" / "envvars").write_text(envvars, encoding="utf-8")
        (private / "env" / "settings").write_text('{"suppress_ansible_output": true}', "utf-8")
        return private

    def _run(self, private: Path, **more: Any) -> Job:
        ours = self.runner.environment()
        keep = (
            "PATH",
            "TMPDIR",
            "PREMIERVPN_BUDGET_DIR",
            "ANSIBLE_HOME",
            "ANSIBLE_COLLECTIONS_PATH",
        )
        env = {"HOME": os.environ.get("HOME", "/"), **{name: ours[name] for name in keep}}
        parameters = {"private_data_dir": str(private), "ident": "1", **more}
        done = subprocess.run(
            [sys.executable, "-c", WORKER, json.dumps(parameters)],
            check=False,
            env=env,
            cwd=private,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        artifacts = private / "artifacts" / "1"
        events = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in (artifacts / "job_events").glob("*.json")
        ]
        events.sort(key=lambda event: event["counter"])
        stdout = artifacts / "stdout"
        # `command` holds the whole environment: ansible-runner's doing, and AWX masks it before it keeps it.
        kept = [path for path in artifacts.rglob("*") if path.is_file() and path.name != "command"]
        return Job(
            done.returncode,
            events,
            stdout.read_text(encoding="utf-8") if stdout.exists() else "",
            "\n".join(path.read_text(encoding="utf-8") for path in kept)
            + done.stdout
            + done.stderr,
        )
