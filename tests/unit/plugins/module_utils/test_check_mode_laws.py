# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode tells the truth: what it predicts is what a run then does, and it writes nothing."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ConflictError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
)

from .converging import converged
from .model_portal import ModelPortal
from .satisfied import is_refused_as_conflict, unsatisfied
from .strategies import declarations, examples, hypothesis, servers, single_declarations, st

given = hypothesis.given
pytestmark = pytest.mark.usefixtures("in_turn")


@given(st.one_of(declarations(), single_declarations), servers())
@examples(400)
def test_check_mode_predicts_the_run(declaration: Desired, server: ModelPortal) -> None:
    before = server.state()
    checking, real = server.copy(), server.copy()
    if is_refused_as_conflict(declaration, before):
        with pytest.raises(ConflictError):
            converged(declaration, checking, check_mode=True)
        assert_refused(declaration, real)
        return
    predicted = converged(declaration, checking, check_mode=True)
    assert predicted.warnings == []
    assert checking.state() == before
    assert {method for method, _path in checking.calls} <= {"GET"}
    outcome = converged(declaration, real)
    assert outcome.error is None
    assert unsatisfied(declaration, before, real.state()) == []
    assert predicted.step_log.changed == outcome.step_log.changed
    assert predicted.step_log.summary() == outcome.step_log.summary()
    assert predicted.diff() == outcome.diff()
    assert {entry["status"] for entry in predicted.step_log.result()} <= {"planned"}


def assert_refused(declaration: Desired, real: ModelPortal) -> None:
    """A real run sees the conflict at once, or meets it as a 409."""
    try:
        outcome = converged(declaration, real)
    except ConflictError:
        assert real.requests_sent == 0
    else:
        assert outcome.error
        assert "holds it" in str(outcome.error)


@given(single_declarations, servers())
@examples(100)
def test_without_room_for_a_look_check_mode_says_so(
    declaration: Desired, server: ModelPortal
) -> None:
    portal = server.copy(room=False)
    try:
        outcome = converged(declaration, portal, check_mode=True)
    except ConflictError:
        return
    assert portal.requests_sent == 0
    for warning in outcome.warnings:
        assert warning.startswith("not checked: ")
