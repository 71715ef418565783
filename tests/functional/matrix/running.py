# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules of the collection in this process, as the matrix does by the hundred.

Nothing is patched: the module's own ``main()`` reads its arguments where Ansible puts them, speaks real
HTTP, and prints its result. What a process of its own would leave behind when it ends is undone.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common import warnings

MODULES = "ansible_collections.premiervpn.wireguard.plugins.modules"

# What the module room listens to.
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True)
class Done:
    """What a module printed and how it ended."""

    code: int
    values: dict[str, Any]

    @property
    def failed(self) -> bool:
        return bool(self.values.get("failed"))

    @property
    def changed(self) -> bool:
        return bool(self.values.get("changed"))


def load(module: str) -> Callable[[], None]:
    """A module's ``main``."""
    main: Callable[[], None] = importlib.import_module(f"{MODULES}.{module}").main
    return main


def run_module(module: str, /, check: bool = False, diff: bool = True, **options: Any) -> Done:
    """Run a module with these options. Only in the main thread, and one at a time."""
    arguments = {"_ansible_check_mode": check, "_ansible_diff": diff, **options}
    main = load(module)
    printed = io.StringIO()
    code: Any = None
    with _arguments(arguments), _signals_kept(), contextlib.redirect_stdout(printed):
        try:
            main()
        except SystemExit as exc:
            code = exc.code
    return Done(int(code or 0), json.loads(printed.getvalue()))


@contextlib.contextmanager
def _arguments(arguments: dict[str, Any]) -> Iterator[None]:
    """Put arguments where Ansible's wrapper puts them; take away what the run collected."""
    names = [name for name in ("_ANSIBLE_ARGS", "_ANSIBLE_PROFILE") if hasattr(basic, name)]
    before = {name: getattr(basic, name) for name in names}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    if "_ANSIBLE_PROFILE" in before:  # ansible-core 2.19 and newer want to be told how to read
        basic._ANSIBLE_PROFILE = "legacy"
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(basic, name, value)
        warnings._global_warnings.clear()
        warnings._global_deprecations.clear()


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
