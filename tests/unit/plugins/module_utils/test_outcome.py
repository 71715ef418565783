# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task reports after a second plan, made from a look at more of the server."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import Outcome
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.step_log import StepLog
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward, User
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Plan, Step

from .model_portal import SERVER

OLD = PortForward(7, 443, 8443, "tcp", "HTTPS")
NEW = PortForward(None, 443, 80, "tcp", "HTTPS")
USERS = {"ann": User(1, "ann"), "ben": User(2, "ben"), "carl": User(3, "carl")}


def test_before_is_what_was_seen_first_and_of_others_what_was_seen_since() -> None:
    before = Current(USERS, {"ann": (OLD,)})
    outcome = Outcome(SERVER, StepLog(), before, before, {"ann"}, {"ann"})
    second = Current(USERS, {"ann": (), "ben": (OLD,), "carl": ()})
    outcome.adopt(Plan(((Step("create", "ben", NEW),),), second, second))
    assert outcome.before.forwards == {"ann": (OLD,), "ben": (OLD,), "carl": ()}
    assert outcome.listed == {"ann", "ben"}
    assert outcome.diff()["before"] == [
        "user ann",
        "ann: 443/tcp -> 8443 (HTTPS)",
        "user ben",
        "ben: 443/tcp -> 8443 (HTTPS)",
    ]
