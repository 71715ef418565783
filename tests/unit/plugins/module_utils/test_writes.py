# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single writes end in a known state, whatever happens to the request."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying import writes
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ConflictError,
    ContendedError,
    NotReachedError,
    OtherMadeError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    User,
)

from .model_portal import SERVER, ModelPortal

TCP = PortForward(None, 80, 1, "tcp", "c")


def model(**options: Any) -> Any:
    portal = ModelPortal.holding({"ann": [TCP], "ben": []})
    return portal.copy(**options)


def methods(portal: ModelPortal) -> list[str]:
    return [method for method, _path in portal.calls]


ANN, BEN = 101, 103


def test_a_user_is_created() -> None:
    portal = model()
    user, secrets = writes.create_user(portal, SERVER.id, "cay")
    assert (user.client_name, bool(secrets.config), methods(portal)) == ("cay", True, ["POST"])


def test_a_user_of_whom_the_answer_tells_only_secrets_has_no_id_yet() -> None:
    portal = model(terse=True)
    user, secrets = writes.create_user(portal, SERVER.id, "cay")
    assert (user.id, user.client_name) == (None, "cay")
    assert secrets.config
    assert methods(portal) == ["POST"]


def test_a_user_made_under_another_name_is_no_success() -> None:
    portal = model()
    create_user = portal.create_user
    portal.create_user = lambda server_id, name: create_user(server_id, name.lower())
    with pytest.raises(OtherMadeError, match="made a user 'cay' where 'Cay' was asked for"):
        writes.create_user(portal, SERVER.id, "Cay")


def test_a_creation_that_went_through_unheard_is_adopted() -> None:
    portal = model(write_faults={0: "after"})
    user, secrets = writes.create_user(portal, SERVER.id, "cay")
    assert user.client_name == "cay"
    assert secrets.config is None
    assert methods(portal) == ["POST", "GET"]


def test_a_creation_that_did_not_go_through_is_sent_again() -> None:
    portal = model(write_faults={0: "ended", 1: "ended"})
    writes.create_user(portal, SERVER.id, "cay")
    # Each time a look, another one for a listing that lags, and after all one for a second user.
    assert methods(portal) == [*["POST", "GET", "GET"] * 2, "POST", "GET"]
    assert portal.state().users == {"ann", "ben", "cay"}


def test_one_that_may_still_run_is_waited_for_and_sent_once_more() -> None:
    portal = model(write_faults={0: "before"})
    writes.create_user(portal, SERVER.id, "cay")
    sent = methods(portal)
    assert sent.count("POST") == 2
    assert sent[0] == "POST"
    assert sent[-2:] == ["POST", "GET"]
    assert portal.waited == pytest.approx(writes.USER_RUNS[0], abs=1)


@pytest.mark.parametrize("look", range(1, 8))
def test_one_that_is_carried_out_later_is_adopted(look: int) -> None:
    """A gateway gave up, and the portal goes on: the user appears before the look of this number."""
    portal = model(write_faults={0: "before"}, meanwhile={look: [lambda it: it.add_user("cay")]})
    assert writes.create_user(portal, SERVER.id, "cay")[0].client_name == "cay"
    assert methods(portal) == ["POST", *["GET"] * look]


def test_two_of_a_name_are_told_and_none_is_removed() -> None:
    portal = model(write_faults={0: "before"})
    users = portal.users
    twins = [User(7, "cay"), User(8, "cay")]
    portal.users = lambda server: users(server) + (twins if portal.writes_sent > 1 else [])
    with pytest.raises(
        ConflictError, match="lists 3 users 'cay', with the ids 104, 7, 8"
    ) as caught:
        writes.create_user(portal, SERVER.id, "cay")
    assert "None was removed" in str(caught.value)
    assert "DELETE" not in methods(portal)


def test_with_some_time_to_see_it_is_sent_once_more_when_that_is_over() -> None:
    portal = model(write_faults={0: "before"}, patience=writes.USER_RUNS[1])
    writes.create_user(portal, SERVER.id, "cay")
    assert methods(portal).count("POST") == 2
    assert portal.waited == writes.USER_RUNS[1]


def test_without_time_to_see_it_is_not_sent_again() -> None:
    portal = model(write_faults={0: "before"}, patience=writes.USER_RUNS[1] - 0.1)
    with pytest.raises(OutcomeUnknownError, match="It was not sent again"):
        writes.create_user(portal, SERVER.id, "cay")
    assert methods(portal).count("POST") == 1


@pytest.mark.parametrize(("fault", "most"), [("before", 2), ("ended", 5)])
def test_it_is_not_sent_for_ever(fault: str, most: int) -> None:
    portal = model(write_faults=dict.fromkeys(range(99), fault))
    with pytest.raises(OutcomeUnknownError, match=f"given up after {most} attempts"):
        writes.create_user(portal, SERVER.id, "cay")
    assert methods(portal).count("POST") == most


