# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked examples in docstrings: each layer has one, and they are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

NAME = "ansible_collections.premiervpn.wireguard.plugins.module_utils"
ROOT = Path(__file__).parents[2] / "plugins" / "module_utils"
WITH_EXAMPLES = sorted(
    path for path in ROOT.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8")
)
LAYERS = ("_api", "_planning", "_applying", "_pacing", "_files", "_module")


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_an_example_is_true(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    found = doctest.testmod(importlib.import_module(f"{NAME}.{name}"), optionflags=flags)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_an_example(layer: str) -> None:
    assert any(path.parent.name == layer for path in WITH_EXAMPLES)
