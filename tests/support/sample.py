# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some of the tests, by a seed: a plugin of pytest, for where all of them run elsewhere.

A test that starts Ansible takes seconds, and hundreds of others together take as long as a few of those. So two
numbers say what runs. ``PREMIERVPN_PLAYS=7``: every seventh test that starts Ansible, with one of its cases.
``PREMIERVPN_CASES=3``: of each other test three cases, or a fifth where that is more. With 3 or more, only tests in
``tests/functional`` lose any; 1 is a case of each test wherever it is, and 0 a case of every third.

What is marked ``whole`` is left out. ``PREMIERVPN_SAMPLE`` is the seed, which the head of the output shows: the same
one takes the same tests.
"""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

import pytest

SEED = os.environ.get("PREMIERVPN_SAMPLE", "")
PLAYS = int(os.environ.get("PREMIERVPN_PLAYS", "7"))
CASES = int(os.environ.get("PREMIERVPN_CASES", "3"))
# What starts a program, and that is nearly always one of Ansible's: methods of the tests' helpers, and Python's own.
STARTERS = {"play", "playbook", "ansible", "listed", "subprocess"}
# Classes that can do so, and more often do something else.
GENERAL = {"tests.support.running", "tests.support.inventories", "tests.support.browser"}


def pytest_report_header() -> str:
    others = f"{CASES} cases of each other, or a fifth" if CASES else "a case of every third other"
    return (
        f"A sample: one of {PLAYS} tests that start Ansible, {others}. The same again: PREMIERVPN_SAMPLE={SEED}."
        " All: PREMIERVPN_WHOLE=yes"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out. Workers have to choose the same ones, each by itself."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if "whole" not in item.keywords:
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {
        those[number]
        for name, those in cases.items()
        for number in chosen(name, len(those), starts_ansible(those[0]))
    }
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def chosen(name: str, cases: int, play: bool) -> list[int]:
    """Which of a test's cases to run. By its name: a case more somewhere changes nothing elsewhere."""
    chance = random.Random(f"{SEED} {name}")
    if play:
        wanted = int(chance.randrange(PLAYS) == 0)
    elif CASES == 0:
        wanted = int(chance.randrange(3) == 0)
    elif CASES > 1 and not name.startswith("tests/functional/"):
        wanted = cases
    else:
        wanted = min(cases, max(CASES, -(-cases // 5) if CASES > 1 else 1))
    return chance.sample(range(cases), wanted)


def starts_ansible(item: pytest.Item) -> bool:
    """Whether a test, a fixture of it or a function that one of them names starts one of Ansible's programs."""
    fixtures = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009 - pytest has no other way
    functions = [getattr(item, "function", None), *(those[-1].func for those in fixtures)]
    return any(starts(function) for function in functions if isinstance(function, FunctionType))


@functools.cache
def starts(function: FunctionType) -> bool:
    """Whether a function starts a program, or one of ours does that it names, or a class of ours."""
    seen: set[FunctionType] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        names = set(_names(one.__code__))
        if names & STARTERS:
            return True
        there = [one.__globals__.get(name) for name in names]
        modules = [x for x in there if isinstance(x, ModuleType)]
        there += [vars(x).get(name) for x in modules for name in names]
        classes = [x for x in there if isinstance(x, type) and x.__module__ not in GENERAL]
        there += [method for x in classes if _is_ours(x) for method in vars(x).values()]
        waiting += [x for x in there if isinstance(x, FunctionType) and _is_ours(x)]
    return False


def _is_ours(one: type | FunctionType) -> bool:
    return one.__module__.startswith("tests.")


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
