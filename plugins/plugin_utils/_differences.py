# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a run over several servers found, and a plan as lines that a person reads. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ..module_utils._text import show

Step = Mapping[str, Any]


def results(looped: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The results of a loop of ``wg_server``, one for each server: what happened, without the rest.

    ``{server, changed, plan, summary}``, and where it failed ``failed`` (true) and ``msg``. ``users``
    only where their configurations were asked for. ``changed`` is what the module said, whatever a
    task's ``changed_when`` made of it.
    """
    return [_result(result) for result in looped]


def differences(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines about each of the ``results``: as declared, or what differs."""
    lines: list[str] = []
    for result in found:
        server = show(result["server"], 80)
        if result.get("failed"):
            lines.append(f"{server}: can't be compared: {show(result['msg'], 2000)}")
            continue
        differing = _lines(result["plan"], result["summary"])
        if differing:
            count = len(differing)
            lines.append(f"{server}: {count} difference{'s' if count > 1 else ''}")
            lines += [f"  {line}" for line in differing]
        else:
            lines.append(f"{server}: as declared")
    return lines


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    item = result[result.get("ansible_loop_var", "item")]
    plan, summary = result.get("plan") or [], result.get("summary") or {}
    told = {"server": item["label"], "changed": False, "plan": plan, "summary": summary}
    # A module that did not come to an end of its own tells no summary either.
    if result.get("failed") or result.get("error") or "summary" not in result:
        done = any(step["status"] == "done" for step in plan)
        changed = done or bool(result.get("changed"))
        return {**told, "changed": changed, "failed": True, "msg": str(result.get("msg", ""))}
    told["changed"] = bool(plan) or any(summary.values()) or bool(result.get("changed"))
    if item["options"]["return_configs"]:
        told["users"] = result["users"]
    return told


def _lines(plan: Iterable[Step], summary: Mapping[str, int]) -> list[str]:
    steps = list(plan)
    by_port: dict[int, list[Step]] = defaultdict(list)
    replaced = _made_and_removed(steps)
    lines = _user_lines([step for step in steps if step["kind"] == "user"], replaced)
    for step in steps:
        # What a user with new keys gets back is part of that difference.
        if step["kind"] == "port_forward" and step["name"] not in replaced:
            by_port[step["port_forward"]["external_port"]].append(step)
    for on_port in by_port.values():
        lines += _port_lines(on_port)
    files = summary.get("configs_written", 0)
    if files:
        lines.append(f"{files} configuration file{'s differ' if files > 1 else ' differs'}")
    return lines


def _made_and_removed(steps: list[Step]) -> set[str]:
    """The users that are to be replaced."""
    users = [step for step in steps if step["kind"] == "user"]
    made = {step["name"] for step in users if step["action"] == "create"}
    return made & {step["name"] for step in users if step["action"] == "delete"}


def _user_lines(steps: list[Step], replaced: set[str]) -> list[str]:
    made = [step["name"] for step in steps if step["action"] == "create"]
    removed = [step["name"] for step in steps if step["action"] == "delete"]
    return [
        *(f"user {show(n, 80)} must not be there" for n in removed if n not in replaced),
        *(f"user {show(n, 80)} has a revoked key" for n in removed if n in replaced),
        *(f"user {show(n, 80)} is missing" for n in made if n not in replaced),
    ]


def _port_lines(steps: list[Step]) -> list[str]:
    """What differs on one external port. What is replaced is one difference, not two."""
    removed = [step for step in steps if step["action"] == "delete"]
    made = [step for step in steps if step["action"] == "create"]
    names = {step["name"] for step in steps}
    if removed and made and len(names) == 1:
        return [f"{show(names.pop(), 80)}: {_texts(removed)} should be {_texts(made)}"]
    return [
        *(f"{show(step['name'], 80)}: {_texts([step])} must not be there" for step in removed),
        *(f"{show(step['name'], 80)}: {_texts([step])} is missing" for step in made),
    ]


def _texts(steps: list[Step]) -> str:
    return " and ".join(show(step["what"]) for step in steps)
