# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a simulator from a program, use it, stop it. Standard library only.

::

    with Simulator(rate_limit=0) as simulator:
        simulator.faults({"kind": "reset", "method": "POST"})
        ...  # whatever talks to simulator.url
        assert simulator.requests()[0]["fault"] == "reset"

The simulator runs as a process of its own, with an interpreter of choice; aiohttp has to be
installed for that one only.
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
READY = "simulator ready: "
BASE = "/api/wg"


class SimulatorError(RuntimeError):
    """The simulator did not start, or did not like what it was told."""


class Simulator:
    """A simulator process, as a context manager or with :meth:`start` and :meth:`stop`.

    ``seed`` is a file's path or a document; ``shapes`` a mapping; ``arguments`` whatever else the
    command line takes. Other options are those of the command line.
    """

    def __init__(
        self,
        *,
        python: str = sys.executable,
        seed: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        shapes: Mapping[str, Any] | None = None,
        arguments: tuple[str, ...] | list[str] = (),
        start_timeout: float = 30,
        **options: Any,
    ) -> None:
        self._python = python
        self._seed = seed
        self._start_timeout = start_timeout
        self._arguments = list(arguments)
        options.setdefault("port", 0)
        for name, value in options.items():
            if value is not None:
                # It runs in another folder.
                text = os.path.abspath(value) if name in ("tls_cert", "tls_key") else str(value)
                self._arguments += [f"--{name.replace('_', '-')}", text]
        for name, value in (shapes or {}).items():
            self._arguments += ["--shape", f"{name}={value}"]
        self._process: subprocess.Popen[str] | None = None
        self._opener = urllib.request.build_opener(
            # No proxy of the environment's, and no doubts about a certificate that a test made.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),  # noqa: S323
        )
        #: Where the API is, as PREMIERVPN_API_URL wants it.
        self.url = ""

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def origin(self) -> str:
        """The URL without the path."""
        return self.url.removesuffix(BASE)

    @property
    def process(self) -> subprocess.Popen[str]:
        """The process itself."""
        if self._process is None:
            raise SimulatorError("the simulator was not started")
        return self._process

    def start(self) -> Simulator:
        """Start it and wait until it listens."""
        with tempfile.TemporaryDirectory(prefix="simulator-") as folder:
            seed = self._seed
            if isinstance(seed, Mapping):
                file = Path(folder, "seed.json")
                file.write_text(json.dumps(seed), encoding="utf-8")
                seed = file
            self._log = tempfile.TemporaryFile()  # noqa: SIM115
            self._process = subprocess.Popen(
                [
                    *(self._python, "-m", "simulator", "--stop-at-eof"),
                    *self._arguments,
                    *(() if seed is None else ("--seed", os.path.abspath(seed))),
                ],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
            )
            self.url = self._wait_until_ready()
        return self

    def stop(self, timeout: float = 5) -> int:
        """Stop it; its exit code. Stopping twice does no harm."""
        process = self.process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout, self._log):
            if pipe is not None:
                pipe.close()
        return process.returncode

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask one of the routes under /_simulator; the JSON that it answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the origin is the simulator's
            f"{self.origin}/_simulator{path}",
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        end = time.monotonic() + 10
        while True:
            try:
                with self._opener.open(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                with error:
                    message = error.read().decode(errors="replace")
                raise SimulatorError(f"{method} {path}: {error.code} {message}") from None
            except urllib.error.URLError as error:
                # The fault "refused" closes the door to everyone for a while.
                refused = isinstance(error.reason, ConnectionRefusedError)
                if not refused or self.process.poll() is not None or time.monotonic() > end:
                    raise SimulatorError(f"{method} {path}: {error.reason}") from error
                time.sleep(0.02)

    def faults(self, *faults: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Add faults; all that there are."""
        for fault in faults:
            self.control("POST", "/faults", fault)
        return list(self.control("GET", "/faults")["faults"])

    def clear_faults(self) -> None:
        """Let it behave again."""
        self.control("DELETE", "/faults")

    def requests(self) -> list[dict[str, Any]]:
        """The journal."""
        return list(self.control("GET", "/requests")["requests"])

    def clear_requests(self) -> None:
        """Forget the journal."""
        self.control("DELETE", "/requests")

    def shapes(self, **shapes: Any) -> dict[str, Any]:
        """Change some shapes (``preset="bare"`` for several); those in force."""
        return dict(self.control("PATCH", "/shapes", shapes))

    def settings(self, **settings: Any) -> dict[str, Any]:
        """Change some settings; those in force."""
        return dict(self.control("PATCH", "/settings", settings))

    def state(self) -> dict[str, Any]:
        """Accounts, servers, users and port forwards."""
        return dict(self.control("GET", "/state"))

    def devices(self) -> list[dict[str, Any]]:
        """What WireGuard on each server would be told: keys, peers, port forwards."""
        return list(self.control("GET", "/devices")["servers"])

    def reset(self, seed: Mapping[str, Any] | None = None) -> None:
        """As at the start, or with another seed."""
        self.control("POST", "/reset", seed)

    def log(self) -> str:
        """What it said on standard error: nothing, unless something is wrong with it."""
        # Its own reading position would be the process's writing position.
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def _environment(self) -> dict[str, str]:
        path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(part for part in path if part),
            # aiohttp reads the system's certificates when it is imported. The simulator connects to
            # nobody, and starts sooner without them.
            "SSL_CERT_FILE": os.devnull,
        }

    def _wait_until_ready(self) -> str:
        """The URL in the first line. A process that says nothing is killed when its time is up."""
        process = self.process
        killer = threading.Timer(self._start_timeout, process.kill)
        killer.start()
        try:
            line = process.stdout.readline() if process.stdout else ""
        finally:
            killer.cancel()
        if line.startswith(READY):
            return line[len(READY) :].strip()
        if line:
            process.kill()
        process.wait()
        message = self.log().strip()
        self.stop()
        raise SimulatorError(message or f"the simulator ended with {process.returncode}")
