# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a test with many cases some, by a seed: a plugin of pytest, for where all of them run elsewhere.

``PREMIERVPN_CASES`` is the least number of cases, and of very many a fifth is run; 0 is one case of every third
test. What is marked ``whole`` is left out. ``PREMIERVPN_SAMPLE`` is the seed; it is in the head of the output, too:
the same one takes the same cases.
"""

from __future__ import annotations

import os
import random

import pytest

CASES = int(os.environ.get("PREMIERVPN_CASES", "2"))
SEED = os.environ.get("PREMIERVPN_SAMPLE", "")
# Of what: on the newest ansible-core, of that where one more case costs a process or a play.
WHERE = os.environ.get("PREMIERVPN_SAMPLED", "tests/")


def pytest_report_header() -> str:
    if not CASES:
        return f"One case of every third test in {WHERE}: PREMIERVPN_SAMPLE={SEED}. make matrix runs all."
    return (
        f"Of each test in {WHERE} {CASES} cases, or a fifth of them: PREMIERVPN_SAMPLE={SEED}."
        " CI runs all cases, and so does PREMIERVPN_WHOLE=yes."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out. Workers have to choose the same ones, each by itself."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if "whole" in item.keywords:
            continue
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    # Chosen by what each is called: a case more somewhere changes nothing elsewhere.
    kept: set[pytest.Item] = set()
    for name, those in cases.items():
        chance = random.Random(f"{SEED} {name}")
        kept.update(chance.sample(those, _wanted(name, len(those), chance)))
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _wanted(name: str, there: int, chance: random.Random) -> int:
    if not name.startswith(WHERE):
        return there
    if not CASES:
        return int(chance.randrange(3) == 0)
    return min(there, max(CASES, -(-there // 5)))
