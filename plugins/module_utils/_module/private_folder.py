# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A folder that is its owner's alone, with those above it where they are missing."""

from __future__ import annotations

import os

from .._errors import ConfFileError
from .._text import show
from .ansible_module import Module
from .conf_file import FileChange
from .hindrances import as_path


def check_folder(path: str) -> None:
    """Raise now what ``private_folder`` would raise later."""
    there = as_path(path)
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    why = None
    if not os.path.isdir(there):
        why = f"{show(there)} is not a directory"
    elif not os.access(there, os.W_OK | os.X_OK):
        why = f"{show(there)} is not writable"
    if why:
        raise ConfFileError(f"{show(path)} can't be used: {why}", path=path)


def private_folder(module: Module, path: str) -> FileChange:
    """Make sure that there is this folder, for its owner alone."""
    folder = as_path(path)
    try:
        existed = os.path.isdir(folder)
        mode = os.stat(folder).st_mode & 0o7777 if existed else None
        if not module.check_mode:
            os.umask(0o077)
            os.makedirs(folder, 0o700, exist_ok=True)
            if mode not in (None, 0o700):
                os.chmod(folder, 0o700)
    except OSError as exc:
        why = str(exc.strerror)
        raise ConfFileError(f"{show(path)} can't be created: {why}", path=path) from exc
    header = {"before_header": path, "after_header": path}
    before = "" if mode is None else f"mode: {mode:04o}\n"
    diff = {"before": before, "after": "mode: 0700\n", **header}
    return FileChange(path, mode != 0o700, diff, is_file=False)
