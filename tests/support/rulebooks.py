# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-rulebook, with Java, as a user starts it, against a simulated portal."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts import java
from simulator.process import Simulator

from .processes import wait_until
from .running import Runner

# Seconds. Java, two interpreters and a busy machine: only a test that fails waits as long.
PATIENCE = 180.0
INVENTORY = {"all": {"hosts": {"localhost": {"ansible_connection": "local"}}}}


def lacking() -> str | None:
    """What keeps ansible-rulebook from running here, or None."""
    if importlib.util.find_spec("ansible_rulebook") is None:
        return "ansible-rulebook is not installed here; make eda installs and runs it"
    return java.missing()


class Rulebook:
    """A rulebook under way."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, simulator: Simulator) -> None:
        self.process = process
        self.simulator = simulator
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def told(self) -> list[tuple[str, str]]:
        """The events, as the rule of :func:`telling` shows them."""
        found = re.findall(r"^told (\w+) ([\w-]+)$", self.output, re.MULTILINE)
        return list(found)

    def looked(self, number: int = 1) -> Rulebook:
        """Wait until every server was looked at so often, from now on if the journal was cleared."""
        self.until(lambda: self._looks() >= number, f"look number {number}")
        return self

    def said(self, text: str) -> Rulebook:
        self.until(lambda: text in self.output, f"the output {text!r}")
        return self

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        return self.process.wait(PATIENCE)

    def stopped(self) -> float:
        """Stop it as a service manager does; how many seconds that takes."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        return time.monotonic() - began

    def _looks(self) -> int:
        paths = [x["path"] for x in self.simulator.requests() if x["path"].endswith("/users")]
        return min(map(paths.count, set(paths)), default=0)

    def until(self, condition: Any, what: str) -> None:
        def there() -> bool:
            if condition():
                return True
            assert self.process.poll() is None, f"it ended before {what}:\n{self.output}"
            return False

        try:
            wait_until(there, what, PATIENCE, 0.1)
        except AssertionError as exc:
            raise AssertionError(f"{exc}:\n{self.output}") from None


@contextlib.contextmanager
def started(
    run: Runner,
    rulebook: str | Mapping[str, Any],
    *arguments: str,
    variables: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Rulebook]:
    """Start a rulebook: one of the collection by its name, or its content. It has ended afterwards."""
    folder = run.folder
    if not isinstance(rulebook, str):
        (folder / "rulebook.yml").write_text(yaml.safe_dump([dict(rulebook)]), encoding="utf-8")
        rulebook = "rulebook.yml"
    (folder / "inventory.yml").write_text(yaml.safe_dump(INVENTORY), encoding="utf-8")
    (folder / "variables.yml").write_text(yaml.safe_dump(dict(variables or {})), encoding="utf-8")
    files = ("-i", "inventory.yml", "--vars", "variables.yml")
    command = ["ansible-rulebook", "--rulebook", rulebook, *files, *arguments]
    environment = run.environment(**(env or {}))
    log = folder / "rulebook.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Rulebook(process, log, run.simulator)
    finally:
        process.kill()
        process.wait()


def telling(**arguments: Any) -> dict[str, Any]:
    """A rulebook that tells each event in a line: ``told online anna``."""
    source = {"name": "devices", "premiervpn.wireguard.wg_status": arguments}
    told = {"debug": {"msg": "told {{ event.type }} {{ event.user }}"}}
    rule = {"name": "Anything", "condition": "event.type is defined", "action": told}
    return {"name": "Devices", "hosts": "localhost", "sources": [source], "rules": [rule]}
