# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module as a process of its own, forked off the tests: what it imports is there already.

Starting an interpreter and importing costs ten times what most modules then do. Everything else is as
with a fresh process: environment, folder, output, signals, umask, exit code.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
import warnings as python_warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ansible.module_utils import basic
from ansible.module_utils.common import warnings

PACKAGE = "ansible_collections.premiervpn.wireguard.plugins"


def run_forked(
    module: str, arguments: Mapping[str, Any], environment: Mapping[str, str], folder: Path
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a module."""
    importlib.import_module(f"{PACKAGE}.modules.{module}")
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        with python_warnings.catch_warnings():
            # The other thread reads what the simulator logs, and holds nothing that the child needs.
            python_warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _become(module, arguments, environment, folder, output.fileno(), errors.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode())
    return code, texts[0], texts[1]


def _become(
    module: str,
    arguments: Mapping[str, Any],
    environment: Mapping[str, str],
    folder: Path,
    output: int,
    errors: int,
) -> NoReturn:
    """In the child: forget that this was a test, and be the module."""
    code = 1
    try:
        os.dup2(output, 1)
        os.dup2(errors, 2)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        _forget()
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
        if hasattr(basic, "_ANSIBLE_PROFILE"):  # ansible-core 2.19 and newer want to be told
            basic._ANSIBLE_PROFILE = "legacy"
        sys.modules[f"{PACKAGE}.modules.{module}"].main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    except BaseException:  # noqa: BLE001 - the tests want to see it, whatever it is
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _forget() -> None:
    """What the tests' own process remembers from other tests."""
    tempfile.tempdir = None
    budget = importlib.import_module(f"{PACKAGE}.module_utils._pacing.budget")
    budget._memory = budget._Memory()
    for name in ("_global_warnings", "_global_deprecations"):
        remembered = getattr(warnings, name, None)
        if hasattr(remembered, "clear"):
            remembered.clear()
