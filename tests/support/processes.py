# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other way to start a module without Ansible around it: as a process of its own.

It is forked off the tests: what it imports is there already. Starting an interpreter and importing cost
ten times what most modules then do. All else is as with a fresh process: environment, folder, output,
signals, umask, exit code. Only its memory is not its own; for a test that measures it, this file is a
program that becomes the module: ``python -m tests.support.processes wg_user_info`` (options on stdin).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol

from simulator.process import Simulator

from ..support import modules
from .results import Result

BUDGET = "ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget"
# Seconds. Only a test that fails waits as long.
PATIENCE = 60.0


class Process(Protocol):
    """What can be waited for and interrupted: one that was forked off, or a subprocess."""

    def send_signal(self, number: int, /) -> None:
        """Send it a signal."""

    def wait(self, timeout: float, /) -> int:
        """Wait for its end, so many seconds at most; its exit code."""
        raise NotImplementedError

    def kill(self) -> None:
        """End it."""


class Forked:
    """A module under way."""

    def __init__(
        self, module: str, options: Mapping[str, Any], env: Mapping[str, str], folder: Path
    ) -> None:
        self.module = module
        self._code: int | None = None
        modules.load(module)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        with warnings.catch_warnings():
            # The other thread reads what the simulator logs, and holds nothing that the child needs.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            _become(module, options, env, folder, (self._output, self._errors))

    def send_signal(self, number: int) -> None:
        if self._code is None:
            os.kill(self._pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit code, or the number of the signal that ended it, below zero."""
        if self._code is None:
            wait_until(self.has_ended, f"the end of {self.module}", timeout, 0.002)
        assert self._code is not None
        return self._code

    def has_ended(self) -> bool:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self._code = os.waitstatus_to_exitcode(status)
        return bool(pid)

    def result(self) -> Result:
        """What it printed, once it has ended."""
        code = self.wait()
        found = modules.result(self.module, self.output, self.errors)
        assert code == int(found.failed)
        return found

    @property
    def output(self) -> str:
        return _text(self._output)

    @property
    def errors(self) -> str:
        return _text(self._errors)

    def close(self) -> None:
        """Whatever has become of it, it has ended afterwards."""
        self.kill()
        self.wait()
        self._output.close()
        self._errors.close()


@contextlib.contextmanager
def started(
    module: str, options: Mapping[str, Any], env: Mapping[str, str], folder: Path
) -> Iterator[Forked]:
    """Start a module. Whatever becomes of the test, it has ended afterwards."""
    process = Forked(module, options, env, folder)
    try:
        yield process
    finally:
        process.close()


class UnderWay:
    """A process under way, and the requests that it has made."""

    def __init__(self, process: Process, simulator: Simulator) -> None:
        self.process = process
        self.simulator = simulator

    def sent(self, method: str, number: int = 1, *, answered: bool = False) -> UnderWay:
        """Wait until it has sent so many requests of this method, or until they are answered."""

        def there() -> bool:
            found = [x for x in self.simulator.requests() if x["method"] == method]
            return len([x for x in found if x["status"] or not answered]) >= number

        wait_until(there, f"{method} number {number}")
        return self

    def signal(self, number: signal.Signals) -> UnderWay:
        self.process.send_signal(number)
        return self

    def result(self) -> dict[str, Any]:
        """What a module printed, once it has ended."""
        assert isinstance(self.process, Forked)
        return self.process.result().values


def wait_until(
    condition: Callable[[], bool], what: str, patience: float = PATIENCE, pause: float = 0.03
) -> None:
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"it did not come to {what}")
        time.sleep(pause)


def _text(file: IO[bytes]) -> str:
    # By position: the file's own position is the child's as well.
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


def _become(
    module: str,
    options: Mapping[str, Any],
    env: Mapping[str, str],
    folder: Path,
    outputs: tuple[IO[bytes], IO[bytes]],
) -> NoReturn:
    """In the child: forget that this was a test, and be the module."""
    code = 1
    try:
        for number, file in enumerate(outputs, 1):
            os.dup2(file.fileno(), number)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(folder)
        # What the tests' own process remembers from other tests.
        tempfile.tempdir = None
        budget: Any = importlib.import_module(BUDGET)
        budget._memory = budget._Memory()
        # The order of looks and tries stays as it is; only the time between them is another.
        modules.look_sooner()
        _be(module, options)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:  # noqa: BLE001 - the tests want to see it, whatever it is
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _be(module: str, options: Mapping[str, Any]) -> None:
    with modules.given(dict(options)):
        modules.load(module)()


if __name__ == "__main__":
    _be(sys.argv[1], json.load(sys.stdin))
