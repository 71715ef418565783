# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of the two ways to start a module without Ansible around it: in this very process.

Many times as fast as a process of its own (see processes.py), for what is about the collection's code.
Nothing of the module is patched: its own ``main()`` reads its arguments where Ansible puts them, speaks
real HTTP and prints its result. What ends with a process of its own is undone here.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common import warnings

from simulator.process import Simulator

from .results import Result, Run

MODULES = "ansible_collections.premiervpn.wireguard.plugins.modules"
APPLYING = "ansible_collections.premiervpn.wireguard.plugins.module_utils._applying"
# What a module listens to.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def look_sooner(change: Callable[[Any, str, Any], None] = setattr) -> None:
    """From here on a request without an answer may run on for two seconds, not for half a minute.

    And a listing may lag behind for 0.7 s. The order of looks and tries stays as it is. ``change`` may be
    monkeypatch's, which takes it back.
    """
    writes = importlib.import_module(f"{APPLYING}.writes")
    sooner = {
        "USER_RUNS": (2.0, 1.0),
        "RULE_RUNS": (2.0, 1.0),
        "LOOKS": (0.2, 0.4, 0.8),
        "LAG": (0.1, 0.2, 0.4),
    }
    for name, value in sooner.items():
        change(writes, name, value)
    for name in ("restoring", "converge"):
        change(importlib.import_module(f"{APPLYING}.{name}"), "LAG", sooner["LAG"])
    # It is bound where it is defined, too.
    change(writes.until, "__defaults__", (sooner["LAG"],))


def load(module: str) -> Callable[[], None]:
    """A module's ``main``."""
    main: Callable[[], None] = importlib.import_module(f"{MODULES}.{module}").main
    return main


def call(module: str, /, check: bool = False, diff: bool = True, **options: Any) -> tuple[int, str]:
    """Run a module with these options: its exit code and what it printed.

    Only in the main thread, and one at a time.
    """
    main = load(module)
    printed = io.StringIO()
    with (
        given({"_ansible_check_mode": check, "_ansible_diff": diff, **options}),
        _process_kept(),
        contextlib.redirect_stdout(printed),
    ):
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0), printed.getvalue()
    raise AssertionError(f"{module} ended without a word: {printed.getvalue()}")


def result(module: str, printed: str, errors: str = "") -> Result:
    """The result in what a module printed."""
    if not printed.strip().startswith("{"):
        raise AssertionError(f"{module} gave no result: {printed}\n{errors}")
    values = json.loads(printed)
    return Result(module, "failed" if values.get("failed") else "ok", values)


@contextlib.contextmanager
def given(arguments: dict[str, Any]) -> Iterator[None]:
    """Put arguments where Ansible's wrapper puts them; take away what the run collected."""
    names = [name for name in ("_ANSIBLE_ARGS", "_ANSIBLE_PROFILE") if hasattr(basic, name)]
    before = {name: getattr(basic, name) for name in names}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    if "_ANSIBLE_PROFILE" in before:  # ansible-core 2.19 and newer want to be told how to read
        basic._ANSIBLE_PROFILE = "legacy"
    _forget_warnings()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(basic, name, value)
        _forget_warnings()


def _forget_warnings() -> None:
    for name in ("_global_warnings", "_global_deprecations"):
        remembered: Any = getattr(warnings, name, None)
        if hasattr(remembered, "clear"):
            remembered.clear()


@contextlib.contextmanager
def _process_kept() -> Iterator[None]:
    """What a module changes of its own process, and this one is to keep."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    umask = os.umask(0o022)
    os.umask(umask)
    try:
        yield
    finally:
        os.umask(umask)
        for number, handler in handlers.items():
            signal.signal(number, handler)


class Modules:
    """Runs modules in this process, each with the requests it made."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder

    def __call__(
        self, module: str, /, *, check: bool = False, diff: bool = True, **options: Any
    ) -> Run:
        self.simulator.clear_requests()
        code, printed = call(module, check, diff, **options)
        return Run(code, printed, [result(module, printed)], self.simulator.requests())
