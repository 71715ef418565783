# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user whose key is revoked is replaced, and its port forwards are kept."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import DeclarationError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import (
    make_plan,
    names_to_list,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.validation import (
    validate,
)

from .converging import converged, lost
from .model_portal import Holder, ModelPortal

OLD, OTHER = (base64.b64encode(bytes([n] * 32)).decode() for n in (1, 2))


def rule(port: int, internal: int = 1, protocol: str = "tcp", comment: str = "c") -> PortForward:
    return PortForward(None, port, internal, protocol, comment)


def revoked(*forwards: DesiredForward, **options: Any) -> Desired:
    """``ann`` shall not have the old key; without forwards, her rules are not declared."""
    user = DesiredUser("ann", True, forwards or None, frozenset({OLD, OTHER}))
    return Desired((user,), **options)


def keyed(portal: ModelPortal, key: str = OLD) -> Current:
    return portal.observed().with_public_key("ann", key)


def steps(desired: Desired, portal: ModelPortal, key: str = OLD) -> list[str]:
    return [
        f"{step.action} {step.name}" + (f" {step.rule.text()}" if step.rule else "")
        for step in make_plan(desired, keyed(portal, key)).steps
    ]


def held(*rules: PortForward, **more: list[PortForward]) -> ModelPortal:
    return ModelPortal.holding({"ann": list(rules), **more})


def test_the_user_is_made_anew_with_what_it_had() -> None:
    portal = held(rule(80, 1, "both"), rule(81, 2, "udp", ""))
    assert steps(revoked(), portal) == [
        "delete ann",
        "create ann",
        "create ann 80/both -> 1 (c)",
        "create ann 81/udp -> 2",
    ]


def test_another_key_is_nobodys_business() -> None:
    unknown = base64.b64encode(bytes(32)).decode()
    assert steps(revoked(), held(rule(80)), unknown) == []


def test_it_is_one_group_and_no_deletion_that_the_guard_counts() -> None:
    portal = held(rule(80), ben=[])
    plan = make_plan(revoked(purge_users=True, max_deletions=1), keyed(portal))
    assert [len(group) for group in plan.groups] == [1, 3]
    assert [step.name for step in plan.steps] == ["ben", "ann", "ann", "ann"]


def test_of_purged_forwards_the_declared_ones_alone_come_back() -> None:
    portal = held(rule(80), rule(81), rule(82, 5, "both"))
    wanted = (DesiredForward(80, 1), DesiredForward(82, 5, "tcp"))
    assert steps(revoked(*wanted, purge_port_forwards=True), portal) == [
        "delete ann",
        "create ann",
        "create ann 80/tcp -> 1 (c)",
        "create ann 82/tcp -> 5 (c)",
    ]


def test_what_is_declared_otherwise_comes_back_as_declared() -> None:
    """Another internal port, with the comment that is kept; one that is to be gone; one that moves."""
    portal = held(rule(80), rule(81), rule(82), ben=[])
    ann = DesiredUser(
        "ann",
        True,
        (DesiredForward(80, 9), DesiredForward(81, None, present=False)),
        frozenset({OLD}),
    )
    ben = DesiredUser("ben", True, (DesiredForward(82, 3),))
    assert steps(Desired((ann, ben)), portal) == [
        "delete ann",
        "create ann",
        "create ann 80/tcp -> 9 (c)",
        "create ben 82/tcp -> 3",
    ]


def test_without_a_purge_the_undeclared_ones_come_back_too() -> None:
    portal = held(rule(80), rule(81, 2, "both", "d"))
    assert steps(revoked(DesiredForward(80, 1)), portal) == [
        "delete ann",
        "create ann",
        "create ann 80/tcp -> 1 (c)",
        "create ann 81/both -> 2 (d)",
    ]


def test_half_of_a_rule_may_be_declared_gone_or_otherwise() -> None:
    """Of a `both`: udp is to be gone; of another, tcp gets a comment of its own."""
    portal = held(rule(80, 1, "both"), rule(81, 1, "both"))
    wanted = (
        DesiredForward(80, None, "tcp", present=False),
        DesiredForward(81, 1, "udp", "new"),
    )
    assert steps(revoked(*wanted), portal) == [
        "delete ann",
        "create ann",
        "create ann 80/udp -> 1 (c)",
        "create ann 81/tcp -> 1 (c)",
        "create ann 81/udp -> 1 (new)",
    ]


