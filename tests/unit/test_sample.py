# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tests a short run takes: tests/support/sample.py."""

from __future__ import annotations

import subprocess
from types import FunctionType

import pytest

from tests.support import sample
from tests.support.accounts import HOSTILE
from tests.support.running import Runner

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this very run is given."""
    for name, value in {"SEED": "1", "PLAYS": 4, "CASES": 3}.items():
        monkeypatch.setattr(sample, name, value)


def by_itself(run: Runner) -> None:
    run.play({"wg_user": {}})


def by_a_helper(run: Runner) -> None:
    assert [by_itself(run) for _name in HOSTILE]


def by_another_program() -> None:
    subprocess.run(["ansible-doc"], check=True)


def a_module(run: Runner) -> None:
    run.module("wg_user", name="phone")


@pytest.mark.parametrize("function", [by_itself, by_a_helper, by_another_program])
def test_what_starts_ansible(function: FunctionType) -> None:
    assert sample.starts(function)


def test_what_does_not() -> None:
    assert not sample.starts(a_module)
    assert not sample.starts(test_what_does_not)


@pytest.mark.parametrize(("plays", "taken"), [(1, 400), (4, 100)])
def test_one_of_so_many_that_start_ansible(
    monkeypatch: pytest.MonkeyPatch, plays: int, taken: int
) -> None:
    monkeypatch.setattr(sample, "PLAYS", plays)
    found = [sample.chosen(f"tests/functional/test_{number}", 5, True) for number in range(400)]
    assert abs(sum(map(len, found)) - taken) < 40
    assert {len(cases) for cases in found} <= {0, 1}


@pytest.mark.parametrize(
    ("name", "cases", "taken"),
    [
        ("tests/functional/test_a", 2, 2),
        ("tests/functional/test_a", 10, 3),
        ("tests/functional/test_a", 600, 120),
        ("tests/unit/test_a", 600, 600),
    ],
)
def test_cases_of_the_others(name: str, cases: int, taken: int) -> None:
    assert len(sample.chosen(name, cases, False)) == taken


def test_a_seed_takes_the_same_cases_and_another_one_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = sample.chosen("tests/functional/test_a", 600, False)
    assert sample.chosen("tests/functional/test_a", 600, False) == first
    monkeypatch.setattr(sample, "SEED", "another")
    assert sample.chosen("tests/functional/test_a", 600, False) != first
