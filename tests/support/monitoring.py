# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Prometheus that scrapes a folder's metrics through node_exporter, and a file of them by itself."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("prometheus", "prometheus-node-exporter", "promtool")
_SECONDS = 60

_CONFIG = """
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["127.0.0.1:%d"]}]
  - job_name: openmetrics
    static_configs: [{targets: ["127.0.0.1:%d"]}]
"""


def missing() -> str | None:
    """A sentence about what is not installed."""
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    names = "prometheus, prometheus-node-exporter"
    return f"{', '.join(lacking)} is not installed (Debian: {names})" if lacking else None


class Prometheus:
    """Its HTTP API."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression gives now; fails where Prometheus does not take it."""
        values = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self._url}/query?{values}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found

    def wait_for(self, expression: str) -> list[dict[str, Any]]:
        """The same, as soon as it gives anything."""
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            try:
                found = self.query(expression)
            except OSError:
                found = []
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"Prometheus has nothing for {expression}: {self.targets()}")

    def targets(self) -> Any:
        """What it scrapes, and the last error of each."""
        with urllib.request.urlopen(f"{self._url}/targets", timeout=10) as answer:
            active = json.load(answer)["data"]["activeTargets"]
        return {one["scrapePool"]: one["lastError"] for one in active}


@contextmanager
def prometheus(metrics: Path, folder: Path) -> Iterator[Prometheus]:
    """Both programs, started on ports of the loopback address, reading the file ``metrics``."""
    exporter, own = _free_port(), _free_port()
    with ExitStack() as stack:
        served = stack.enter_context(_served(metrics))
        (folder / "prometheus.yml").write_text(_CONFIG % (exporter, served))
        start = functools.partial(_started, stack, folder)
        start(
            "prometheus-node-exporter",
            *("--collector.disable-defaults", "--collector.textfile"),
            f"--collector.textfile.directory={metrics.parent}",
            f"--web.listen-address=127.0.0.1:{exporter}",
        )
        start(
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{own}",
        )
        yield Prometheus(own)


def _started(stack: ExitStack, folder: Path, *command: str) -> None:
    log = stack.enter_context((folder / f"{command[0]}.log").open("w"))
    process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)


@contextmanager
def _served(file: Path) -> Iterator[int]:
    """The file over HTTP, as OpenMetrics: Prometheus then reads it by that format's stricter rules."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(file.read_bytes())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
