# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listing that lags behind answers, by up to a few seconds: nothing is lost, nor told to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.writes import LAG
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

from .converging import converged, lost
from .model_portal import Holder, ModelPortal, public_key

Snapshot = tuple[float, dict[int, str], dict[int, tuple[int, PortForward]]]


@dataclass
class LaggingPortal(ModelPortal):
    """Listings show what was there ``lag`` seconds ago. Time is what is waited."""

    lag: float = 0.0
    history: list[Snapshot] = field(default_factory=list)

    def _then(self) -> Snapshot:
        """What listings show now."""
        past = [entry for entry in self.history if entry[0] + self.lag <= self.waited]
        return past[-1] if past else self.history[0]

    def _write(self, method: str, path: str, write: Any) -> Any:
        if not self.history:
            self.history.append((float("-inf"), dict(self.users_by_id), dict(self.rules)))
        try:
            return super()._write(method, path, write)
        finally:
            self.history.append((self.waited, dict(self.users_by_id), dict(self.rules)))

    def _listed(self, read: Any, *arguments: Any) -> Any:
        now = self.users_by_id, self.rules
        if self.history:
            _time, self.users_by_id, self.rules = self._then()
        try:
            return read(*arguments)
        finally:
            self.users_by_id, self.rules = now

    def users(self, server_id: int) -> list[User]:
        found: list[User] = self._listed(super().users, server_id)
        return found

    def port_forwards(self, user_id: int) -> list[PortForward]:
        found: list[PortForward] = self._listed(super().port_forwards, user_id)
        return found


ports = st.dictionaries(
    st.integers(80, 82), st.sampled_from(["tcp", "udp", "both"]), min_size=1, max_size=2
)
lags = st.sampled_from([0.0, 0.4, 1.0, 2.0, sum(LAG) - 0.1])
FAULTS = ("rejected", "ended", "ended_after", "after", "interrupt", "interrupt_after")


@pytest.mark.parametrize("kind", ["replaced", "taken over", "revoked"])
@settings(max_examples=150)
@given(
    there=ports,
    lag=lags,
    fault=st.none() | st.tuples(st.integers(0, 6), st.sampled_from(FAULTS)),
    terse=st.booleans(),
)
def test_nothing_is_lost_nor_told_to_be(
    kind: str, there: dict[int, str], lag: float, fault: tuple[int, str] | None, terse: bool
) -> None:
    held = [PortForward(None, port, 1, protocol, "c") for port, protocol in there.items()]
    portal: Any = LaggingPortal.holding({"ann": held, "ben": []}, lag=lag, terse=terse)
    portal.write_faults = dict([fault]) if fault else {}
    before, current = portal.state().slots, portal.observed()
    goal = "ben" if kind == "taken over" else "ann"
    wanted = tuple(DesiredForward(port, 2, protocol) for port, protocol in there.items())
    desired = Desired((DesiredUser(goal, True, wanted),), takeover=goal == "ben")
    if kind == "revoked":
        key = public_key(portal._id("ann"))
        current = current.with_public_key("ann", key)
        desired = Desired((DesiredUser("ann", True, None, frozenset({key})),))
    outcome = converged(desired, portal, current=current)
    after = portal.state()
    if fault is None:
        assert outcome.error is None, outcome.error
    assert not lost(outcome), outcome.error
    new = Holder(goal, 2, "c") if kind != "revoked" else None
    assert all(after.slots.get(slot) in (holder, new) for slot, holder in before.items())
    assert "ann" in after.users
