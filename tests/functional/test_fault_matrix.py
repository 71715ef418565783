# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix: each endpoint, each way to fail, once, twice and for good. See matrix/cells.py."""

from __future__ import annotations

import re

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.pacer import (
    RESTORING_WAIT,
)
from tests.support.world import rule

from .matrix.cells import CELLS, MAX_WAIT, MODULE_CELLS, UNTIMED, Cell
from .matrix.measure import Measured, Seen
from .matrix.outcomes import LOST, RECOVERED, expected, outcome
from .matrix.page import PATH, page
from .matrix.pool import TAKEN_AWAY, measure_all

pytestmark = [pytest.mark.once, pytest.mark.waits]

Matrix = tuple[dict[str, Measured], dict[str, Seen]]

# Seconds. A busy machine takes its time; a wait of 60 s is still found out.
LEEWAY = 30

# Settings have no plan: they are one request.
UNPLANNED = {"E11", "E12", "E14", "E15"}


@pytest.fixture(scope="module")
def matrix(request: pytest.FixtureRequest) -> Matrix:
    """All cells that are asked for, measured side by side."""
    ours = [item for item in request.session.items if item.path == request.path]
    if any(item.name == test_the_page_tells_what_is_measured.__name__ for item in ours):
        return measure_all()
    return measure_all([item.callspec.params["cell"] for item in ours])  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_cell(cell: Cell, matrix: Matrix) -> None:
    measured, plain = matrix[0][cell.name], matrix[1][cell.scene]
    assert not plain.done.failed, plain.done.values
    told = measured.first.done.values
    assert outcome(measured) == expected(cell), told.get("msg")
    # What puts a rule back may wait for two windows of the rate limit.
    patience = RESTORING_WAIT if cell.fault == UNTIMED and cell.endpoint.row == "E8" else MAX_WAIT
    assert measured.seconds < patience + LEEWAY
    if expected(cell) == RECOVERED:
        as_if_nothing_had_happened(cell, measured, plain)
    else:
        failed_clearly(cell, measured)
    afterwards_all_is_well(cell, measured, plain)


@pytest.mark.slow
@pytest.mark.parametrize("cell", MODULE_CELLS, ids=lambda cell: cell.name)
def test_module_cell(cell: Cell, matrix: Matrix) -> None:
    measured, plain = matrix[0][cell.name], matrix[1][cell.scene]
    assert not plain.done.failed, plain.done.values
    first, told = measured.first, measured.first.done.values
    assert outcome(measured) == expected(cell), told.get("msg")
    assert measured.seconds < LEEWAY + (RESTORING_WAIT if cell.scene in TAKEN_AWAY else MAX_WAIT)
    if expected(cell) == RECOVERED:
        as_if_nothing_had_happened(cell, measured, plain)
        assert told.get("warnings", []) == plain.done.values.get("warnings", [])
    else:
        assert cell.fault.said in told["msg"]
        assert (told["error"]["method"], told["error"]["status"]) == (
            cell.endpoint.method,
            cell.fault.status,
        )
        # A server that failed does not undo what was done before; nothing that stood is gone.
        for name, held in measured.before.items():
            assert set(held) <= set(first.rules[name])
        assert {name: first.settings[name] for name in measured.settings} == measured.settings
    for later in (measured.second, measured.third):
        assert not later.done.failed, later.done.values
        assert (later.rules, later.settings) == (plain.rules, plain.settings)


def as_if_nothing_had_happened(cell: Cell, measured: Measured, plain: Seen) -> None:
    first = measured.first
    assert (first.rules, first.settings) == (plain.rules, plain.settings)
    assert first.done.changed == plain.done.changed
    assert first.done.values.keys() == plain.done.values.keys()
    assert first.done.values.get("plan") == plain.done.values.get("plan")
    assert first.done.values.get("summary") == plain.done.values.get("summary")
    if cell.endpoint.method == "POST" and cell.fault.carried_out:
        assert first.writes == plain.writes  # none was sent twice


def failed_clearly(cell: Cell, measured: Measured) -> None:
    first, told = measured.first, measured.first.done.values
    assert cell.fault.said in told["msg"]
    assert told["error"]["status"] == cell.fault.status
    assert told["error"]["method"] == cell.endpoint.method
    template = cell.endpoint.path.replace("{id}", "[0-9]+")
    assert re.fullmatch(template, told["error"]["path"])
    assert told["error"]["method"] in told["msg"]
    assert told["error"]["path"] in told["msg"]

    # Just what is told to be lost is gone; nothing else has changed.
    lost = told.get("lost_port_forwards", [])
    old = {"user": "web", **rule("443/tcp -> 1", "HTTPS")}
    assert lost == ([old] if expected(cell) == LOST else [])
    left = dict(measured.before)
    if lost:
        left["web"] = [text for text in left["web"] if not text.startswith("443/tcp")]
        assert "443/tcp -> 1 (HTTPS) OF USER 'web' IS LOST" in told["msg"]
    assert first.rules == left
    assert first.settings == measured.settings
    # The second half of a replacement failed: the old rule was gone, and is there again if not lost.
    replaced = cell.endpoint.row == "E8"
    assert told["changed"] == replaced
    assert ("put_back': True" in str(told.get("plan"))) == (replaced and not lost)

    if cell.endpoint.row not in UNPLANNED and cell.endpoint.method != "GET":
        statuses = [step["status"] for step in told["plan"]]
        assert statuses == plan_of(cell, len(statuses))
    if cell.fault == UNTIMED:
        # At once, without a wait: the whole of max_wait is still there.
        numbers = rf"(59\.\d|60\.0) s, and {MAX_WAIT}\.0 s of max_wait \({MAX_WAIT} s\) are left"
        assert re.search(numbers, told["msg"])
        if not replaced:  # what puts back does wait, and tries again
            assert [x["fault"] for x in first.requests].count("rate_limited") == 1
            assert first.requests[-1]["status"] == 429


def plan_of(cell: Cell, steps: int) -> list[str]:
    """How far the plan got: up to the first request of the endpoint that failed."""
    done = ["done"] if cell.endpoint.row == "E8" else []
    return [*done, "failed", *["not_run"] * (steps - len(done) - 1)]


def afterwards_all_is_well(cell: Cell, measured: Measured, plain: Seen) -> None:
    second, third = measured.second, measured.third
    assert not second.done.failed, second.done.values
    assert (second.rules, second.settings) == (plain.rules, plain.settings)
    assert second.done.changed == (plain.done.changed and expected(cell) != RECOVERED)
    assert not third.done.failed, third.done.values
    assert (third.rules, third.settings) == (plain.rules, plain.settings)
    assert not third.done.changed
    assert third.writes == []


@pytest.mark.slow
@pytest.mark.whole
def test_the_page_tells_what_is_measured(matrix: Matrix) -> None:
    outcomes = {name: outcome(one) for name, one in matrix[0].items()}
    assert PATH.read_text(encoding="utf-8") == page(outcomes), "make docs writes it anew"
