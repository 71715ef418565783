# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs by example: failures half-way, competitors, names and ports that are taken."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.converge import (
    MAX_ROUNDS,
    Outcome,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward, User
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    DesiredForward as Want,
)

from .converging import converged
from .model_portal import Act, Holder, ModelPortal

pytestmark = pytest.mark.usefixtures("in_turn")


def rule(external: int, internal: int, protocol: str = "tcp", comment: str = "") -> PortForward:
    return PortForward(None, external, internal, protocol, comment)


def wants(name: str, *forwards: Want, **options: Any) -> Desired:
    return Desired((DesiredUser(name, True, forwards),), **options)


def model(held: dict[str, Iterable[PortForward]], **options: Any) -> ModelPortal:
    return ModelPortal.holding(held).copy(**options)


def adds(name: str, made: PortForward) -> list[Act]:
    return [lambda portal: void(portal.add_rule(name, made))]


def void(_value: object) -> None:
    """For what is called for its effect."""


def story(outcome: Outcome) -> list[tuple[str, str, bool]]:
    return [(e["what"], e["status"], e["put_back"]) for e in outcome.step_log.result()]


def test_a_replacement_that_fails_is_put_back() -> None:
    portal = model({"ann": [rule(80, 1, "tcp", "c")]}, write_faults={1: "rejected"})
    outcome = converged(wants("ann", Want(80, 2)), portal)
    assert portal.state().slots == {(80, "tcp"): Holder("ann", 1, "c")}
    assert story(outcome) == [
        ("80/tcp -> 1 (c)", "done", True),
        ("80/tcp -> 2 (c)", "failed", False),
    ]
    assert "the old rule 80/tcp -> 1 (c) of user 'ann' was put back" in str(outcome.error)
    assert outcome.error
    assert "lost_port_forwards" not in outcome.error.result()
    assert outcome.step_log.summary()["port_forwards_deleted"] == 0


def test_what_cannot_be_put_back_is_told_whole() -> None:
    portal = model(
        {"ann": [rule(80, 1, "tcp", "c")]}, write_faults={1: "rejected", 2: "not_reached"}
    )
    outcome = converged(wants("ann", Want(80, 2)), portal)
    assert outcome.error
    assert "IS LOST" in str(outcome.error)
    result = outcome.error.result()
    assert result["lost_port_forwards"] == [
        {
            "user": "ann",
            "external_port": 80,
            "internal_port": 1,
            "protocol": "tcp",
            "comment": "c",
        }
    ]
    assert result["error"]["status"] == 422
    json.dumps(result)


def test_what_was_declared_gone_stays_gone() -> None:
    """Of a split, only what was to be there again is put back."""
    portal = model({"ann": [rule(80, 1, "both")]}, write_faults={1: "rejected"})
    converged(wants("ann", Want(80, 2), purge_port_forwards=True), portal)
    assert portal.state().slots == {(80, "tcp"): Holder("ann", 1, "")}


@pytest.mark.parametrize("fault", ["interrupt", "interrupt_after"])
def test_a_cancelled_job_puts_back(fault: str) -> None:
    portal = model({"ann": [rule(80, 1)]}, write_faults={0: fault})
    outcome = converged(wants("ann", Want(80, 2)), portal)
    assert "interrupted by InterruptedHereError" in str(outcome.error)
    assert portal.state().slots == {(80, "tcp"): Holder("ann", 1, "")}


def test_later_steps_are_not_run() -> None:
    portal = model({"ann": []}, write_faults={1: "rejected"})
    outcome = converged(wants("ann", Want(80, 1), Want(81, 1), Want(82, 1)), portal)
    assert [status for _what, status, _back in story(outcome)] == ["done", "failed", "not_run"]
    assert outcome.step_log.changed
    assert outcome.step_log.summary()["port_forwards_created"] == 1


def test_a_port_that_another_user_holds_is_told() -> None:
    portal = model({"ann": [], "ben": [rule(80, 7, "both", "b")]})
    outcome = converged(wants("ann", Want(80, 1)), portal)
    assert "user 'ben' holds it (80/both -> 7 (b))" in str(outcome.error)
    assert not outcome.step_log.changed


