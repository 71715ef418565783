# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a server before anything is planned: users, the keys of those with a revoked one, rules."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.loading import (
    current_of,
    load_current,
    load_public_keys,
    public_key_of,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    AnswerError,
    ConflictError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Secrets,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

from .model_portal import SERVER, ModelPortal, public_key

TWO = [User(1, "ann"), User(2, "ann"), User(3, "ben")]


@pytest.mark.parametrize(
    "desired",
    [
        None,
        Desired((DesiredUser("ann"),)),
        Desired((DesiredUser("ben"),), purge_users=True),
        Desired((DesiredUser("ben"),), purge_users=True, not_selected=frozenset({"carl"})),
    ],
)
def test_two_of_one_name_are_refused_where_it_matters_which(desired: Desired | None) -> None:
    with pytest.raises(ConflictError, match="ambiguous"):
        current_of(TWO, desired)


@pytest.mark.parametrize(
    "desired",
    [
        Desired((DesiredUser("ben"),)),
        Desired((DesiredUser("ben"),), purge_users=True, not_selected=frozenset({"ann"})),
    ],
)
def test_and_left_out_where_they_are_left_alone(desired: Desired) -> None:
    assert current_of(TWO, desired).users == {"ben": TWO[2]}


def test_the_keys_of_whom_one_was_revoked_and_of_no_other() -> None:
    portal: Any = ModelPortal.holding({"ann": [], "ben": [], "carl": []})
    revoked = frozenset({"a key"})
    desired = Desired(
        (
            DesiredUser("ann", revoked_public_keys=revoked),
            DesiredUser("ben"),
            DesiredUser("carl", present=False),
            DesiredUser("not-there", revoked_public_keys=revoked),
        )
    )
    seen = portal.observed()
    number = seen.users["ann"].id
    found = load_public_keys(portal, desired, seen)
    assert found.public_keys == {"ann": public_key(number)}
    assert portal.calls == [("GET", f"/users/{number}")]


@pytest.mark.parametrize("keys", [None, {}, {"client_public_key": ""}])
def test_an_answer_without_a_key(keys: dict[str, str] | None) -> None:
    class Keyless(ModelPortal):
        def user(self, user_id: int) -> tuple[User, Secrets]:
            return super().user(user_id)[0], Secrets("[Interface]", keys)

    portal: Any = Keyless.holding({"ann": []})
    user = portal.observed().users["ann"]
    with pytest.raises(AnswerError, match=f"GET /users/{user.id}: ") as refused:
        public_key_of(portal, user)
    error = refused.value.result()["error"]
    assert (error["method"], error["path"]) == ("GET", f"/users/{user.id}")


@pytest.mark.parametrize(
    ("options", "listed"), [({}, {"ann"}), ({"everyone": True}, {"ann", "ben"})]
)
def test_whose_rules_are_listed(options: dict[str, bool], listed: set[str]) -> None:
    rule = PortForward(None, 80, 80, "tcp", "")
    portal: Any = ModelPortal.holding({"ann": [], "ben": [rule]})
    desired = Desired((DesiredUser("ann", port_forwards=(DesiredForward(443, 1),)),))
    found = load_current(portal, SERVER.id, desired, portal.users(SERVER.id), **options)
    assert set(found.forwards) == listed
