# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The laws of tests/unit once more, a sample of them: whole modules, over HTTP, on the simulator.

The declarations, the servers and the judgement are those of the unit tests; what is judged is what
the portal holds in the end and what the modules said of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import parallel
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import (
    make_plan,
    names_ending,
    names_to_list,
)
from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.world import fill
from tests.unit.plugins.module_utils.converging import reported_lost
from tests.unit.plugins.module_utils.model_portal import Holder, ModelPortal, State
from tests.unit.plugins.module_utils.satisfied import (
    is_refused_as_conflict,
    lost_unsaid,
    unsatisfied,
    wanted,
)
from tests.unit.plugins.module_utils.strategies import (
    declarations,
    doings,
    examples,
    hypothesis,
    servers,
    single_declarations,
    st,
)

pytestmark = pytest.mark.once

assume, given = hypothesis.assume, hypothesis.given

REFUSED = {"kind": "status", "status": 422}
ANSWERS = (
    # A refusal in the middle has what was removed put back.
    *(REFUSED, REFUSED, REFUSED),
    {"kind": "reset"},
    {"kind": "reset", "when": "after"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 504, "when": "after"},
    {"kind": "garbage", "when": "after"},
    {"kind": "truncated", "when": "after"},
    {"kind": "rate_limited", "retry_after": 0},
)


troubles = st.fixed_dictionaries(
    {"what": st.sampled_from(ANSWERS), "times": st.sampled_from((1, 1, 2, None))}
)
"""What goes wrong with a request, and how often in a row."""


@pytest.fixture(autouse=True)
def in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """One listing after the other, so that a failing example fails again."""
    monkeypatch.setattr(parallel, "PARALLEL", 1)


@given(declarations(), servers())
@examples(150)
def test_a_declared_server(
    module: Modules, simulator: Simulator, declaration: Desired, portal: ModelPortal
) -> None:
    declaration = replace(declaration, takeover=False)  # wg_server does not have it
    seen = portal.observed()
    listed = names_to_list(declaration, seen)
    before = put(simulator, portal)
    if is_refused_as_conflict(declaration, before):
        assert_refused(module, simulator, declaration, before)
        return
    state = portal.observed(listed)
    steps = make_plan(declaration, state).steps
    # What ends with a deleted user is read, and shown.
    reads = 1 + len(listed) + len(names_ending(declaration, state))
    assert_converges(module, simulator, declaration, before, steps=len(steps), reads=reads)


@given(single_declarations, servers())
@examples(100)
def test_one_declared_port_forward(
    module: Modules, simulator: Simulator, declaration: Desired, portal: ModelPortal
) -> None:
    before = portal.state()
    user = declaration.users[0]
    assume(user.client_name in before.users)
    assume(not is_refused_as_conflict(declaration, before))
    put(simulator, portal)
    options = {
        "user": user.client_name,
        "takeover": declaration.takeover,
        **forward_options(user.port_forwards[0]),
    }
    done = module("wg_port_forward", server=5, **options)
    assert not done.last.failed, done.output
    assert unsatisfied(declaration, before, state_of(simulator)) == []
    again = module("wg_port_forward", server=5, **options)
    assert (again.last.changed, len(again.sent)) == (False, 2)


@given(declarations(), servers(), troubles, st.integers(0, 9))
@examples(50)
def test_a_fault_at_any_step(
    module: Modules,
    simulator: Simulator,
    declaration: Desired,
    portal: ModelPortal,
    trouble: dict[str, Any],
    number: int,
) -> None:
    declaration = replace(declaration, takeover=False)
    before = portal.state()
    assume(not is_refused_as_conflict(declaration, before))
    seen = portal.observed()
    groups = make_plan(declaration, portal.observed(names_to_list(declaration, seen))).groups
    steps = [step for group in groups for step in group]
    # What removes nothing first can't lose anything: enough is made of that by the other laws.
    replacing = [
        step for group in groups if group[0].action == "delete" for step in group if step.rule
    ]
    assume(replacing)
    put(simulator, portal)
    which = [*replacing, *steps][number % len(replacing + steps)]
    number = next(place for place, step in enumerate(steps) if step is which)
    action = steps[number].action
    simulator.faults(
        {
            **trouble["what"],
            "times": trouble["times"],
            "method": "POST" if action == "create" else "DELETE",
            "skip": sum(step.action == action for step in steps[:number]),
        }
    )
    done = server(module, declaration)
    (fault,) = simulator.faults()
    assert fault["fired"]
    simulator.clear_faults()
    after = state_of(simulator)
    if not done.last.failed:
        assert unsatisfied(declaration, before, after) == []
    assert lost_unsaid(declaration, before, after, reported_lost(done.last.values)) == []
    # The next run gives back what nobody declares otherwise, a comment that is left as it is included.
    given_back = {
        slot: holder
        for slot, holder in before.slots.items()
        if holder.name in after.users and not declared_otherwise(declaration, slot, holder)
    }
    whole = State(after.users, {**given_back, **after.slots})
    assert_converges(module, simulator, declaration, after, whole)


def declared_otherwise(declaration: Desired, slot: tuple[int, str], holder: Holder) -> bool:
    target = declaration.targets.get(slot)
    leads = (holder.name, holder.internal_port)
    return target is not None and (target.client_name, target.internal_port) != leads


