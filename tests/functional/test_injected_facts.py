# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that was taken over answers facts that are called as variables of this collection.

Ansible makes variables of them, which count for more than those of the inventory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids

pytestmark = pytest.mark.spread

DELEGATED = {"delegate_to": "localhost", "ignore_errors": True}
LOOK = {"premiervpn.wireguard.wg_server_info": {}, **DELEGATED}
ROLE = {"ansible.builtin.import_role": {"name": "premiervpn.wireguard.wg_servers"}, **DELEGATED}
LOOKUP = {
    "ansible.builtin.debug": {
        "msg": "{{ lookup('premiervpn.wireguard.wg_user', 'web', server=5).client_ip }}"
    },
    "ignore_errors": True,
}
SENTENCE = "answered facts that are named like variables of this collection"


@pytest.fixture
def hosts(run: Runner, simulator: Simulator) -> Path:
    """A host, with the portal in the variables of its group."""
    fill(simulator, {"web": []}, {})
    given = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "premiervpn_api_key": KEY,
        "premiervpn_api_url": simulator.url,
        "wg_servers_declared": [{"server": 5, "users": [{"name": "web"}]}],
    }
    path = run.folder / "hosts.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": {"web": {}}, "vars": given}}))
    return path


def attacked(run: Runner, facts: dict[str, Any], *tasks: Any, **more: Any) -> Run:
    """The tasks, after one by which the host answered these facts."""
    script = f"#!/bin/sh\ncat <<'EOF'\n{json.dumps({'ansible_facts': facts})}\nEOF\n"
    (run.folder / "library").mkdir()
    (run.folder / "library" / "hostile").write_text(script, encoding="utf-8")
    env = {"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None, **more.pop("env", {})}
    hostile = {"hostile": {}}
    path = run.folder / "play.yml"
    play = {"hosts": "web", "gather_facts": False, "tasks": [hostile, *tasks], **more}
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return run.playbook(path, arguments=("-i", "hosts.yml"), env=env)


def test_they_decide_nothing(run: Runner, simulator: Simulator, hosts: Path) -> None:
    """Neither for a module, nor for the role, nor for a lookup."""
    evil = {
        "premiervpn_api_url": f"{simulator.url}/elsewhere",
        "premiervpn_api_key": "wg_demo_globex",
        "premiervpn_validate_certs": False,
        "wg_servers_declared": [{"server": 5, "users": [{"name": "boss"}]}],
    }
    done = attacked(run, {**evil, "ansible_facts": {}}, LOOK, ROLE, LOOKUP)
    told = [result.msg for result in done.results if SENTENCE in result.msg]
    # The role fails by its last task, with the words of its first.
    assert len(told) == 4, done.output
    assert all(f"web {SENTENCE}" in text and ", ".join(sorted(evil)) in text for text in told)
    assert done.requests == []
    assert list(ids(simulator)) == ["web"]


def test_what_does_not_count_is_no_matter(run: Runner, hosts: Path) -> None:
    """Where the play has the variable itself, or facts become no variables, a fact is only a fact."""
    evil = {"premiervpn_api_url": f"{run.simulator.url}/elsewhere"}
    done = attacked(run, evil, LOOK, LOOKUP, vars={"premiervpn_api_url": run.simulator.url})
    assert [result.failed for result in done.results] == [False] * 3, done.output
    assert not any("elsewhere" in line for line in done.sent)


def test_facts_that_are_not_injected_are_no_matter(run: Runner, hosts: Path) -> None:
    evil = {"premiervpn_api_url": f"{run.simulator.url}/elsewhere"}
    done = attacked(run, evil, LOOK, LOOKUP, env={"ANSIBLE_INJECT_FACT_VARS": "false"})
    assert [result.failed for result in done.results] == [False] * 3, done.output
    assert not any("elsewhere" in line for line in done.sent)
