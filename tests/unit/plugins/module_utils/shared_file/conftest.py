# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests of the shared file: a process that remembers nothing, and a folder of its own."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import (
    budget as budget_module,
)


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> budget_module._Memory:
    """A process that remembers nothing yet."""
    fresh = budget_module._Memory()
    monkeypatch.setattr(budget_module, "_memory", fresh)
    return fresh


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "budget"