def test_takeover_moves_it() -> None:
    portal = model({"ann": [], "ben": [rule(80, 7, "tcp", "b")]})
    outcome = converged(wants("ann", Want(80, 1), takeover=True), portal)
    assert outcome.error is None
    assert portal.state().slots == {(80, "tcp"): Holder("ann", 1, "b")}
    assert outcome.diff()["before"] == ["user ann", "user ben", "ben: 80/tcp -> 7 (b)"]


def test_what_a_deletion_ends_is_looked_at_first() -> None:
    portal = model({"ann": [rule(80, 7)], "ben": [rule(81, 7)]})
    outcome = converged(Desired((DesiredUser("ann", False),)), portal)
    assert outcome.diff() == {"before": ["user ann", "ann: 80/tcp -> 7"], "after": []}
    assert outcome.before.forwards.keys() == {"ann"}


def test_what_cannot_be_looked_at_does_not_keep_a_user() -> None:
    portal = model({"ann": [rule(80, 7)]}, faults={0: "rejected"})
    outcome = converged(Desired((DesiredUser("ann", False),)), portal)
    assert outcome.error is None
    assert outcome.diff() == {"before": ["user ann", "ann: its port forwards"], "after": []}
    assert portal.state().slots == {}


@pytest.mark.parametrize("room", [True, False])
def test_a_look_at_what_ends_takes_no_room_from_the_deletion(room: bool) -> None:
    portal = model({"ann": [rule(80, 7)]}, room=room)
    outcome = converged(Desired((DesiredUser("ann", False),)), portal)
    assert outcome.error is None
    assert [method for method, _path in portal.calls] == ["GET"] * room + ["DELETE"]


def test_a_moved_port_goes_back_on_failure() -> None:
    portal = model({"ann": [], "ben": [rule(80, 7)]}, write_faults={1: "rejected"})
    outcome = converged(wants("ann", Want(80, 1), takeover=True), portal)
    assert outcome.error
    assert portal.state().slots == {(80, "tcp"): Holder("ben", 7, "")}


def test_a_competitor_who_never_rests_ends_the_run() -> None:
    """Somebody takes the port again each time it is free."""
    taking: dict[int, list[Act]] = {
        number: adds("ben", rule(80, 100 + number)) for number in range(60)
    }
    portal = model({"ann": [], "ben": [rule(80, 7)]}, meanwhile=taking)
    outcome = converged(wants("ann", Want(80, 1), takeover=True), portal)
    assert outcome.error
    assert portal.requests_sent < 12 * MAX_ROUNDS


def test_a_name_on_another_server_is_told() -> None:
    portal = model({"ann": []})
    portal.others = {9: [User(7, "cay")]}
    outcome = converged(Desired((DesiredUser("cay"),)), portal)
    assert "is held by a user of server 9" in str(outcome.error)


def test_names_that_differ_in_case_are_warned_of() -> None:
    outcome = converged(Desired((DesiredUser("Ann"),)), model({"ann": []}), check_mode=True)
    (warning,) = outcome.warnings
    assert "'ann' differs from it in case only" in warning


def test_a_user_result_holds_secrets_only_where_they_are_given() -> None:
    portal = model({})
    outcome = converged(wants("ann", Want(443, 2), Want(80, 1)), portal)
    shown = outcome.user_result("ann")
    assert [r["external_port"] for r in shown["port_forwards"]] == [80, 443]
    assert "config" not in shown
    assert outcome.user_result("ann", outcome.secrets["ann"])["config"]


# -- Shrunk examples of the laws ---------------------------------------------------------------


def test_a_split_whose_other_half_was_snatched_is_told() -> None:
    """It once succeeded, with udp lost without a word: the next round had forgotten it."""
    portal = model(
        {"ann": [rule(80, 1, "both", "c")], "ben": []},
        meanwhile={1: adds("ben", rule(80, 5, "udp"))},
    )
    outcome = converged(wants("ann", Want(80, 2)), portal)
    assert outcome.error
    (lost,) = outcome.error.result()["lost_port_forwards"]
    assert (lost["user"], lost["external_port"], lost["protocol"]) == ("ann", 80, "udp")
    assert portal.state().slots[80, "tcp"].name == "ann"


