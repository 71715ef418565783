# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans as lines that a person reads."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._differences import (
    differences,
    results,
)

NOTHING = {
    "configs_written": 0,
    "port_forwards_created": 0,
    "port_forwards_deleted": 0,
    "users_created": 0,
    "users_deleted": 0,
}


def step(text: str, status: str = "planned") -> dict[str, Any]:
    """A step out of ``create ann`` or ``delete ann 443/tcp -> 1 (HTTPS)``."""
    action, name, *rule = text.split(" ", 2)
    what = rule[0] if rule else name
    port = {"external_port": int(what.partition("/")[0])} if rule else None
    kind = "port_forward" if rule else "user"
    return {
        "action": action,
        "kind": kind,
        "name": name,
        "what": what,
        "port_forward": port,
        "status": status,
    }


def lines(*steps: str, **summary: int) -> list[str]:
    result = {"server": "fra1", "plan": [step(text) for text in steps]}
    head, *found = differences([{**result, "summary": {**NOTHING, **summary}}])
    assert head == ("fra1: as declared" if not found else f"fra1: {_count(len(found))}")
    return [line.removeprefix("  ") for line in found]


def _count(number: int) -> str:
    return "1 difference" if number == 1 else f"{number} differences"


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], []),
        (["create ann"], ["user ann is missing"]),
        (["delete ann"], ["user ann must not be there"]),
        (
            ["delete ann", "create ann", "create ann 80/tcp -> 1", "create ben 81/tcp -> 1"],
            ["user ann has a revoked key", "ben: 81/tcp -> 1 is missing"],
        ),
        (["create ann 80/tcp -> 1"], ["ann: 80/tcp -> 1 is missing"]),
        (["delete ann 80/tcp -> 1 (x)"], ["ann: 80/tcp -> 1 (x) must not be there"]),
        (
            ["delete ann 80/tcp -> 1", "create ann 80/tcp -> 2"],
            ["ann: 80/tcp -> 1 should be 80/tcp -> 2"],
        ),
        (
            ["delete ann 80/both -> 1", "create ann 80/udp -> 1", "create ann 80/tcp -> 2"],
            ["ann: 80/both -> 1 should be 80/udp -> 1 and 80/tcp -> 2"],
        ),
        (
            ["delete ann 80/tcp -> 1", "create ben 80/tcp -> 1"],
            ["ann: 80/tcp -> 1 must not be there", "ben: 80/tcp -> 1 is missing"],
        ),
        (
            ["create ann 80/tcp -> 1", "delete ann 81/tcp -> 1"],
            ["ann: 80/tcp -> 1 is missing", "ann: 81/tcp -> 1 must not be there"],
        ),
    ],
)
def test_what_differs(steps: list[str], told: list[str]) -> None:
    assert lines(*steps) == told


def test_files_that_differ() -> None:
    assert lines(configs_written=1) == ["1 configuration file differs"]
    assert lines(configs_written=2) == ["2 configuration files differ"]


def test_what_the_portal_says_can_not_paint_on_a_terminal() -> None:
    found = differences(
        [
            {"server": "a\x1b[2J", "failed": True, "msg": "no\x1b[31m"},
            {"server": "b", "plan": [step("create x\x1b 80/tcp -> 1 (\x9b)")], "summary": NOTHING},
        ]
    )
    assert found[0] == r"a\x1b[2J: can't be compared: no\x1b[31m"
    assert all(line.isprintable() for line in found)


def item(label: str, return_configs: bool = False) -> dict[str, Any]:
    return {
        "ansible_loop_var": "one",
        "one": {"label": label, "options": {"return_configs": return_configs}},
    }


def test_results_are_short_and_one_for_each_server() -> None:
    plan = [step("create ann", "done")]
    summary = {**NOTHING, "users_created": 1}
    users = [{"client_name": "ann", "config": "secret"}]
    done = {"changed": True, "plan": plan, "summary": summary, "users": users, "requests": 2}
    assert results([{**item("fra1"), **done}, {**item("ams1", True), **done}]) == [
        {"server": "fra1", "changed": True, "plan": plan, "summary": summary},
        {"server": "ams1", "changed": True, "plan": plan, "summary": summary, "users": users},
    ]


def test_a_task_that_says_unchanged_does_not_hide_a_plan() -> None:
    plan = [step("create ann")]
    found = results([{**item("a"), "changed": False, "plan": plan, "summary": NOTHING}])
    assert found[0]["changed"]
    files = {**NOTHING, "configs_written": 1}
    assert results([{**item("a"), "changed": False, "plan": [], "summary": files}])[0]["changed"]
    assert not results([{**item("a"), "plan": [], "summary": NOTHING}])[0]["changed"]


@pytest.mark.parametrize(
    "result",
    [
        {"failed": True, "msg": "no"},
        {"failed": False, "failed_when_result": False, "msg": "no", "error": {"status": 401}},
        {"failed": False, "msg": "no", "exception": "Traceback"},
    ],
)
def test_a_failure_is_one_even_if_the_task_was_told_not_to_fail(result: dict[str, Any]) -> None:
    assert results([{**item("fra1"), **result}]) == [
        {
            "server": "fra1",
            "changed": False,
            "plan": [],
            "summary": {},
            "failed": True,
            "msg": "no",
        }
    ]


def test_a_failure_half_way_has_changed_something() -> None:
    plan = [step("create ann", "done"), step("create ben", "failed")]
    told = {"failed": True, "msg": "no", "error": {}, "plan": plan, "summary": NOTHING}
    found = results([{**item("fra1"), **told}])[0]
    assert (found["changed"], found["failed"], found["plan"]) == (True, True, plan)
