# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else changes the server between any two requests: nothing twice, nothing lost unsaid."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import Outcome
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import ConflictError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import Desired

from .converging import converged, lost
from .model_portal import ModelPortal
from .satisfied import declared, entries, is_refused_as_conflict, slots_of, unsatisfied
from .strategies import acts, declarations, doings, examples, hypothesis, servers

given = hypothesis.given
pytestmark = pytest.mark.usefixtures("in_turn")


@given(declarations(), servers(), doings())
@examples(700)
def test_another_writer_at_any_time(
    declaration: Desired,
    server: ModelPortal,
    done: dict[int, list[tuple[str, tuple[Any, ...]]]],
) -> None:
    portal = server.copy(meanwhile=acts(done))
    try:
        outcome = converged(declaration, portal)
    except ConflictError:
        assert portal.requests_sent == 0
        return
    assert_nothing_lost_unsaid(declaration, portal, outcome)
    clean = portal.copy()
    halfway = clean.state()
    if not is_refused_as_conflict(declaration, halfway):
        assert converged(declaration, clean).error is None
        assert unsatisfied(declaration, halfway, clean.state()) == []
        assert not converged(declaration, clean).step_log.changed


def assert_nothing_lost_unsaid(declaration: Desired, portal: ModelPortal, outcome: Outcome) -> None:
    """Whatever our own deletions took away leads where it led, or where it shall, or is reported."""
    after = portal.state()
    reported = lost(outcome)
    targets = declared(declaration)
    purged = {u.client_name for u in declaration.users if u.port_forwards is not None}
    unwanted = {(n, s) for n, f in entries(declaration) if not f.present for s in slots_of(f)}
    for slot, holder in portal.removed:
        now = after.slots.get(slot)
        if now == holder or (slot, holder) in reported:
            continue
        if slot in targets:
            name, internal_port, _comment = targets[slot]
            fits = now is not None and (now.name, now.internal_port) == (name, internal_port)
            # He who had it back may have been removed by somebody else after that.
            interfered = {slot, name, holder.name} & portal.removed_by_others
            assert fits or interfered, (slot, holder, now)
            continue
        wanted_gone = (holder.name, slot) in unwanted or (
            declaration.purge_port_forwards and holder.name in purged
        )
        interfered = {slot, holder.name} & portal.removed_by_others
        assert wanted_gone or interfered, (slot, holder, now)
