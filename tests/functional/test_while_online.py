# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port forwards that are declared ``while_online``: converged, compared, and put right when devices come and go."""

from __future__ import annotations

import pytest

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.watching import device, devices
from tests.support.world import rule, rules

from .test_wg_server import converge

WEB, SSH = rule("443/tcp -> 8443"), rule("2222/tcp -> 22")
OPEN, SHUT = ["2222/tcp -> 22", "443/tcp -> 8443"], ["2222/tcp -> 22"]


@pytest.mark.parametrize("whole", [True, False], ids=["of the user", "of the rule"])
def test_converge_opens_and_closes_them_and_says_so_before(
    run: Runner, simulator: Simulator, whole: bool
) -> None:
    """One option for all of a user's rules, or for one; the other rule is always there."""
    declared = (
        {"while_online": True, "port_forwards": [WEB, {**SSH, "while_online": False}]}
        if whole
        else {"port_forwards": [{**WEB, "while_online": True}, SSH]}
    )
    for online, held, expected in ((True, [], OPEN), (False, [WEB, SSH], SHUT)):
        simulator.reset(devices([device("phone", online=online, port_forwards=held)]))
        user = {"name": "phone", **declared}
        foreseen = converge(run, user, check=True)
        done = converge(run, user)
        assert rules(simulator) == {"phone": expected}
        assert [step["what"] for step in foreseen.last["plan"]] == [
            step["what"] for step in done.last["plan"]
        ]
        assert not converge(run, user, check=True, purge_port_forwards=True).last.changed
