# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that has to plan again remembers what it deleted, and whom its first listing showed."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import GuardError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import (
    Earlier,
    make_plan,
)

from .converging import converged
from .model_portal import ModelPortal

ANN = DesiredUser("ann")


def purged(earlier: Earlier | None = None, limit: int | None = None) -> list[str]:
    portal = ModelPortal.holding({"ann": [], "ben": [], "cay": []})
    desired = Desired((ANN,), purge_users=True, max_deletions=limit)
    return [step.name for step in make_plan(desired, portal.observed(), earlier).steps]


def test_only_who_was_in_the_first_listing_is_purged() -> None:
    assert purged() == ["ben", "cay"]
    assert purged(Earlier(0, frozenset({101, 102}))) == ["ben"]
    assert purged(Earlier(0, frozenset())) == []


def test_the_guard_counts_what_earlier_rounds_deleted() -> None:
    assert purged(Earlier(1), limit=3) == ["ben", "cay"]
    with pytest.raises(GuardError) as caught:
        purged(Earlier(2), limit=3)
    assert str(caught.value) == (
        "the plan deletes 2 users (ben, cay) after 2 that are deleted already, more than"
        " max_deletions (3) allows"
    )


def test_without_earlier_rounds_nothing_was_changed() -> None:
    with pytest.raises(GuardError) as caught:
        purged(limit=1)
    assert str(caught.value) == (
        "the plan deletes 2 users (ben, cay), more than max_deletions (1) allows; nothing was changed"
    )


def test_a_conflict_in_between_does_not_let_it_delete_twice_as_many() -> None:
    """Somebody takes the port, and creates a user, right before ours is created."""

    def meanwhile(portal: ModelPortal) -> None:
        portal.add_rule("dan", PortForward(None, 80, 9, "tcp"))
        portal.add_user("newcomer")

    ann = DesiredUser("ann", True, (DesiredForward(80, 1),))
    dan = DesiredUser("dan", True, ())
    portal = ModelPortal.holding(
        {"ann": [], "dan": [], "ben": [], "cay": []}, meanwhile={2: [meanwhile]}
    )
    outcome = converged(Desired((ann, dan), purge_users=True, max_deletions=2), portal)
    assert outcome.error is None
    assert portal.conflicts
    assert set(portal.users_by_id.values()) == {"ann", "dan", "newcomer"}
    assert outcome.step_log.summary()["users_deleted"] == 2
