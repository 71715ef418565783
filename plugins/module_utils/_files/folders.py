# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Folders that are their owner's alone."""

from __future__ import annotations

import os

from .._errors import ConfFileError
from .._text import show
from .access import as_path, why_not_makeable, why_not_trusted
from .writing import FileChange, diff_of


def check_folder(path: str, *, parents: bool = True) -> None:
    """Raise the ``ConfFileError`` now that ``make_folder`` would raise later.

    ``parents``: those above it are made too.
    """
    folder = as_path(path)
    if not parents:
        why = why_not_makeable(folder)
        if why:
            raise ConfFileError(f"{show(path)} can't be created: {show(why)}", path=path)
        return
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    whose = why_not_trusted(folder) or _link_at(as_path(path))
    if whose:
        why = show(whose)
    elif not os.path.isdir(folder):
        why = f"{show(folder)} is not a directory"
    elif not os.access(folder, os.W_OK | os.X_OK):
        why = f"{show(folder)} is not writable"
    else:
        return
    raise ConfFileError(f"{show(path)} can't be used: {why}", path=path)


def make_folder(path: str, *, parents: bool = True, check_mode: bool) -> FileChange:
    """Make sure that there is this folder, of mode 0700. Raises ``ConfFileError``."""
    folder = as_path(path)
    refused = why_not_trusted(folder) or _link_at(folder)
    if refused:
        raise ConfFileError(f"{show(path)} can't be used: {show(refused)}", path=path)
    try:
        mode = os.stat(folder).st_mode & 0o7777 if os.path.isdir(folder) else None
        if not check_mode:
            _make(folder, parents)
            if mode not in (None, 0o700):
                os.chmod(folder, 0o700)
    except OSError as exc:
        why = show(str(exc.strerror))
        raise ConfFileError(f"{show(path)} can't be created: {why}", path=path) from exc
    before = [] if mode is None else [f"directory, mode {mode:04o}"]
    diff = diff_of(path, before, ["directory, mode 0700"])
    return FileChange(path, mode != 0o700, diff, is_file=False)


def _link_at(folder: str) -> str | None:
    """Its mode would be that of the folder which it leads to."""
    return "it is a link" if os.path.islink(folder) else None


def _make(folder: str, parents: bool) -> None:
    """os.makedirs gives the folders above the mode of the process, not this one."""
    if os.path.isdir(folder):
        return
    if parents:
        _make(os.path.dirname(folder), parents)
    os.mkdir(folder, 0o700)
