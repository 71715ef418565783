# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running in the tests' own process, which is many times as fast as starting one.

For what is about the collection's own code. What Ansible does around it is for plays to show.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import sys
import time
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import budget

from .running import Result, Run, Runner

MODULES = "ansible_collections.premiervpn.wireguard.plugins.modules"
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def adopt_environment(run: Runner, patch: pytest.MonkeyPatch) -> None:
    """Give this process the environment that the runner gives to others."""
    for name, value in run.environment().items():
        if name.startswith("PREMIERVPN_"):
            patch.setenv(name, value)
    forget_pauses(run, patch)


def forget_pauses(run: Runner, patch: pytest.MonkeyPatch) -> None:
    """Forget what a 429 told, which this process and the file that all share remember."""
    folder = run.folder / f"runtime-{time.monotonic_ns()}"
    folder.mkdir()
    patch.setenv("XDG_RUNTIME_DIR", str(folder))
    patch.setattr(budget, "_memory", budget._Memory())


class Modules:
    """Runs a module's ``main`` with options, as :meth:`Runner.module` does in another process."""

    def __init__(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run = run
        self.monkeypatch = monkeypatch
        adopt_environment(run, monkeypatch)

    def __call__(
        self, module: str, /, *, check: bool = False, diff: bool = True, **options: Any
    ) -> Run:
        arguments = {"_ansible_check_mode": check, "_ansible_diff": diff, **options}
        main = importlib.import_module(f"{MODULES}.{module}").main
        output = io.StringIO()
        # What a module changes of its own process, and this one is to keep.
        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        umask = os.umask(0o022)
        os.umask(umask)
        self.run.simulator.clear_requests()
        with self.monkeypatch.context() as patch:
            given = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
            patch.setattr(basic, "_ANSIBLE_ARGS", given)
            if hasattr(basic, "_ANSIBLE_PROFILE"):
                patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
            patch.setattr(sys, "stdout", output)
            try:
                with pytest.raises(SystemExit) as ended:
                    main()
            finally:
                os.umask(umask)
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        values = json.loads(output.getvalue())
        return Run(
            int(ended.value.code or 0),
            output.getvalue(),
            [Result(module, "failed" if values.get("failed") else "ok", values)],
            self.run.simulator.requests(),
        )
