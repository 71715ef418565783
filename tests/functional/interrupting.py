# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module as a process of its own, to be interrupted at a request of choice."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from simulator.process import Simulator

from .running import HERE, Runner

# Seconds. Only a test that fails waits as long.
PATIENCE = 60.0


class Started:
    """A process under way, and the requests that it has made."""

    def __init__(self, process: subprocess.Popen[str], simulator: Simulator) -> None:
        self.process = process
        self.simulator = simulator

    def sent(self, method: str, number: int = 1, *, answered: bool = False) -> Started:
        """Wait until it has sent so many requests of this method, or until they are answered."""

        def there() -> bool:
            found = [x for x in self.simulator.requests() if x["method"] == method]
            return len([x for x in found if x["status"] or not answered]) >= number

        wait_until(there, f"{method} number {number}")
        return self

    def signal(self, number: signal.Signals) -> Started:
        self.process.send_signal(number)
        return self

    def result(self) -> dict[str, Any]:
        """What it printed, once it has ended."""
        printed, errors = self.process.communicate(timeout=PATIENCE)
        if not printed.startswith("\n{") and not printed.startswith("{"):
            raise AssertionError(f"no result: {printed}\n{errors}")
        values: dict[str, Any] = json.loads(printed)
        assert self.process.returncode == int(bool(values.get("failed")))
        return values


@contextlib.contextmanager
def started(run: Runner, module: str, **options: Any) -> Iterator[Started]:
    """Start a module. Whatever becomes of the test, it has ended afterwards."""
    run.simulator.clear_requests()
    with subprocess.Popen(
        [sys.executable, str(HERE / "run_module.py"), module],
        env=run.environment(PYTHONPATH=os.pathsep.join(sys.path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if process.stdin is None:
                raise AssertionError("there is a pipe")
            process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
            process.stdin.close()
            process.stdin = None  # communicate() would close it again
            yield Started(process, run.simulator)
        finally:
            process.kill()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"it did not come to {what}")
        time.sleep(0.03)
