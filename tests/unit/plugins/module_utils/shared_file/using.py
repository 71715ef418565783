# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the shared file share: budgets that use it, and looks at what they left."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import (
    Budget,
)

URL = "https://portal.example.test/api/wg"
KEY = "pk-0123456789-abcdefghijklmnopqrstuvwxyz"


def budget(folder: pathlib.Path, limit: int = 3, window: float = 60.0) -> Budget:
    return Budget(URL, KEY, limit, window=window, directory=str(folder))


def send(some: Budget, count: int = 1) -> None:
    for _request in range(count):
        assert some.ticket().wait() == 0.0


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known from here on comes from the file alone."""
    monkeypatch.setattr(budget_module, "_memory", budget_module._Memory())


def record_file(folder: pathlib.Path) -> pathlib.Path:
    (found,) = folder.glob("*.budget")
    return found


def unshared_reason(folder: pathlib.Path) -> bool:
    """Whether two budgets share three requests, and no other process could know of it."""
    send(budget(folder), 2)
    send(budget(folder), 1)
    assert budget(folder).ticket().wait() > 0
    kept = budget_module._memory
    budget_module._memory = budget_module._Memory()
    shared = budget(folder).remaining() == 0
    budget_module._memory = kept
    return not shared


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
