# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module as Ansible sends it to where it runs: one file, with the module and all that it imports."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench import measuring
from tests.bench.measuring import BenchError, Command
from tests.bench.place import UNLIMITED, Place


def payload(place: Place, playbook: str, module: str, *arguments: str) -> Path:
    """The file that Ansible made for a module of a playbook, arguments and all."""
    place.play(playbook, *arguments, env={**UNLIMITED, "ANSIBLE_KEEP_REMOTE_FILES": "True"})
    found = sorted(place.folder.glob(f"remote/*/AnsiballZ_{module}.py"))
    if not found:
        raise BenchError(f"Ansible left no file of {module} behind")
    return found[-1]


def run(place: Place, file: Path, *options: str, env: Mapping[str, str] | None = None) -> Command:
    """Run it as Ansible does, with options for Python."""
    return _run(place, [sys.executable, *options, str(file)], env)


def _run(place: Place, command: list[str], env: Mapping[str, str] | None = None) -> Command:
    done = measuring.run(command, place.environment({**UNLIMITED, **(env or {})}), place.folder)
    if done.code:
        raise BenchError(f"{command[-1][:200]} failed:\n{done.output}{done.errors}")
    return done
