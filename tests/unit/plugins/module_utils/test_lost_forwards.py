# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lost rules are still to be told of, once one sees what the server holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import (
    still_lost,
    with_lost,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    RequestError,
    StepError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    LostForward,
    PortForward,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import Step

ANN = DesiredUser("ann", True, (DesiredForward(80, 2, "tcp"),))
LOST = LostForward("ann", PortForward(None, 80, 1, "both", "c"))


def held(name: str, *rules: tuple[int, int, str, str]) -> Current:
    return Current().with_forwards(name, [PortForward(9, *rule) for rule in rules])


CASES: list[tuple[str, Current, str | None]] = [
    ("nothing there", held("ann"), "both"),
    ("the old rule is back", held("ann", (80, 1, "both", "c")), None),
    ("as two rules", held("ann", (80, 1, "tcp", "c"), (80, 1, "udp", "c")), None),
    ("half of it is back", held("ann", (80, 1, "udp", "c")), "tcp"),
    ("under another comment", held("ann", (80, 1, "udp", "d")), "both"),
    ("to another port", held("ann", (80, 3, "udp", "c")), "both"),
    ("on another port", held("ann", (81, 1, "both", "c")), "both"),
    ("of another user", held("ben", (80, 1, "both", "c")), "both"),
    ("what is declared of one protocol", held("ann", (80, 2, "both", "x")), "udp"),
    ("what is declared, of another user", held("ben", (80, 2, "both", "x")), "both"),
]


@pytest.mark.parametrize(
    ("state", "left"), [pytest.param(state, left, id=name) for name, state, left in CASES]
)
def test_what_makes_a_loss_good(state: Current, left: str | None) -> None:
    expected = [replace(LOST, rule=replace(LOST.rule, protocol=left))] if left else []
    assert still_lost([LOST], Desired((ANN,)), state) == expected


def test_an_error_tells_of_losses_of_earlier_rounds() -> None:
    later = replace(LOST, rule=replace(LOST.rule, external_port=81))
    cause = RequestError("it failed", method="POST", path="/")
    step = Step("create", "ann", PortForward(None, 80, 2, "tcp"))
    error = StepError("it failed", cause, step, lost=[later])
    both = with_lost(error, [LOST, later])
    assert both.lost == (LOST, later)
    told = {"user": "ann", "internal_port": 1, "protocol": "both", "comment": "c"}
    assert both.result()["lost_port_forwards"] == [
        {**told, "external_port": 80},
        {**told, "external_port": 81},
    ]
    assert str(both) == ("it failed; LOST IN AN EARLIER ATTEMPT: 80/both -> 1 (c) of user 'ann'")
    assert with_lost(both, []).lost == ()
    assert "lost_port_forwards" not in with_lost(both, []).result()
