# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What was, or would be, done to one file or folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class FileChange:
    """``path`` as the task named it, whether it ``changed``, and Ansible's diff, which shows no content."""

    path: str
    changed: bool
    diff: dict[str, Any]
    backup_file: str | None = None
    is_file: bool = True


def diff_of(path: str, before: str, after: str) -> dict[str, Any]:
    """Two texts in the form in which Ansible's ``--diff`` shows them."""
    return {"before": before, "after": after, "before_header": path, "after_header": path}