@given(declarations(), servers(), doings())
@examples(100)
def test_another_writer_at_any_request(
    module: Modules,
    simulator: Simulator,
    declaration: Desired,
    portal: ModelPortal,
    done: dict[int, list[tuple[str, tuple[Any, ...]]]],
) -> None:
    declaration = replace(declaration, takeover=False)
    before = put(simulator, portal)
    for number, deeds in done.items():
        simulator.faults({"kind": "meanwhile", "skip": number, "do": [*map(deed, deeds)]})
    run = server(module, declaration)
    simulator.clear_faults()
    after = state_of(simulator)
    # Of what the other one took away, from where it led or where it shall lead, we need not tell.
    taken = {thing for deeds in done.values() for one in deeds for thing in removed_by(one)}
    goal = wanted(declaration, before).slots
    slots = {
        slot: holder
        for slot, holder in before.slots.items()
        if not {slot[0], *(to.name for to in (holder, goal.get(slot)) if to)} & taken
    }
    kept = State(before.users, slots)
    assert lost_unsaid(declaration, kept, after, reported_lost(run.last.values)) == []
    if not is_refused_as_conflict(declaration, after):
        assert_converges(module, simulator, declaration, after)


def assert_converges(
    module: Modules,
    simulator: Simulator,
    declaration: Desired,
    before: State,
    whole: State | None = None,
    *,
    steps: int | None = None,
    reads: int | None = None,
) -> None:
    """Check mode predicts the run and writes nothing; the run converges; a second one does nothing.

    ``whole`` is ``before`` and what is given back.
    """
    predicted = server(module, declaration, check=True)
    assert not predicted.last.failed, predicted.output
    assert predicted.writes == []
    assert state_of(simulator) == before
    done = server(module, declaration)
    assert not done.last.failed, done.output
    assert unsatisfied(declaration, whole or before, state_of(simulator)) == []
    assert what(done) == what(predicted)
    assert done.last.get("diff") == predicted.last.get("diff")
    assert done.last.changed == predicted.last.changed == bool(done.writes)
    if steps is not None and reads is not None:
        assert (len(done.writes), len(done.sent)) == (steps, reads + steps)
    again = server(module, declaration)
    assert (again.last.changed, again.writes, again.last["plan"]) == (False, [], [])


def assert_refused(
    module: Modules, simulator: Simulator, declaration: Desired, before: State
) -> None:
    """A declared port is held by a user of whom nothing is declared: in check mode as in a run."""
    predicted = server(module, declaration, check=True)
    assert predicted.last.failed
    assert "holds it" in predicted.last.msg
    assert state_of(simulator) == before
    done = server(module, declaration)
    assert done.last.failed
    assert "holds it" in done.last.msg
    after = state_of(simulator)
    assert lost_unsaid(declaration, before, after, reported_lost(done.last.values)) == []


def server(module: Modules, declaration: Desired, *, check: bool = False) -> Run:
    """Run wg_server. It may wait for 2 s in all, and is told of a rate limit by nobody."""
    users: list[dict[str, Any]] = []
    for user in declaration.users:
        users.append({"name": user.client_name, "state": "present" if user.present else "absent"})
        if user.port_forwards is not None:
            users[-1]["port_forwards"] = [forward_options(f) for f in user.port_forwards]
    return module(
        "wg_server",
        check=check,
        server=5,
        max_wait=2,
        users=users,
        purge_users=declaration.purge_users,
        purge_port_forwards=declaration.purge_port_forwards,
    )


def forward_options(forward: DesiredForward) -> dict[str, Any]:
    given = {
        "external_port": forward.external_port,
        "internal_port": forward.internal_port,
        "protocol": forward.protocol,
        "comment": forward.comment,
        "state": "present" if forward.present else "absent",
    }
    return {name: value for name, value in given.items() if value is not None}


def what(run: Run) -> list[tuple[Any, ...]]:
    """The steps of a plan, without what became of them and the ids that only the portal knows."""
    told = []
    for step in run.last["plan"]:
        rule = {**(step["port_forward"] or {})}
        for unknown in ("id", "status", "created_at"):
            rule.pop(unknown, None)
        told.append((step["action"], step["kind"], step["name"], rule))
    return told


def put(simulator: Simulator, portal: ModelPortal) -> State:
    """Have the simulator hold what the model holds; its state."""
    seen = portal.observed()
    fill(
        simulator,
        {name: [rule.definition() for rule in seen.forwards[name]] for name in seen.users},
    )
    state = state_of(simulator)
    assert state == portal.state()
    return state


def state_of(simulator: Simulator) -> State:
    """What server 5 of the simulator holds."""
    told = simulator.state()
    slots: dict[tuple[int, str], Holder] = {}
    for rule in told["port_forwards"]:
        holder = Holder(rule["user"], rule["internal_port"], rule["comment"] or "")
        for protocol in ("tcp", "udp"):
            if rule["server"] == 5 and rule["protocol"] in (protocol, "both"):
                assert (rule["external_port"], protocol) not in slots
                slots[rule["external_port"], protocol] = holder
    names = [user["client_name"] for user in told["users"] if user["server"] == 5]
    assert len(names) == len(set(names))
    return State(frozenset(names), slots)


def deed(one: tuple[str, tuple[Any, ...]]) -> dict[str, Any]:
    """What somebody else does, as the simulator is told it."""
    verb, arguments = one
    if verb in ("adds_user", "removes_user"):
        action = "create_user" if verb == "adds_user" else "delete_user"
        return {"action": action, "server": 5, "client_name": arguments[0]}
    if verb == "removes":
        port, protocol = arguments
        names = {"external_port": port, "protocol": protocol}
        return {"action": "delete_port_forward", "server": 5, **names}
    name, rule = arguments[-2:]
    return {
        "action": "create_port_forward",
        "server": 5,
        "client_name": name,
        **rule.definition(),
    }


def removed_by(one: tuple[str, tuple[Any, ...]]) -> list[Any]:
    """The ports and the users that a deed takes away; a rule for both protocols goes as a whole."""
    verb, arguments = one
    return [arguments[0]] if verb in ("removes", "removes_user") else []
