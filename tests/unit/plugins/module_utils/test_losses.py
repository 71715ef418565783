# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lost rules are still to be told of, once one sees what the server holds."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._declaration import (
    Declaration,
    WantedForward,
    WantedUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    RequestError,
    StepError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._losses import (
    Loss,
    losses_of,
    still_lost,
    with_losses,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._observed import Observed
from ansible_collections.premiervpn.wireguard.plugins.module_utils._plan import Step

ANN = WantedUser("ann", True, (WantedForward(80, 2, "tcp"),))
LOST: Loss = {
    "user": "ann",
    "external_port": 80,
    "internal_port": 1,
    "protocol": "both",
    "comment": "c",
}


def held(name: str, *rules: tuple[int, int, str, str]) -> Observed:
    return Observed().with_forwards(name, [PortForward(9, *rule) for rule in rules])


CASES: list[tuple[str, Observed, str | None]] = [
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
def test_what_makes_a_loss_good(state: Observed, left: str | None) -> None:
    expected = [{**LOST, "protocol": left}] if left else []
    assert still_lost([LOST], Declaration((ANN,)), state) == expected


def test_an_error_tells_of_losses_of_earlier_rounds() -> None:
    later = {**LOST, "external_port": 81}
    cause = RequestError("it failed", method="POST", path="/")
    step = Step("create", "ann", PortForward(None, 80, 2, "tcp"))
    error = StepError("it failed", cause, step, lost_port_forwards=[later])
    both = with_losses(error, [LOST, later])
    assert losses_of(both) == [LOST, later]
    assert str(both) == ("it failed; LOST IN AN EARLIER ATTEMPT: 80/both -> 1 (c) of user 'ann'")
    assert losses_of(with_losses(both, [])) == []
