# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No rule is lost while the portal answers: whatever rate_limit, max_wait and signals do to the run.

Real turns, budget and signals; the portal is the model, and the window is short.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.signals import (
    SIGNALS,
    Cancellation,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import Budget
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.pacer import Pacer
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

from .converging import converged, lost
from .model_portal import Holder, ModelPortal, PortForward

WINDOW = 0.25


@dataclass
class PacedPortal(ModelPortal):
    """Each request waits for its turn; right before one of them, or within it, a signal comes.

    ``rival`` uses the same key, and sends so many requests before ours of these numbers.
    """

    paced: Any = None
    signal_at: int | None = None
    inside: bool = False
    rival: Any = None
    rivals: dict[int, int] = field(default_factory=dict)

    @property
    def pacer(self) -> Any:
        return self.paced

    def _begin(self, method: str, path: str) -> str | None:
        number = self.requests_sent
        for _request in range(self.rivals.pop(number, 0)):
            self.rival.urgent().wait()
        if number == self.signal_at and not self.inside:
            os.kill(os.getpid(), signal.SIGTERM)
        self.paced.wait_for_turn(method, path, None)
        if method == "GET":
            return self._counted(method, path, number)
        with self.paced.interrupt.hold():
            return self._counted(method, path, number)

    def _counted(self, method: str, path: str, number: int) -> str | None:
        if number == self.signal_at and self.inside:
            os.kill(os.getpid(), signal.SIGTERM)
        return super()._begin(method, path)


@contextmanager
def handlers_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def held(rules: dict[int, str]) -> list[PortForward]:
    return [PortForward(None, port, 1, protocol, "c") for port, protocol in rules.items()]


ports = st.dictionaries(st.sampled_from([80, 81, 82]), st.sampled_from(["tcp", "udp", "both"]))


@pytest.mark.parametrize("inside", [False, True], ids=["between requests", "within one"])
@settings(max_examples=40)
@given(
    ann=ports.filter(bool),
    moved=st.booleans(),
    limit=st.integers(0, 6),
    max_wait=st.sampled_from([0.0, 0.1, 0.4]),
    signal_at=st.none() | st.integers(0, 9),
    spent=st.integers(0, 5),
    rivals=st.dictionaries(st.integers(0, 6), st.integers(1, 4), max_size=3),
)
def test_no_rule_is_lost_while_the_portal_answers(
    inside: bool,
    ann: dict[int, str],
    moved: bool,
    limit: int,
    max_wait: float,
    signal_at: int | None,
    spent: int,
    rivals: dict[int, int],
) -> None:
    """Every rule is to lead elsewhere: to another port of its user, or (taken over) to another user."""
    goal = "ben" if moved else "ann"
    wanted = tuple(DesiredForward(port, 2, protocol) for port, protocol in ann.items())
    desired = Desired((DesiredUser(goal, True, wanted),), takeover=moved)
    with tempfile.TemporaryDirectory() as folder, handlers_kept():
        budget = Budget("http://[::1]", "key", limit, window=WINDOW, directory=folder)
        for _request in range(min(spent, limit)):
            budget.ticket().wait()
        pacer = Pacer(budget, max_wait, None, Cancellation())
        portal = PacedPortal.holding(
            {"ann": held(ann), "ben": []}, paced=pacer, signal_at=signal_at, inside=inside
        )
        portal.rival, portal.rivals = budget, dict(rivals)
        before = portal.state().slots
        outcome = converged_or_cancelled(desired, portal)
    assert not (outcome and lost(outcome))
    after = portal.state().slots
    assert set(after) == set(before)
    assert all(after[slot] in (before[slot], Holder(goal, 2, "c")) for slot in before), after


def converged_or_cancelled(desired: Desired, portal: PacedPortal) -> Any:
    """None where the run ended before it began to write."""
    try:
        return converged(desired, portal)
    except BaseException as exc:
        if type(exc).__name__ != "Cancelled":
            raise
        assert not portal.writes_sent
        return None
