# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The law of an approval: what is carried out was approved, or nothing is, whatever others do in between."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.step_log import DONE
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ConflictError,
    DeclarationError,
    GuardError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.approval import (
    FORMAT,
    ServerPlan,
    approved_step,
    from_json,
    to_json,
    to_variable,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    ApprovedStep,
    Desired,
)

from .converging import converged
from .model_portal import SERVER, ModelPortal
from .strategies import acts, declarations, doings, examples, hypothesis, servers

given = hypothesis.given
pytestmark = pytest.mark.usefixtures("in_turn")


def planned(declaration: Desired, portal: ModelPortal) -> tuple[ApprovedStep, ...] | None:
    """What a check run writes into the file, and what is read from it; None: it is refused."""
    try:
        outcome = converged(declaration, portal, check_mode=True)
    except ConflictError:
        return None
    steps = [approved_step(step, outcome.before) for step in outcome.step_log.steps()]
    statuses = [one["status"] for one in outcome.step_log.result()]
    read = from_json(to_json([ServerPlan(SERVER, steps, statuses)]))[SERVER.id]
    assert read == tuple(steps)
    return read


@given(declarations(), servers(), doings(), doings())
@examples(400)
def test_what_is_carried_out_was_approved(
    declaration: Desired,
    server: ModelPortal,
    before: dict[int, list[tuple[str, tuple[Any, ...]]]],
    meanwhile: dict[int, list[tuple[str, tuple[Any, ...]]]],
) -> None:
    approved = planned(declaration, server.copy())
    if approved is None:
        return
    portal = server.copy(meanwhile=acts(meanwhile))
    for done in acts(before).values():
        for act in done:
            act(portal)
    try:
        outcome = converged(replace(declaration, approved=approved), portal)
    except (GuardError, ConflictError):
        assert portal.writes_sent == 0
        return
    log = zip(outcome.step_log.steps(), outcome.step_log.result(), strict=True)
    done_steps = [step for step, entry in log if entry["status"] == DONE]
    assert Counter(approved_step(x, outcome.before) for x in done_steps) <= Counter(approved)
    if not before and not meanwhile:
        assert outcome.error is None
        assert len(done_steps) == len(approved)


@given(declarations(), servers(), doings())
@examples(200)
def test_another_plan_than_the_approved_one_changes_nothing(
    declaration: Desired,
    server: ModelPortal,
    before: dict[int, list[tuple[str, tuple[Any, ...]]]],
) -> None:
    approved = planned(declaration, server.copy())
    portal = server.copy()
    for done in acts(before).values():
        for act in done:
            act(portal)
    now = planned(declaration, portal.copy())
    if approved is None or now is None or Counter(approved) == Counter(now):
        return
    with pytest.raises(GuardError) as caught:
        converged(replace(declaration, approved=approved), portal)
    assert portal.writes_sent == 0
    assert caught.value.details["plan_changes"]


STEP = {
    "action": "delete",
    "kind": "user",
    "name": "guest",
    "id": 7,
    "port_forward": None,
    "restored": False,
    "status": "planned",
}


def plan_text(**changed: Any) -> str:
    return json.dumps(
        {"format": FORMAT, "servers": [{"server": 5, "steps": [{**STEP, **changed}]}]}
    )


def test_the_file_is_read_as_it_was_written() -> None:
    assert from_json(plan_text()) == {5: (ApprovedStep("delete", "guest", None, 7),)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "another", "servers": []}',
        "[" * 100_000,
        plan_text(action="update"),
        plan_text(status="done"),
        plan_text(id="7"),
        plan_text(restored="no"),
        plan_text(action="create", name="../x"),
        plan_text(kind="port_forward", port_forward={"external_port": 1}),
        plan_text(
            kind="port_forward",
            port_forward={"external_port": 1, "internal_port": 1, "protocol": "x", "comment": ""},
        ),
    ],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError, match="not a plan that plan_path wrote"):
        from_json(text)


@given(hypothesis.strategies.text(alphabet="{}%#\\\"' x\n", max_size=12))
@examples(200)
def test_a_plan_is_no_template_whatever_a_comment_holds(comment: str) -> None:
    step = ApprovedStep("delete", "web", (443, 80, "tcp", comment.strip()), 7)
    text = to_variable([ServerPlan(SERVER, [step], ["planned"])])
    assert not any(opening in text for opening in ("{{", "{%", "{#"))
    assert from_json(text) == from_json(json.loads(text)) == {SERVER.id: (step,)}


def test_a_plan_that_is_too_large_for_a_variable_is_not_carried_out() -> None:
    step = ApprovedStep("delete", "x" * 64, None, 7)
    text = to_variable([ServerPlan(SERVER, [step] * 2000, ["planned"] * 2000)])
    assert len(text) < 200
    with pytest.raises(DeclarationError, match="2000 steps are too many for a variable") as caught:
        from_json(text)
    assert "plan_path" in str(caught.value)