def test_without_a_look_it_is_not_sent_again() -> None:
    portal = model(write_faults={0: "before"}, faults={1: "not_reached"})
    with pytest.raises(OutcomeUnknownError, match="looking whether it happened failed too"):
        writes.create_user(portal, SERVER.id, "cay")
    assert methods(portal) == ["POST", "GET"]


def test_somebody_was_faster_with_the_very_same_user() -> None:
    portal = model(meanwhile={0: [lambda server: server.add_user("cay")]})
    assert writes.create_user(portal, SERVER.id, "cay")[0].client_name == "cay"


def test_a_name_that_stands_elsewhere_is_contended() -> None:
    portal = model()
    portal.others = {9: [User(7, "cay")]}
    with pytest.raises(ContendedError) as caught:
        writes.create_user(portal, SERVER.id, "cay")
    assert caught.value.status == 409


@pytest.mark.parametrize("fault", ["rejected", "not_reached"])
def test_other_failures_are_not_looked_after(fault: str) -> None:
    portal = model(write_faults={0: fault})
    with pytest.raises((RejectedError, NotReachedError)):
        writes.create_user(portal, SERVER.id, "cay")
    assert methods(portal) == ["POST"]


def create(portal: Any, rule: PortForward, *, any_comment: bool = False) -> PortForward:
    return writes.create_port_forward(portal, ANN, rule, any_comment=any_comment)


def test_a_rule_of_which_the_answer_tells_nothing_has_no_id_yet() -> None:
    portal = model(terse=True)
    made = create(portal, PortForward(None, 443, 2, "both", "x"))
    assert made == PortForward(None, 443, 2, "both", "x")
    assert methods(portal) == ["POST"]


@pytest.mark.parametrize("options", [{}, {"write_faults": {0: "after"}}], ids=repr)
def test_a_rule_is_created_or_found(options: dict[str, Any]) -> None:
    portal = model(**options)
    made = create(portal, PortForward(None, 443, 2, "both", "x"))
    assert made.id in portal.rules
    assert made.definition() == PortForward(None, 443, 2, "both", "x").definition()


@pytest.mark.parametrize(
    ("wanted", "any_comment", "found"),
    [
        (TCP, False, True),
        (PortForward(None, 80, 1, "tcp", "other"), False, False),
        (PortForward(None, 80, 1, "tcp", "other"), True, True),
        (PortForward(None, 80, 2, "tcp", "c"), True, False),
        (PortForward(None, 80, 1, "both", "c"), True, False),
    ],
)
def test_a_conflict_is_settled_by_looking(
    wanted: PortForward, any_comment: bool, found: bool
) -> None:
    portal = model()
    if found:
        assert create(portal, wanted, any_comment=any_comment).id in portal.rules
    else:
        with pytest.raises(ContendedError):
            create(portal, wanted, any_comment=any_comment)
    assert methods(portal) == ["POST", "GET"]


def test_a_both_that_somebody_made_serves_a_tcp() -> None:
    portal = model()
    portal.add_rule("ann", PortForward(None, 443, 2, "both"))
    assert create(portal, PortForward(None, 443, 2, "tcp")).protocol == "both"


def first_rule(portal: ModelPortal) -> PortForward:
    return next(rule for _owner, rule in portal.rules.values())


@pytest.mark.parametrize("fault", ["after", None])
def test_a_rule_is_deleted(fault: str | None) -> None:
    portal = model(write_faults={0: fault} if fault else {})
    writes.delete_port_forward(portal, ANN, first_rule(portal))
    assert portal.state().slots == {}
    assert methods(portal) == (["DELETE", "GET"] if fault else ["DELETE"])


def test_what_somebody_else_deleted_is_gone() -> None:
    portal = model()
    rule, user = first_rule(portal), User(BEN, "ben")
    portal.remove_rule(80, "tcp")
    portal.remove_user("ben")
    writes.delete_port_forward(portal, ANN, rule)
    writes.delete_user(portal, SERVER.id, user)
    assert methods(portal) == ["DELETE", "GET", "DELETE", "GET"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_of_what_is_still_listed_is_one(status: int) -> None:
    portal = model()
    rule = first_rule(portal)

    def refuse(number: int) -> None:
        raise RejectedError("no", method="DELETE", path="/x", status=status)

    portal.delete_port_forward = portal.delete_user = refuse
    with pytest.raises(RejectedError):
        writes.delete_port_forward(portal, ANN, rule)
    with pytest.raises(RejectedError):
        writes.delete_user(portal, SERVER.id, User(ANN, "ann"))
    # The listing could lag behind: it is asked more than once before it is believed.
    assert methods(portal) == ["GET", "GET"] * (1 + len(writes.LAG))


def test_an_unheard_delete_that_did_not_happen_fails() -> None:
    portal = model(write_faults={0: "before"})
    with pytest.raises(OutcomeUnknownError):
        writes.delete_port_forward(portal, ANN, first_rule(portal))


def test_what_is_only_planned_needs_no_delete() -> None:
    portal = model()
    writes.delete_user(portal, SERVER.id, User(None, "x"))
    writes.delete_port_forward(portal, ANN, TCP)
    assert portal.calls == []
