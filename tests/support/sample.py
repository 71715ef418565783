# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a test with many cases two, by a seed: a plugin of pytest, for where all of them run elsewhere.

The seed is in ``PREMIERVPN_SAMPLE``, and in the head of the output: the same one takes the same cases.
"""

from __future__ import annotations

import os
import random

import pytest

CASES = 2
SEED = os.environ.get("PREMIERVPN_SAMPLE", "")


def pytest_report_header() -> str:
    return f"{CASES} cases of each test, PREMIERVPN_SAMPLE={SEED}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out. Workers have to choose the same ones, each by itself."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    # Chosen by what each is called: a case more somewhere changes nothing elsewhere.
    kept = {
        item
        for name, those in cases.items()
        for item in random.Random(f"{SEED} {name}").sample(those, min(CASES, len(those)))
    }
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]
