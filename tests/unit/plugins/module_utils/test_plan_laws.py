# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner's laws, on declarations and servers that get in each other's way."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.applier import Applier
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.step_log import StepLog
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import ConflictError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import Desired
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import (
    Plan,
    Step,
    make_plan,
    names_to_list,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.validation import (
    validate,
)

from .memory_folder import journal
from .model_portal import SERVER, ModelPortal, State
from .satisfied import (
    declared_slots,
    entries,
    is_refused_as_conflict,
    removed_users,
    slots_of,
    unsatisfied,
    wanted,
)
from .strategies import declarations, examples, hypothesis, servers

assume, given = hypothesis.assume, hypothesis.given


@dataclass
class Case:
    """A declaration, the server it meets, and the plan made of the two."""

    declaration: Desired
    portal: ModelPortal
    before: State
    plan: Plan


def run(one: Case) -> State:
    """Run the plan on the portal that it was made for."""
    step_log = StepLog()
    step_log.plan(one.plan.steps)
    portal: Any = one.portal
    Applier(portal, SERVER.id, one.declaration, step_log, journal(), []).apply(one.plan)
    return one.portal.state()


def rules_of(state: Current) -> dict[str, Counter[tuple[Any, ...]]]:
    return {name: Counter(map(texts, rules)) for name, rules in state.forwards.items()}


def texts(rule: PortForward) -> tuple[Any, ...]:
    return tuple(rule.definition().values())


def forwards(steps: list[Step], action: str) -> list[tuple[str, PortForward]]:
    return [(s.name, s.rule) for s in steps if s.action == action and s.rule]


def slots(rule: PortForward) -> list[tuple[int, str]]:
    return [(rule.external_port, protocol) for protocol in sorted(rule.protocols)]


def applied_to_what_was_seen_the_plan_gives_what_is_declared(one: Case) -> None:
    assert unsatisfied(one.declaration, one.before, run(one)) == []


def a_second_plan_is_empty(one: Case) -> None:
    assert make_plan(one.declaration, one.plan.after).steps == []
    run(one)
    assert make_plan(one.declaration, one.portal.observed()).steps == []
    seen = one.portal.observed()
    narrow = one.portal.observed(names_to_list(one.declaration, seen))
    assert make_plan(one.declaration, narrow).steps == []


def a_rule_is_deleted_only_where_a_protocol_of_it_has_to_change_or_go(one: Case) -> None:
    goal = wanted(one.declaration, one.before)
    for _name, rule in forwards(one.plan.steps, "delete"):
        changing = [s for s in slots(rule) if goal.slots.get(s) != one.before.slots[s]]
        assert changing


def each_deletion_and_creation_happens_once(one: Case) -> None:
    deleted = Counter(rule.id for _name, rule in forwards(one.plan.steps, "delete"))
    created = Counter(s for _n, rule in forwards(one.plan.steps, "create") for s in slots(rule))
    users = Counter(step.name for step in one.plan.steps if step.rule is None)
    assert {1} >= {*deleted.values(), *created.values(), *users.values()}


def users_are_created_and_deleted_only_as_declared_or_purged(one: Case) -> None:
    steps = [step for step in one.plan.steps if step.rule is None]
    present = {user.client_name for user in one.declaration.users if user.present}
    assert {s.name for s in steps if s.action == "create"} == present - one.before.users
    assert {s.name for s in steps if s.action == "delete"} == removed_users(
        one.declaration, one.before
    )


def no_more_rules_are_created_than_needed(one: Case) -> None:
    """A rule for a slot that is missing, changing, or carried by a `both` that has to be split.

    tcp and udp that lead to the same place are one rule, unless two entries declare them.
    """
    goal = wanted(one.declaration, one.before)
    split = {slot for _name, rule in forwards(one.plan.steps, "delete") for slot in slots(rule)}
    made: dict[int, list[tuple[str, PortForward]]] = {}
    for name, rule in forwards(one.plan.steps, "create"):
        made.setdefault(rule.external_port, []).append((name, rule))
        for slot in slots(rule):
            assert slot in split or goal.slots[slot] != one.before.slots.get(slot)
    for port, created in made.items():
        if len(created) > 1:
            tcp, udp = goal.slots[port, "tcp"], goal.slots[port, "udp"]
            by_entry = [set(slots_of(f)) for _n, f in entries(one.declaration) if f.present]
            assert (
                tcp != udp
                or len([s for s in by_entry if (port, "tcp") in s or (port, "udp") in s]) > 1
            )


def no_step_meets_a_conflict(one: Case) -> None:
    run(one)
    assert one.portal.conflicts == []
    assert {method for method, _path in one.portal.calls} <= {"POST", "DELETE"}
    assert one.portal.requests_sent == len(one.plan.steps)


def nothing_undeclared_is_touched(one: Case) -> None:
    """Stated apart from the goal: what nobody declared, and no purge is about, keeps its rules."""
    listed = {u.client_name for u in one.declaration.users if u.port_forwards is not None}
    declared = {u.client_name for u in one.declaration.users}
    mentioned = {(n, slot) for n, f in entries(one.declaration) for slot in slots_of(f)}
    taken = declared_slots(one.declaration)
    before_rules = one.portal.observed()
    after = run(one)
    for slot, holder in one.before.slots.items():
        if slot in taken or (holder.name, slot) in mentioned:
            continue
        if holder.name in removed_users(one.declaration, one.before):
            assert holder.name in declared or one.declaration.purge_users
        elif holder.name not in listed or not one.declaration.purge_port_forwards:
            assert after.slots.get(slot) == holder
    for name in one.before.users - declared:
        assert name in after.users or one.declaration.purge_users
    # A user that is not spoken of keeps its very rules, ids and all, where nobody takes a port.
    for name, rules in before_rules.forwards.items():
        if name not in listed and name in after.users:
            untouched = {rule.id for rule in rules if not set(slots(rule)) & taken}
            assert untouched <= {rule.id for rule in one.portal.observed().forwards[name]}


def a_protocol_is_interrupted_for_the_other_only_by_a_split(one: Case) -> None:
    goal = wanted(one.declaration, one.before)
    for _name, rule in forwards(one.plan.steps, "delete"):
        steady = [s for s in slots(rule) if goal.slots.get(s) == one.before.slots[s]]
        assert not steady or rule.protocol == "both"
        for slot in steady:
            # What is only restored comes back before anything else is created on the port.
            group = next(g for g in one.plan.groups if any(s.rule is rule for s in g))
            creations = [s for s in group if s.action == "create"]
            assert creations[0].rule is not None
            assert slot in slots(creations[0].rule)


def the_plan_predicts_what_the_applier_produces(one: Case) -> None:
    run(one)
    seen = one.portal.observed()
    assert rules_of(one.plan.after) == rules_of(seen)
    assert set(one.plan.after.users) == set(seen.users)


def a_step_belongs_to_one_port_and_deletions_come_first(one: Case) -> None:
    """What the applier relies on when it puts a group back."""
    for group in one.plan.groups:
        assert len({step.rule and step.rule.external_port for step in group}) == 1
        actions = [step.action for step in group]
        assert actions == sorted(actions, key=["delete", "create"].index)


LAWS = (
    applied_to_what_was_seen_the_plan_gives_what_is_declared,
    a_second_plan_is_empty,
    a_rule_is_deleted_only_where_a_protocol_of_it_has_to_change_or_go,
    each_deletion_and_creation_happens_once,
    users_are_created_and_deleted_only_as_declared_or_purged,
    no_more_rules_are_created_than_needed,
    no_step_meets_a_conflict,
    nothing_undeclared_is_touched,
    a_protocol_is_interrupted_for_the_other_only_by_a_split,
    the_plan_predicts_what_the_applier_produces,
    a_step_belongs_to_one_port_and_deletions_come_first,
)


@given(declarations(), servers())
@examples(800)
def test_the_laws(declaration: Desired, portal: ModelPortal) -> None:
    """All laws on each case: to make one up takes longer than to judge it."""
    before = portal.state()
    # Everything is seen here; what the declaration may not touch has a law of its own.
    assume(not is_refused_as_conflict(declaration, before))
    made = make_plan(declaration, portal.observed())
    for law in LAWS:
        law(Case(declaration, portal.copy(), before, made))


@given(declarations(), servers())
@examples(300)
def test_what_the_declaration_may_not_touch_is_refused_and_nothing_else(
    declaration: Desired, portal: ModelPortal
) -> None:
    refused = is_refused_as_conflict(declaration, portal.state())
    with pytest.raises(ConflictError) if refused else contextlib.nullcontext() as caught:
        make_plan(declaration, portal.observed())
    assert not refused or caught.value.details["conflicts"]


@given(declarations())
@examples(200)
def test_what_does_not_contradict_itself_is_accepted(declaration: Desired) -> None:
    assert validate(declaration) is declaration
