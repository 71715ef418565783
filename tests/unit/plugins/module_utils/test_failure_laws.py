# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves behind that failed half-way: nothing twice, nothing lost without a word."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import Outcome
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import Desired

from .converging import converged, lost
from .model_portal import ModelPortal
from .satisfied import is_refused_as_conflict, lost_unsaid, unsatisfied
from .strategies import declarations, examples, hypothesis, servers, write_faults

given = hypothesis.given
pytestmark = pytest.mark.usefixtures("in_turn")


@given(declarations(), servers(), write_faults())
@examples(700)
def test_stopped_after_any_step(
    declaration: Desired, server: ModelPortal, faults: dict[str, Any]
) -> None:
    before = server.state()
    hypothesis.assume(not is_refused_as_conflict(declaration, before))
    portal = server.copy(**faults)
    outcome = converged(declaration, portal)
    after = portal.state()
    assert outcome.error or unsatisfied(declaration, before, after) == []
    assert lost_unsaid(declaration, before, after, lost(outcome)) == []
    assert_journal_is_true(outcome)
    if not portal.faults and portal.down_from is None:
        assert_known(outcome, portal)
    assert_finished_by_a_clean_run(declaration, portal)


def assert_journal_is_true(outcome: Outcome) -> None:
    entries = outcome.step_log.result()
    statuses = [entry["status"] for entry in entries]
    if outcome.error and "every step was done" in str(outcome.error):
        assert set(statuses) == {"done"}
    elif outcome.error:
        # The step that ended it is not called failed where a look showed that it was carried out.
        done = next((n for n, status in enumerate(statuses) if status != "done"), len(statuses))
        rest = statuses[done:]
        assert set(rest[1:] if rest[:1] == ["failed"] else rest) <= {"not_run"}
        if "failed" not in rest and outcome.error.step in outcome.step_log.steps():
            assert outcome.step_log.entry(outcome.error.step).status in ("done", "not_run")
    else:
        assert set(statuses) <= {"done"}
    now = {
        (n, r.external_port, p)
        for n, rs in outcome.after.forwards.items()
        for r in rs
        for p in r.protocols
    }
    for entry in entries:
        if entry["put_back"]:
            rule = entry["port_forward"]
            back = {(entry["name"], rule["external_port"], p) for p in ("tcp", "udp")}
            assert entry["action"] == "delete"
            assert back & now


def assert_known(outcome: Outcome, portal: ModelPortal) -> None:
    """Where a look was possible, the outcome knows what the server holds."""
    seen = portal.observed()
    for name, rules in outcome.after.forwards.items():
        there = seen.forwards.get(name, ())
        assert {rule.text() for rule in rules} == {rule.text() for rule in there}
        # Ids that the answers did not tell are learned at the end, which a failure does not reach.
        if outcome.error is None:
            assert {rule.id for rule in rules} == {rule.id for rule in there}
    if outcome.error is None or outcome.error.step.rule is not None:
        assert set(outcome.after.users) == set(seen.users)


def assert_finished_by_a_clean_run(declaration: Desired, portal: ModelPortal) -> None:
    """A later run that meets no trouble converges, and the one after it does nothing."""
    clean = portal.copy()
    halfway = clean.state()
    outcome = converged(declaration, clean)
    assert outcome.error is None
    assert unsatisfied(declaration, halfway, clean.state()) == []
    again = clean.copy()
    outcome = converged(declaration, again)
    assert not outcome.step_log.changed
    assert again.requests_sent == 0