@pytest.mark.parametrize(
    ("forward", "any_comment"),
    [(DesiredForward(80, 1), True), (DesiredForward(80, 1, "tcp", "c"), False), (None, False)],
)
def test_any_comment_will_do_only_where_none_is_declared(
    forward: DesiredForward | None, any_comment: bool
) -> None:
    desired = revoked(*([forward] if forward else []))
    (step,) = [step for step in make_plan(desired, keyed(held(rule(80)))).steps if step.rule]
    assert step.any_comment is any_comment


def test_one_whose_rules_were_not_seen_is_replaced_all_the_same() -> None:
    current = held().observed([]).with_public_key("ann", OLD)
    assert [step.action for step in make_plan(revoked(), current).steps] == ["delete", "create"]


@pytest.mark.parametrize("length", [31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    key = base64.b64encode(bytes(length)).decode()
    with pytest.raises(DeclarationError, match="not a WireGuard public key"):
        validate(Desired((DesiredUser("ann", True, None, frozenset({key})),)))
    assert validate(revoked()) == revoked()


def test_whose_key_is_none_is_said() -> None:
    name = "a" * 90
    with pytest.raises(DeclarationError) as caught:
        validate(Desired((DesiredUser(name, True, None, frozenset({"x"})),)))
    shown = "a" * 80 + "..."
    assert caught.value.problems[-1] == (
        f"user {shown!r}: one of revoked_public_keys is not a WireGuard public key (base64 of 32 bytes)"
    )


def test_the_rules_of_who_is_replaced_have_to_be_seen() -> None:
    portal = held(rule(80))
    assert names_to_list(revoked(), keyed(portal)) == ["ann"]
    assert names_to_list(revoked(), portal.observed()) == []


@pytest.mark.parametrize("key", ["x", OLD[:-1], OLD[:-2] + "Z=", f"{OLD}\n", "ä" * 44])
def test_what_is_no_public_key_is_refused(key: str) -> None:
    with pytest.raises(DeclarationError, match="not a WireGuard public key") as caught:
        validate(Desired((DesiredUser("ann", True, None, frozenset({key})),)))
    assert key not in str(caught.value)


ports = st.dictionaries(st.integers(80, 85), st.sampled_from(["tcp", "udp", "both"]), max_size=4)


def run(portal: ModelPortal, desired: Desired) -> Any:
    """Converge, as if E5 had told the old key as long as the user is the old one."""
    first = portal._id("ann")
    user = portal.user

    def told(user_id: int) -> Any:
        found, secrets = user(user_id)
        key = OLD if user_id == first else base64.b64encode(user_id.to_bytes(32, "big")).decode()
        assert secrets.keys is not None
        return found, type(secrets)(secrets.config, {**secrets.keys, "client_public_key": key})

    portal.user = told  # type: ignore[method-assign]
    return converged(desired, portal, current=keyed(portal))


@settings(max_examples=150)
@given(ports, st.booleans())
def test_every_port_forward_that_stood_is_kept(there: dict[int, str], terse: bool) -> None:
    portal = held(*(rule(port, 1, protocol) for port, protocol in there.items()))
    portal.terse = terse
    before = portal.state()
    outcome = run(portal, revoked())
    assert outcome.error is None
    assert portal.state() == before
    assert portal.writes_sent == 2 + len(there)
    again = make_plan(revoked(), outcome.after)
    assert again.steps == []


@settings(max_examples=300)
@given(ports.filter(bool), st.integers(0, 6), st.sampled_from(["rejected", "ended", "interrupt"]))
def test_what_could_not_be_created_again_is_told(
    there: dict[int, str], number: int, fault: str
) -> None:
    portal = held(*(rule(port, 1, protocol) for port, protocol in there.items()))
    before = portal.state().slots
    portal.write_faults = {number: fault, number + 1: fault}
    outcome = run(portal, revoked())
    after = portal.state()
    told = lost(outcome)
    for slot, holder in before.items():
        assert after.slots.get(slot) == holder or (slot, holder) in told
    if "ann" not in after.users:
        assert "USER 'ann' WAS DELETED TO GIVE IT NEW KEYS AND COULD NOT BE CREATED AGAIN" in str(
            outcome.error
        )
    assert all(isinstance(holder, Holder) for _slot, holder in told)
