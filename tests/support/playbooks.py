# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's playbooks as a user runs them: by their names, in a folder of the user's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from .results import Run
from .running import Runner

# Not the tests' own settings: these are about what a run without an inventory says.
NOISE = re.compile(r"skipping:|WARNING|DEPRECAT|ignoring|rescued=[1-9]|skipped=[1-9]")


class Playbooks:
    """Runs ``premiervpn.wireguard.NAME`` with variables; wants it quiet unless told otherwise."""

    def __init__(self, run: Runner) -> None:
        self.run = run
        self.folder = run.folder

    def __call__(
        self,
        name: str,
        *arguments: str,
        check: bool = False,
        diff: bool = False,
        noise: bool = False,
        env: dict[str, str | None] | None = None,
        **variables: Any,
    ) -> Run:
        given = ("-e", json.dumps(variables)) if variables else ()
        done = self.run.playbook(
            Path(f"premiervpn.wireguard.{name}"),
            check=check,
            diff=diff,
            arguments=(*given, *arguments),
            env=env,
        )
        if not noise:
            assert not NOISE.search(done.output), done.output
        return done

    def declare(self, *servers: dict[str, Any], name: str = "declared.yml") -> str:
        """Write a declaration; the argument that gives it to a playbook."""
        text = yaml.safe_dump({"wg_servers_declared": list(servers)}, sort_keys=False)
        (self.folder / name).write_text(text, encoding="utf-8")
        return f"-e@{name}"


def messages(run: Run, task: str) -> list[str]:
    """What a debug task told."""
    (found,) = [result for result in run.results if result.task.endswith(task)]
    told = found["msg"]
    return told if isinstance(told, list) else [told]


def shown(run: Run, task: str) -> list[str]:
    """The lines of a task's result, each of which was shown as text too."""
    (found,) = [result for result in run.results if result.task.endswith(task)]
    lines: list[str] = found["lines"]
    assert set(lines) <= set(run.output.splitlines()), run.output
    return lines
