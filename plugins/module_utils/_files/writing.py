# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Replaces a file whole: who reads it sees the old content or the new one, and nobody else reads either.

What was, or would be, done to a file or folder is a ``FileChange``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


def replace_file(
    path: str,
    content: bytes,
    *,
    prepare: Callable[[str], None] | None = None,
    durable: bool = False,
) -> None:
    """Make the file at ``path`` (no link, its folder there) a new one of mode 0600 with this content.

    ``prepare`` is called with the path of the new file before it takes the other's place. ``durable``:
    it is on the disk when this returns. Raises ``OSError``; the old file is then as it was, and of the new
    one nothing is left.
    """
    folder = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(prefix=".wireguard-", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if prepare:
            prepare(temporary)
        os.rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        _sync(folder)


def _sync(folder: str) -> None:
    """Have the folder's new entry on the disk, where the system can say so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass
class FileChange:
    """``path`` as the task named it, whether it ``changed``, and Ansible's diff.

    The diff of a private file shows no content.
    """

    path: str
    changed: bool
    diff: dict[str, Any]
    backup_file: str | None = None
    is_file: bool = True


def diff_of(about: str, before: Iterable[str], after: Iterable[str]) -> dict[str, Any]:
    """Lines in the form in which Ansible's ``--diff`` shows them; ``about`` is what the heading names."""
    sides = {"before": before, "after": after}
    texts = {side: "".join(f"{line}\n" for line in lines) for side, lines in sides.items()}
    return {**texts, "before_header": about, "after_header": about}


def merged(diffs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The diffs, those under one heading in one: a line for each of many files, and not five.

    >>> files = [diff_of("wireguard", [], [f"{name}.conf: written (new)"]) for name in ("ann", "ben")]
    >>> [(diff["after_header"], diff["after"]) for diff in merged(files)]
    [('wireguard', 'ann.conf: written (new)\\nben.conf: written (new)\\n')]
    """
    found: dict[str, dict[str, Any]] = {}
    for diff in diffs:
        one = found.setdefault(diff["after_header"], {**diff, "before": "", "after": ""})
        for side in ("before", "after"):
            one[side] += diff[side]
    return list(found.values())
