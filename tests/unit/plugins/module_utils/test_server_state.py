# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server holds, step by step: what was carried out, what a late listing shows, what stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.restoring import (
    restore_rule,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.server_state import (
    ServerState,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import ContendedError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step

from .model_portal import SERVER, ModelPortal
from .test_lagging_laws import LaggingPortal

ASKED = PortForward(None, 443, 8443, "tcp", "HTTPS")
OTHER = PortForward(None, 80, 8080, "tcp", "")


def begun(portal: Any) -> tuple[ServerState, PortForward]:
    """A server whose user ``web`` has one rule, and that rule."""
    state = ServerState(portal, SERVER.id)
    state.current = portal.observed()
    (rule,) = state.current.forwards["web"]
    return state, rule


def test_whether_a_deletion_happened() -> None:
    portal = ModelPortal.holding({"web": [ASKED]}, patience=0.0)
    state, rule = begun(portal)
    step = Step("delete", "web", rule)
    assert state.happened(step) is False
    assert state.current.forwards["web"] == (rule,)
    portal.rules.clear()
    assert state.happened(step) is True
    assert state.current.forwards["web"] == ()


@pytest.mark.parametrize(("any_comment", "wanted"), [(True, True), (False, False)])
def test_whether_a_creation_happened(any_comment: bool, wanted: bool) -> None:
    portal = ModelPortal.holding({"web": [ASKED]}, patience=0.0)
    state, _rule = begun(portal)
    other = PortForward(None, 443, 8443, "tcp", "another comment")
    assert state.happened(Step("create", "web", other, any_comment)) is wanted
    assert state.happened(Step("create", "web", ASKED, any_comment)) is True
    assert state.happened(Step("create", "web", OTHER, any_comment)) is False


def test_whether_it_happened_to_a_user() -> None:
    portal = ModelPortal.holding({"web": [ASKED]}, patience=0.0)
    state, _rule = begun(portal)
    assert state.happened(Step("delete", "web")) is False
    assert state.happened(Step("create", "new")) is False
    portal.add_user("new")
    assert state.happened(Step("create", "new")) is True
    assert "new" in state.current.users
    portal.remove_user("web")
    assert state.happened(Step("delete", "web")) is True
    assert "web" not in state.current.users


@pytest.mark.parametrize("about_rule", [True, False])
def test_what_can_not_be_seen_counts_as_gone(about_rule: bool) -> None:
    """To create it again finds it there, or restores it."""
    portal = ModelPortal.holding({"web": [ASKED]}, down_from=0)
    state, rule = begun(portal)
    assert state.happened(Step("delete", "web", rule if about_rule else None)) is None
    if about_rule:
        assert state.current.forwards["web"] == ()
    assert ("web" in state.current.users) == about_rule
    assert state.happened(Step("create", "web", OTHER)) is None


def test_a_listing_that_still_shows_what_was_deleted_is_looked_at_again() -> None:
    portal = LaggingPortal.holding({"web": [ASKED]}, lag=1.0)
    state, rule = begun(portal)
    state.carry_out(Step("delete", "web", rule))
    assert state.look_at("web") == []
    assert portal.waited >= 1.0


def test_a_listing_that_does_not_show_yet_what_was_made_is_looked_at_again() -> None:
    portal = LaggingPortal.holding({"web": [ASKED]}, lag=1.0)
    state, _rule = begun(portal)
    state.carry_out(Step("create", "web", OTHER))
    assert [rule.external_port for rule in state.look_at("web")] == [443, 80]
    assert portal.waited >= 1.0


def test_a_listing_that_shows_it_is_believed_at_once() -> None:
    portal = ModelPortal.holding({"web": [ASKED]}, terse=True)
    state, rule = begun(portal)
    state.carry_out(Step("create", "web", OTHER))
    state.carry_out(Step("delete", "web", rule))
    assert [one.external_port for one in state.look_at("web")] == [80]
    assert portal.waited == 0.0


def test_a_listing_that_goes_on_showing_it_is_believed_in_the_end() -> None:
    portal = LaggingPortal.holding({"web": [ASKED]}, lag=1e9)
    state, rule = begun(portal)
    state.carry_out(Step("delete", "web", rule))
    assert state.look_at("web") == [rule]
    waited = portal.waited
    assert state.look_at("web") == [rule]
    assert portal.waited == waited, "it was believed"


def test_a_deletion_without_an_answer_is_looked_for_among_the_users_of_the_server() -> None:
    portal = ModelPortal.holding({"web": [ASKED]}, write_faults={0: "after"})
    state, _rule = begun(portal)
    state.carry_out(Step("delete", "web"))
    assert "web" not in state.current.users
    assert ("GET", f"/servers/{SERVER.id}/users") in portal.calls


@dataclass
class SlowToFree(ModelPortal):
    """Answers 409 for a port that nobody holds, so many times."""

    conflicts_left: int = 0

    def create_port_forward(self, user_id: int, rule: PortForward) -> PortForward | None:
        if self.conflicts_left:
            self.conflicts_left -= 1
            raise self._conflict("POST", f"/users/{user_id}/port-forwards")
        return super().create_port_forward(user_id, rule)


def test_a_port_that_the_portal_frees_late_is_given_back() -> None:
    portal = SlowToFree.holding({"web": [ASKED]}, conflicts_left=1)
    state, _rule = begun(portal)
    assert [problem for _part, problem in restore_rule(state, "web", OTHER)] == [None]
    assert portal.waited > 0
    assert [one.external_port for one in portal.observed().forwards["web"]] == [443, 80]


def test_a_port_that_somebody_holds_is_not_tried_again() -> None:
    portal = ModelPortal.holding({"web": [ASKED], "ann": [OTHER]})
    state, _rule = begun(portal)
    both = PortForward(None, 80, 1, "both", "")
    (tcp, refused), (udp, made) = restore_rule(state, "web", both)
    assert (tcp.protocol, udp.protocol, made) == ("tcp", "udp", None)
    assert isinstance(refused, ContendedError)
    assert portal.waited == 0.0
