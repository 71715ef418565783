# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a workflow of GitHub Actions here: the ``run`` steps of its jobs, in their order and environment.

Conditions are those of the workflow, evaluated for an event. A checkout is what lies in the folder; artifacts
are files in a folder beside it. A step gets the secrets that it names, and nothing of the machine's environment
that was not given.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


@dataclass
class Job:
    """What became of a job: ``success``, ``failure`` or ``skipped``, and what its steps said."""

    outcome: str
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


class _Context(dict[str, Any]):
    """A context of expressions: what it does not have is empty."""

    def __getattr__(self, name: str) -> Any:
        value = self.get(name, "")
        return _Context(value) if isinstance(value, Mapping) else value


class Workflow:
    """One workflow in a folder that stands for the checkout."""

    def __init__(
        self, folder: Path, path: str, env: Mapping[str, str], secrets: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.jobs = yaml.safe_load((folder / path).read_text(encoding="utf-8"))["jobs"]
        self._env, self._secrets = env, secrets
        self._artifacts = folder.parent / "artifacts"

    def run(self, event: Mapping[str, Any]) -> dict[str, Job]:
        """Run the workflow for an event; ``event`` is the context ``github``."""
        done: dict[str, Job] = {}
        for name, job in self.jobs.items():
            context = {**context_of(event), "secrets": _Context(self._secrets)}
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            wanted = all(done[one].outcome == "success" for one in needs)
            if not wanted or not evaluate(job.get("if", "true"), context):
                done[name] = Job("skipped")
                continue
            done[name] = self._job(job, context)
        return done

    def _job(self, job: Mapping[str, Any], context: dict[str, Any]) -> Job:
        result = Job("success")
        written = {
            name: self.folder.parent / name for name in ("GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        }
        for file in written.values():
            file.write_text("", encoding="utf-8")
        # A job begins with nothing but what is committed.
        for pattern in ("plan.*", "drift.*"):
            for file in self.folder.glob(pattern):
                file.unlink()
        context["steps"] = _Context()
        for step in job["steps"]:
            if "run" not in step:
                self._use(step)
                continue
            env = {
                name: rendered(str(value), context) for name, value in step.get("env", {}).items()
            }
            path = ":".join(
                [*reversed(written["GITHUB_PATH"].read_text().split()), self._env["PATH"]]
            )
            files = {name: str(file) for name, file in written.items()}
            code, said = self._step(step, {**self._env, **env, **files, "PATH": path, "CI": "true"})
            result.outputs[step["name"]] = said
            if "id" in step:
                context["steps"][step["id"]] = {"outcome": "failure" if code else "success"}
            if code and not step.get("continue-on-error"):
                result.outcome = "failure"
                break
        result.summary = written["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        return result

    def _step(self, step: Mapping[str, Any], env: Mapping[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self.folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout

    def _use(self, step: Mapping[str, Any]) -> None:
        """The three actions that the workflow uses."""
        action = step["uses"].partition("@")[0]
        if action == "actions/upload-artifact":
            target = self._artifacts / step["with"]["name"]
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / step["with"]["path"], target)
        elif action == "actions/download-artifact":
            for file in (self._artifacts / step["with"]["name"]).iterdir():
                shutil.copy(file, self.folder)
        else:
            assert action == "actions/checkout", action


def context_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The contexts of an expression outside of jobs."""
    return {"github": _Context(event)}


def rendered(text: str, context: Mapping[str, Any]) -> str:
    """A text with its expressions evaluated."""
    return _EXPRESSION.sub(lambda found: str(evaluate(found[1], context)), text)


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """An expression of GitHub's, as far as names, texts, comparisons, ``&&`` and ``||`` go."""
    python = expression.strip().replace("&&", " and ").replace("||", " or ")
    return eval(python, {"__builtins__": {}, "true": True}, dict(context))
