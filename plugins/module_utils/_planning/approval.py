# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A plan as a file, and the plan that was approved: it is carried out, or nothing is. Pure.

The first plan of a server has to be the approved one. What is planned again after that, since somebody
else was in the way, may only consist of steps that were approved.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import DeclarationError, GuardError
from .._model import PROTOCOLS, PortForward, Server, is_client_name
from .._text import listing, show, without_templates
from .current import Current
from .desired import ApprovedStep
from .steps import Step

FORMAT = "premiervpn.wireguard plan 1"

# More than a server can need; a file is read before anything is known of it.
MOST_STEPS = 100_000

MOST_BYTES = 250_000
"""What a plan may hold that is handed on as a variable; AWX cuts results of 700 kB."""


@dataclass(frozen=True)
class ServerPlan:
    """What is planned for one server, or was done there; ``status`` of each step as modules return it."""

    server: Server
    steps: Sequence[ApprovedStep]
    statuses: Sequence[str] = field(default_factory=tuple)


def approved_step(step: Step, before: Current) -> ApprovedStep:
    """A step as it is approved: with the id of what it deletes, so that nothing else of that name is."""
    user = before.users.get(step.name)
    deleted = step.rule.id if step.rule else user.id if user else None
    number = deleted if step.action == "delete" else None
    rule = step.rule
    definition = (
        (rule.external_port, rule.internal_port, rule.protocol, rule.comment.strip())
        if rule
        else None
    )
    return ApprovedStep(step.action, step.name, definition, number, step.restored)


def refuse_unapproved(
    approved: Sequence[ApprovedStep] | None,
    steps: Iterable[Step],
    before: Current,
    *,
    whole: bool,
    restored: bool = False,
) -> None:
    """Raise a ``GuardError`` where a plan has a step that nobody approved or, if ``whole``, lacks one.

    ``approved`` None: nothing was to be approved. ``restored``: whether this is about the steps that give
    something back, or about the others.
    """
    if approved is None:
        return
    planned = Counter(approved_step(step, before) for step in steps)
    wanted = Counter(step for step in approved if step.restored == restored)
    more, less = planned - wanted, (wanted - planned) if whole else Counter[ApprovedStep]()
    lines = [f"not approved: {step_text(step)}" for step in more.elements()]
    lines += [f"approved, but not needed any more: {step_text(step)}" for step in less.elements()]
    if lines:
        raise GuardError(f"this is not the approved plan: {listing(lines)}", plan_changes=lines)


def step_text(step: ApprovedStep) -> str:
    """A step on one printable line."""
    rule = PortForward(None, *step.rule) if step.rule else None
    what = f"{show(step.name, 80)}: {show(rule.text())}" if rule else show(step.name, 80)
    kind = "port forward" if step.rule else "user"
    number = f" (id {step.id})" if step.id is not None else ""
    return f"{step.action} {kind} {what}{number}"


def to_json(plans: Iterable[ServerPlan]) -> str:
    """The plan for machines. It holds names, ports and comments, and no secret.

    Whatever a comment holds, the text is no template: it can be a variable of Ansible's.
    """
    servers = [
        {
            "server": plan.server.id,
            "server_name": plan.server.name or plan.server.hostname or plan.server.ip,
            "steps": [_as_data(*one) for one in zip(plan.steps, plan.statuses, strict=True)],
        }
        for plan in plans
    ]
    text = json.dumps({"format": FORMAT, "servers": servers}, indent=2, ensure_ascii=False)
    # Two such signs stand in strings alone.
    return without_templates(text, r"\u007b") + "\n"


def to_variable(plans: Sequence[ServerPlan]) -> str:
    """The same to be handed on as a variable: where it is too large, what ``from_json`` refuses to carry out."""
    text = to_json(plans)
    if len(text.encode()) <= MOST_BYTES:
        return text
    return json.dumps({"format": FORMAT, "too_large": sum(len(plan.steps) for plan in plans)})


def _as_data(step: ApprovedStep, status: str) -> dict[str, Any]:
    return {
        "action": step.action,
        "kind": "port_forward" if step.rule else "user",
        "name": step.name,
        "id": step.id,
        "port_forward": PortForward(None, *step.rule).definition() if step.rule else None,
        "restored": step.restored,
        "status": status,
    }


def is_plan(text: str) -> bool:
    """Whether a text is meant as a plan, and not as the name of a file."""
    return text.lstrip().startswith("{")


def from_json(given: str | Mapping[str, Any]) -> dict[int, tuple[ApprovedStep, ...]]:
    """The approved steps by assignment id, from the text or, as Ansible may have read that, from its data.

    Raises a ``DeclarationError`` for what is no such plan.
    """
    try:
        data = json.loads(given) if isinstance(given, str) else given
        if data["format"] != FORMAT:
            raise ValueError("format")
        if "too_large" in data:
            raise DeclarationError(
                [
                    f"plan_expected: {int(data['too_large'])} steps are too many for a variable; use a file (plan_path)"
                ]
            )
        found = {int(one["server"]): tuple(map(_step, one["steps"])) for one in data["servers"]}
        if len(found) != len(data["servers"]) or sum(map(len, found.values())) > MOST_STEPS:
            raise ValueError("servers")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise DeclarationError(
            ["plan_expected: this is not a plan that plan_path wrote as JSON"]
        ) from exc
    return found


def _step(data: Mapping[str, Any]) -> ApprovedStep:
    action, name, number = data["action"], data["name"], data["id"]
    if action not in ("create", "delete") or not isinstance(name, str):
        raise ValueError("step")
    if action == "create" and not is_client_name(name):
        raise ValueError("name")
    if data["status"] != "planned":
        raise ValueError("a plan that was carried out is approved no more")
    rule = None if data["kind"] == "user" else _rule(**data["port_forward"])
    restored = data["restored"]
    if not isinstance(restored, bool) or not (number is None or isinstance(number, int)):
        raise TypeError("step")
    return ApprovedStep(action, name, rule, number, restored)


def _rule(
    external_port: int, internal_port: int, protocol: str, comment: str
) -> tuple[int, int, str, str]:
    if protocol not in PROTOCOLS or not isinstance(comment, str):
        raise ValueError("rule")
    return int(external_port), int(internal_port), protocol, comment.strip()
