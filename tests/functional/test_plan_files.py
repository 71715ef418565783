# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a file, and a plan that was approved: it is carried out, or nothing is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.playbooks import Playbooks
from tests.support.running import Runner
from tests.support.world import api, fill, ids, rule, rules, secret_texts

SERVERS: list[dict[str, Any]] = [
    {
        "server": "fra1",
        "users": [
            {"name": "web", "port_forwards": [rule("443/tcp -> 8443", "HTTPS")]},
            {"name": "phone"},
        ],
        "purge_users": True,
    },
    {"server": "ams1", "users": [{"name": "far"}]},
]


@pytest.fixture
def filled(simulator: Simulator) -> Simulator:
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")], "guest": []}, {"far": []})
    return simulator


def test_a_plan_is_written_approved_and_carried_out(
    module: Modules, filled: Simulator, tmp_path: Path
) -> None:
    page, data = tmp_path / "plan.md", tmp_path / "plan.json"
    check = module("wg_servers", check=True, servers=SERVERS, plan_path=[str(page), str(data)])
    assert check.writes == []
    text = page.read_text(encoding="utf-8")
    assert text.startswith("## WireGuard: 3 changes\n")
    assert "- user guest must not be there\n" in text
    assert "! web: 443/tcp -> 1 (HTTPS) should be 443/tcp -> 8443 (HTTPS)\n" in text
    plan = json.loads(data.read_text(encoding="utf-8"))
    assert [one["server"] for one in plan["servers"]] == [5, 6]
    assert plan["servers"][0]["steps"][0]["id"] == ids(filled)["guest"]

    done = module("wg_servers", servers=SERVERS, plan_expected=str(data), plan_path=[str(page)])
    assert done.last["differences"] == 3
    assert rules(filled) == {"phone": [], "web": ["443/tcp -> 8443 (HTTPS)"]}
    assert "+ user phone was created\n" in page.read_text(encoding="utf-8")
    for name in ("web", "phone"):
        assert not any(x in page.read_text(encoding="utf-8") for x in secret_texts(filled, name))

    # Nothing differs any more, so the plan is another one.
    again = module("wg_servers", servers=SERVERS, plan_expected=str(data))
    assert again.writes == []
    assert again.last.failed
    assert "nothing was changed" in again.last.msg


def test_whatever_changes_meanwhile_is_refused_with_the_difference(
    module: Modules, filled: Simulator, tmp_path: Path
) -> None:
    data = str(tmp_path / "plan.json")
    module("wg_servers", check=True, servers=SERVERS, plan_path=[data])
    # Somebody removes the guest and makes another one: of the same name, and not the same.
    old = ids(filled)["guest"]
    api(filled, "DELETE", f"/users/{old}")
    module("wg_user", name="guest", server=5)
    refused = module("wg_servers", servers=SERVERS, plan_expected=data)
    assert refused.writes == []
    assert refused.last["plan_changes"] == [
        f"fra1 (5): not approved: delete user guest (id {ids(filled)['guest']})",
        f"fra1 (5): approved, but not needed any more: delete user guest (id {old})",
    ]
    assert refused.last.failed
    assert not refused.last["changed"]


def test_another_declaration_is_refused(module: Modules, filled: Simulator, tmp_path: Path) -> None:
    data = str(tmp_path / "plan.json")
    module("wg_servers", check=True, servers=SERVERS, plan_path=[data])
    more = [SERVERS[0], {"server": "ams1", "users": [{"name": "far"}, {"name": "new"}]}]
    refused = module("wg_servers", servers=more, plan_expected=data)
    assert refused.last["plan_changes"] == ["ams1 (6): not approved: create user new"]
    fewer = module("wg_servers", servers=SERVERS[:1], plan_expected=data)
    assert fewer.last["plan_changes"] == ["server 6: approved, but not declared now"]
    assert refused.writes == fewer.writes == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"plan_path": ["plan.txt"]}, "must end in .md or .json"),
        ({"plan_path": ["/etc/hostname/plan.md"]}, "can't be written"),
        ({"plan_expected": "/nowhere/plan.json"}, "there is no file /nowhere/plan.json"),
        ({"plan_expected": "/etc/hostname"}, "not a plan that plan_path wrote"),
        ({"plan_expected": "{no plan}"}, "not a plan that plan_path wrote"),
        ({"plan_expected": ["plan.json"]}, "must be a file, or the plan itself"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_before_any_request(
    module: Modules, filled: Simulator, options: dict[str, Any], message: str
) -> None:
    failed = module("wg_servers", servers=SERVERS, **options)
    assert failed.last.failed
    assert message in failed.last.msg
    assert failed.requests == []


def test_by_the_playbooks_with_paths_from_where_ansible_was_started(
    run: Runner, filled: Simulator
) -> None:
    playbook = Playbooks(run)
    declared = playbook.declare(*SERVERS)
    planned = playbook("converge", declared, check=True, wg_plan_path="plan.md,plan.json")
    assert planned.code == 0, planned.output
    text = (run.folder / "plan.md").read_text(encoding="utf-8")
    assert text.startswith("## WireGuard: 3 changes")
    found = playbook("drift", declared, wg_plan_path="drift.md")
    assert found.code == 2
    assert (run.folder / "drift.md").read_text(encoding="utf-8") == text
    done = playbook("converge", declared, wg_plan_expected="plan.json")
    assert done.code == 0, done.output
    assert rules(filled) == {"phone": [], "web": ["443/tcp -> 8443 (HTTPS)"]}
