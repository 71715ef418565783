# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the Pythons of this machine that really run.

Only the standard library: this runs before anything is installed. Called as a script, it prints
what it found, one version and path a line.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

ANSWERS = pathlib.Path(__file__).resolve().parents[1] / ".build" / "pythons.json"
VERSIONS = ("3.14", "3.13", "3.12", "3.11", "3.10")

# What making a virtual environment takes; Debian has venv and ensurepip in a package of their own.
PROBE = "import ensurepip, ssl, sys, venv; print('%d.%d.%d' % sys.version_info[:3])"


def path_without_shims() -> str:
    """PATH less the folders of version managers' shims.

    There is a shim for every version that the manager knows; all but the chosen ones exit 127.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if pathlib.Path(folder).name != "shims")


def candidates() -> list[pathlib.Path]:
    """The files that may be a Python, those on PATH first."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    folders = [pathlib.Path(folder) for folder in path_without_shims().split(os.pathsep)]
    folders += sorted(pyenv.glob("versions/*/bin"))
    names = ["python3", *(f"python{version}" for version in VERSIONS)]
    found = [folder / name for folder in folders for name in names]
    # An environment's own Python would be gone with the environment.
    found.append(pathlib.Path(getattr(sys, "_base_executable", sys.executable)))
    real: dict[pathlib.Path, pathlib.Path] = {}
    for file in found:
        if os.access(file, os.X_OK) and not (file.parent.parent / "pyvenv.cfg").exists():
            real.setdefault(file.resolve(), file)
    return list(real.values())


def version_of(file: pathlib.Path) -> tuple[int, ...] | None:
    """The version that a file answers with, or None where it is of no use."""
    try:
        answer = subprocess.run(
            [file, "-I", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\s*", answer)
    return tuple(int(part) for part in match.groups()) if match else None


def known(file: pathlib.Path, answers: dict[str, Any]) -> tuple[int, ...] | None:
    """The version that a file answered with, once asked: starting each takes most of a second."""
    key = f"{file.resolve()} {file.stat().st_mtime_ns}"
    # A Python that was of no use is asked again: what it lacked may have been installed since.
    answers[key] = answers.get(key) or version_of(file)
    return tuple(answers[key]) if answers[key] else None


def find() -> dict[str, str]:
    """The newest usable Python of each of VERSIONS: {"3.13": path}, newest version first."""
    files = candidates()
    answers: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        answers = json.loads(ANSWERS.read_text(encoding="utf-8"))
    before = dict(answers)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(known, files, itertools.repeat(answers)))
    if answers != before:
        with contextlib.suppress(OSError):
            ANSWERS.parent.mkdir(exist_ok=True)
            ANSWERS.write_text(json.dumps(answers), encoding="utf-8")
    best: dict[str, tuple[tuple[int, ...], str]] = {}
    for version, file in zip(versions, files, strict=True):
        if version is None:
            continue
        minor = f"{version[0]}.{version[1]}"
        if minor in VERSIONS and (minor not in best or version > best[minor][0]):
            best[minor] = (version, str(file))
    return {minor: best[minor][1] for minor in VERSIONS if minor in best}


if __name__ == "__main__":
    for name, path in find().items():
        print(name, path)