def test_of_a_both_the_half_that_is_still_free_is_put_back() -> None:
    """It once was put back whole or not at all."""
    portal = model(
        {"ann": [rule(80, 1, "both", "c")], "ben": []},
        meanwhile={1: adds("ben", rule(80, 5, "udp"))},
    )
    outcome = converged(wants("ann", Want(80, 2, "both")), portal)
    assert outcome.error
    assert portal.state().slots == {
        (80, "tcp"): Holder("ann", 1, "c"),
        (80, "udp"): Holder("ben", 5, ""),
    }
    (lost,) = outcome.error.result()["lost_port_forwards"]
    assert lost["protocol"] == "udp"


def test_a_loss_of_an_earlier_round_is_told_with_a_later_failure() -> None:
    """Round one loses ann's rule to ben; round two cannot take it from him."""
    portal = model({"ann": [rule(80, 1)], "ben": []}, meanwhile={2: adds("ben", rule(80, 5))})
    # Writes: delete, create (409), put back (409); then the second round's delete.
    portal.write_faults = {3: "rejected"}
    outcome = converged(wants("ann", Want(80, 2), takeover=True), portal)
    assert outcome.error
    (lost,) = outcome.error.result()["lost_port_forwards"]
    assert (lost["user"], lost["internal_port"]) == ("ann", 1)
    assert "LOST IN AN EARLIER ATTEMPT: 80/tcp -> 1 of user 'ann'" in str(outcome.error)


def test_check_mode_shows_no_rules_that_a_run_would_not_look_at() -> None:
    """It once showed those of everybody, having looked for who holds the port."""
    held: dict[str, Iterable[PortForward]] = {"ann": [], "cay": [rule(443, 1)]}
    declaration = Desired((DesiredUser("ann", True, (Want(80, 1),)), DesiredUser("cay")))
    predicted = converged(declaration, model(held), check_mode=True)
    outcome = converged(declaration, model(held))
    assert predicted.diff() == outcome.diff()
    assert predicted.user_result("cay")["port_forwards"] is None


def test_what_terse_answers_do_not_tell_is_listed_once_for_all() -> None:
    """E3 and E8 publish no id in their answers, and results are to have it all the same."""
    portal = model({}, terse=True)
    wanted = [
        DesiredUser(name, True, (Want(port, 1),)) for name, port in (("ann", 80), ("ben", 81))
    ]
    outcome = converged(Desired(tuple(wanted)), portal)
    assert outcome.error is None
    assert {user.id for user in outcome.after.users.values()} == set(portal.users_by_id)
    made = {rule.id for rules in outcome.after.forwards.values() for rule in rules}
    assert made == set(portal.rules)
    listings = [path for method, path in portal.calls if method == "GET"]
    rules = [f"/users/{user_id}/port-forwards" for user_id in portal.users_by_id]
    assert listings == ["/servers/5/users", *rules]


def test_a_job_that_is_cancelled_while_it_puts_back_goes_on_with_it() -> None:
    """It once left the rule lost, and said that there was nothing to put back."""
    for fault in ("interrupt", "interrupt_after"):
        portal = model({"ann": [rule(80, 1)]}, write_faults={1: "rejected", 2: fault})
        outcome = converged(wants("ann", Want(80, 2)), portal)
        assert outcome.error
        assert "was put back" in str(outcome.error)
        assert portal.state().slots == {(80, "tcp"): Holder("ann", 1, "")}


def test_a_user_that_was_created_and_is_gone_again() -> None:
    """The answer told no id, and the listing that was to tell it does not know the user."""
    gone: list[Act] = [lambda portal: portal.remove_user("ann")]
    portal = model({}, terse=True, meanwhile={1: gone})
    outcome = converged(wants("ann", Want(80, 1)), portal)
    assert outcome.error
    assert "user 'ann' was created, but the server does not list it" in str(outcome.error)
    assert converged(wants("ann", Want(80, 1)), portal.copy()).error is None


def test_a_name_that_is_taken_and_that_no_server_lists() -> None:
    portal: Any = model({})

    def conflict(server_id: int, client_name: str) -> None:
        raise portal._conflict("POST", f"/servers/{server_id}/users/{client_name}")

    portal.create_user = conflict
    outcome = converged(wants("ann"), portal)
    assert outcome.error
    assert "no server of the account lists a user 'ann'" in str(outcome.error)
