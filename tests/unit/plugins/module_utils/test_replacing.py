# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a replacement would lose for good is refused, or said in full where that is allowed."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import GuardError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward, User
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.replacing import (
    given_up,
    refuse_lossy,
    replacements,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step

LONG = PortForward(7, 443, 8443, "tcp", "x" * 101)
FINE = PortForward(8, 80, 8080, "tcp", "HTTP")
CURRENT = Current(
    {"ann": User(1, "ann"), "ben": User(2, "ben")},
    {"ann": (LONG, FINE), "ben": (LONG,)},
    {"ann": "old", "ben": "fine"},
)


def desired(allow_loss: bool) -> Desired:
    users = (
        DesiredUser("ann", revoked_public_keys=frozenset({"old"})),
        DesiredUser("ben", revoked_public_keys=frozenset({"old"})),
        DesiredUser("not-there", revoked_public_keys=frozenset({"old"})),
    )
    return Desired(users, allow_loss=allow_loss)


def test_a_rule_that_could_not_be_created_again_is_refused() -> None:
    (group,) = replacements(desired(allow_loss=False), CURRENT)
    with pytest.raises(GuardError) as refused:
        refuse_lossy([group, (Step("create", "ben", LONG),)])
    said = str(refused.value)
    assert said.startswith(
        "nothing was changed, since the portal would not create this again: 443/tcp"
    )
    assert said.count("of user 'ann'") == 1
    assert "'ben'" not in said, "nothing is taken from him"
    assert "wg_rotate_keys with allow_loss" in said


def test_without_new_keys_it_has_another_remedy() -> None:
    group = (Step("delete", "ben", FINE), Step("create", "ben", LONG), Step("create", "ben", LONG))
    with pytest.raises(GuardError) as refused:
        refuse_lossy([group])
    said = str(refused.value)
    assert said.count("of user 'ben'") == 2
    assert "; 443/tcp" in said
    assert "declare a comment that is short enough" in said


def test_nothing_is_refused_that_can_be_created_again() -> None:
    refuse_lossy([(Step("delete", "ann", LONG), Step("create", "ann", FINE))])


def test_where_loss_is_allowed_it_is_said_in_full() -> None:
    assert list(given_up(desired(allow_loss=False), CURRENT)) == []
    (said,) = given_up(desired(allow_loss=True), CURRENT)
    assert said.startswith("LOST, as allow_loss is set and the portal would not create it again: ")
    for part in ("443/tcp -> 8443", "ann", "x" * 101):
        assert part in said
    (group,) = replacements(desired(allow_loss=True), CURRENT)
    refuse_lossy([group])
