# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling of waits never gets in a task's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import WaitRefusedError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import Budget
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.pacer import Pacer
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.progress import (
    VARIABLE,
    Wait,
    Work,
    read_wait,
    reporter,
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "waits"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def test_a_wait_is_read_as_it_was_told(file: Path) -> None:
    file.touch()
    tell = reporter()
    assert tell
    tell(Wait(1.5, 3))
    tell(Wait(2.5, 2))
    tell(Work(3, 7))
    assert [read_wait(line) for line in file.read_text().splitlines()] == [
        Wait(1.5, 3),
        Wait(2.5, 2),
        Work(3, 7),
    ]


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert reporter() is None


def test_nobody_listens_any_more(file: Path) -> None:
    """The file is not made anew: who made it has removed it."""
    tell = reporter()
    assert tell
    tell(Wait(1.5, 3))
    assert not file.exists()


@pytest.mark.parametrize("line", ["", "{", "[]", '{"seconds": 1}', '{"seconds": "x", "left": 1}'])
def test_half_a_line_tells_nothing(line: str) -> None:
    assert read_wait(line) is None


@pytest.mark.parametrize(("left", "said"), [(1, "1 request is"), (0, "0 requests are")])
def test_what_people_read(left: int, said: str) -> None:
    text = Wait(41.6, left).text("web: wg_user")
    assert text == f"web: wg_user waits 42 s for the rate limit, {said} left"


def test_a_wait_that_does_not_fit_is_refused_and_not_told_before(tmp_path: Path) -> None:
    budget = Budget("http://[::1]", "key", 1, directory=str(tmp_path))
    budget.pause(60)
    told: list[object] = []

    def tell(wait: object) -> None:
        told.append(wait)
        raise KeyboardInterrupt  # or it would be waited

    with pytest.raises(WaitRefusedError):
        Pacer(budget, 5, tell).wait_for_turn("GET", "/servers", None)
    assert told == []
    with pytest.raises(KeyboardInterrupt):
        Pacer(budget, 100, tell).wait_for_turn("GET", "/servers", None)
    assert len(told) == 1
