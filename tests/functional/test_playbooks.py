# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks by their names, out of a folder of the user's own: what they do, tell and cost."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.playbooks import Playbooks, shown
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secret_texts, secrets

pytestmark = pytest.mark.spread

LOOK = "Compare each server"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def playbook(run: Runner) -> Playbooks:
    return Playbooks(run)


def test_drift_finds_nothing_after_adopt(playbook: Playbooks, simulator: Simulator) -> None:
    users = {
        f"device-{number:02}": [rule(f"{10_000 + number}/tcp -> 80", comment)]
        for number, comment in enumerate(("HTTPS: 'it''s'", "{{ 7 * 7 }}", "#jinja2: x", "007"))
    }
    fill(simulator, {**users, "yes": []}, {"far": []})
    adopted = playbook("adopt", wg_adopt_path="group_vars/all/wireguard.yml")
    assert adopted.code == 0
    lines = shown(adopted, "Write the declaration")
    assert lines[0].endswith("/wireguard.yml: 2 servers, 6 users, 4 port forwards")
    path = playbook.folder / "group_vars/all/wireguard.yml"
    text = path.read_text(encoding="utf-8")
    purges = "    purge_users: true\n    purge_port_forwards: true\n    users:"
    path.write_text(text.replace("    users:", purges), encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644

    drift = playbook("drift", f"-e@{path}")
    assert drift.code == 0, drift.output
    assert shown(drift, LOOK) == ["fra1 (5): as declared", "ams1 (6): as declared"]
    assert drift.writes == []
    assert "changed=0" in drift.output


def test_adopt_never_writes_over_a_file_unless_that_is_wanted(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"a": []}, {"far": []})
    path = playbook.folder / "mine.yml"
    path.write_text("mine")
    refused = playbook("adopt", wg_adopt_path="mine.yml")
    assert refused.code == 2
    assert "mine.yml exists" in refused.last.msg
    check = playbook("adopt", check=True, diff=True, wg_adopt_path="mine.yml", wg_adopt_force=True)
    assert "+wg_servers_declared:" in check.output
    assert path.read_text() == "mine"
    given = ("wg_adopt_force=yes", "wg_adopt_servers=ams1", "wg_adopt_path=mine.yml")
    done = playbook("adopt", *(part for one in given for part in ("-e", one)))
    assert done.code == 0, done.output
    declared = yaml.safe_load(path.read_text())["wg_servers_declared"]
    assert declared == [{"server": 6, "users": [{"name": "far", "port_forwards": []}]}]


def test_a_declaration_is_converged_and_has_no_drift_then(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")], "guest": []}, {})
    declared = playbook.declare(
        {
            "server": "fra1",
            "users": [
                {"name": "web", "port_forwards": [rule("443/tcp -> 8443"), rule("80/tcp -> 80")]},
                {"name": "phone"},
            ],
            "purge_users": True,
            "config_dir": "conf",
        },
        {"server": "ams1", "users": []},
    )
    drift = playbook("drift", declared)
    assert drift.code == 2
    assert shown(drift, LOOK) == [
        "fra1 (5): 5 differences",
        "  user guest must not be there",
        "  user phone is missing",
        "  web: 443/tcp -> 1 (HTTPS) should be 443/tcp -> 8443 (HTTPS)",
        "  web: 80/tcp -> 80 is missing",
        "  2 configuration files differ",
        "ams1 (6): as declared",
    ]
    assert drift.last.msg == "Not as declared, see above. Differences: 5"
    assert drift.writes == []

    check = playbook("converge", declared, check=True, diff=True)
    assert check.code == 0
    assert check.writes == []
    done = playbook("converge", declared, diff=True)
    assert done.code == 0, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)", "80/tcp -> 80"], "phone": []}
    assert sorted(path.name for path in (playbook.folder / "conf").iterdir()) == [
        ".premiervpn-wireguard",  # which files are ours
        "phone.conf",
        "web.conf",
    ]
    assert "PrivateKey" not in done.output
    assert playbook("drift", declared).code == 0
    assert "changed=0" in playbook("converge", declared).output


def test_a_revoked_key_is_drift_until_it_is_converged_once(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [rule("443/tcp -> 1", "HTTPS")]}, {})
    stolen = secrets(simulator, "phone")["keys"]["client_public_key"]
    declared = playbook.declare(
        {"server": 5, "users": [{"name": "phone", "revoked_public_keys": [stolen]}]}
    )
    drift = playbook("drift", declared)
    assert drift.code == 2
    assert shown(drift, LOOK) == ["fra1 (5): 1 difference", "  user phone has a revoked key"]
    assert playbook("converge", declared).code == 0
    assert rules(simulator) == {"phone": ["443/tcp -> 1 (HTTPS)"]}
    assert secrets(simulator, "phone")["keys"]["client_public_key"] != stolen
    assert playbook("drift", declared).code == 0


def test_drift_of_some_users_and_of_a_server_that_is_not_there(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"a": [], "b": []}, {})
    declared = playbook.declare(
        {"server": 77, "users": [{"name": "z"}]},
        {"server": 5, "users": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
    )
    drift = playbook("drift", declared)
    assert drift.code == 2
    assert drift.last.msg.startswith("server '77' was not found; the account's servers are")
    assert drift.sent == ["GET /servers"]
    some = playbook("drift", declared, wg_servers_only=["a", "b"])
    assert some.code == 0
    assert some.sent == ["GET /servers", "GET /servers/5/users"]


def test_a_wrong_key_ends_drift_with_an_error(playbook: Playbooks, simulator: Simulator) -> None:
    declared = playbook.declare({"server": 5, "users": []})
    drift = playbook("drift", declared, premiervpn_api_key="wg_wrong")
    assert drift.code == 2
    assert "401" in drift.last.msg
    # A sentence, and not the whole of the task's result.
    assert drift.last.task.endswith("Fail on drift")
    assert "wg_wrong" not in drift.output.replace('"premiervpn_api_key": "wg_wrong"', "")


@pytest.mark.parametrize("explicit", [False, True])
def test_a_declaration_in_group_vars_beside_an_inventory(
    playbook: Playbooks, simulator: Simulator, explicit: bool
) -> None:
    """With a repository's usual settings, which are for other hosts than this one."""
    fill(simulator, {"a": []}, {})
    hosts: dict[str, Any] = {"web1": {"ansible_host": "192.0.2.99"}}
    if explicit:
        hosts["localhost"] = {}
    inventory = playbook.folder / "inventory"
    (inventory / "group_vars" / "all").mkdir(parents=True)
    (inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    (inventory / "group_vars" / "all" / "wireguard.yml").write_text(
        yaml.safe_dump(
            {
                "ansible_connection": "ssh",
                "ansible_become": True,
                "ansible_python_interpreter": "/nowhere/python",
                "premiervpn_api_key": "{{ the_key }}",
                "premiervpn_api_url": simulator.url,
                "premiervpn_rate_limit": 0,
                "premiervpn_validate_certs": False,
                "premiervpn_ca_path": "",
                "the_key": KEY,
                "wg_servers_declared": [{"server": 5, "users": [{"name": "a"}, {"name": "b"}]}],
                "wg_adopt_path": "adopted.yml",
            }
        )
    )
    env: dict[str, str | None] = {"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None}
    given = ("-i", "inventory/hosts.yml")
    assert playbook("drift", *given, env=env).code == 2
    done = playbook("converge", *given, env=env)
    assert done.code == 0, done.output
    assert list(ids(simulator)) == ["a", "b"]
    assert playbook("drift", *given, env=env).code == 0
    assert playbook("adopt", *given, env=env).code == 0
    assert (playbook.folder / "adopted.yml").is_file()


def test_offboard_says_first_what_ends(playbook: Playbooks, simulator: Simulator) -> None:
    users = {"anna-phone": [rule("443/tcp -> 8443", "HTTPS")], "anna": [], "ben": []}
    fill(simulator, users, {"anna-phone": [rule("80/both -> 1")], "far": []})
    # As a survey gives it.
    wanted = {"wg_offboard_users": "anna-phone, anna"}
    check = playbook("offboard", check=True, noise=True, **wanted)
    assert check.code == 0
    assert check.writes == []
    assert "changed=1" in check.output
    done = playbook("offboard", "--diff", **wanted)
    assert done.code == 0, done.output
    # One diff is enough: that of the removal, which follows.
    diffs = {one.task.rpartition(" : ")[2]: bool(one.get("diff")) for one in done.results}
    assert (diffs["Show what ends"], diffs["Remove them"]) == (False, True)
    first, _colon, _rest = shown(done, "Show what ends")[0].partition(":")
    assert first == "anna-phone on fra1 (5), 10.66.66.2, never seen"
    assert done.output.index("is to be removed") < done.output.index(": removed with")
    assert (list(ids(simulator)), list(ids(simulator, 6))) == (["ben"], ["far"])
    declared = {"wg_servers_declared": [{"server": 5, "users": [{"name": "ben"}]}]}
    again = playbook("offboard", wg_offboard_users="anna ben", **declared)
    assert again.code == 2
    assert again.last.msg.startswith("not found on any server: anna; still declared")
    assert list(ids(simulator)) == []
    assert again.last.task.endswith("Fail if something is left to do")
    assert '"removed"' not in again.output
    done = playbook("offboard", wg_offboard_users="anna", wg_offboard_missing="ok")
    assert (done.code, done.writes) == (0, []), done.output


def test_new_keys_and_who_has_them(playbook: Playbooks, simulator: Simulator) -> None:
    fill(simulator, {"phone": [rule("443/tcp -> 1", "{{ 7 * 7 }}")], "laptop": [], "other": []})
    limit = {"user": "phone", "limits": {"down": 50}}
    playbook.run.module("wg_user_bandwidth", server=5, **limit)
    before = secret_texts(simulator, "phone")
    given = {"wg_rotate_server": "fra1", "wg_rotate_config_dir": "conf"}
    users = ("-e", "wg_rotate_users=phone,laptop")
    check = playbook("rotate_keys", *users, check=True, noise=True, **given)
    assert check.code == 0, check.output
    assert check.writes == []
    assert shown(check, "Replace their keys")[1] == "laptop gets new keys and has no port forwards"
    done = playbook("rotate_keys", *users, diff=True, **given)
    assert done.code == 0, done.output
    # What each has is in the log before anything is deleted, and costs a look and three requests for each.
    kept = "443/tcp -> 1 ({{ 7 * 7 }})"
    assert shown(done, "Show what each user keeps") == [
        f"phone gets new keys and keeps {kept}, the bandwidth limit {{'down': 50}}",
        "laptop gets new keys and has no port forwards",
    ]
    assert done.output.index("gets new keys") < done.output.index("has new keys and kept")
    assert shown(done, "Replace their keys")[0] == f"phone has new keys and kept {kept}"
    assert len(check.sent) == 2 + 2 * 3
    first = next(n for n, sent in enumerate(done.sent) if sent.startswith("DELETE"))
    assert sorted(done.sent[: len(check.sent)]) == sorted(check.sent)
    assert first > len(check.sent)
    assert rules(simulator)["phone"] == ["443/tcp -> 1 ({{ 7 * 7 }})"]
    after = secret_texts(simulator, "phone")
    assert not set(before) & set(after)
    assert after[0] in (playbook.folder / "conf" / "phone.conf").read_text()
    assert all(secret not in done.output for secret in (*before, *after))
    assert list(playbook.folder.glob("wg-rotate-keys*")) == []


NEEDS = {
    "converge": "wg_servers_declared",
    "drift": "wg_servers_declared",
    "offboard": "wg_offboard_users",
    "rotate_keys": "wg_rotate_users",
    "export_configs": "wg_export_dir",
    "adopt": None,
    "report": None,
}


@pytest.mark.parametrize("name", NEEDS)
def test_a_limit_without_localhost_is_refused_with_a_sentence(
    playbook: Playbooks, simulator: Simulator, name: str
) -> None:
    (playbook.folder / "hosts.yml").write_text("all: {hosts: {web1: {}, web2: {}}}")
    done = playbook(name, "-i", "hosts.yml", "--limit", "web1,web2")
    assert done.code == 2
    assert done.last.msg.startswith(
        "Nothing was done: this playbook runs on localhost, which --limit"
    )
    assert done.sent == []
    assert done.output.count("fatal:") == 1


@pytest.mark.parametrize("name", NEEDS)
def test_tags_make_no_difference_and_a_missing_variable_is_named_in_a_line(
    playbook: Playbooks, simulator: Simulator, name: str
) -> None:
    """With other hosts in the inventory, too, it runs once, and on this machine."""
    fill(simulator, {"a": []}, {})
    (playbook.folder / "hosts.yml").write_text("all: {hosts: {web1: {}, web2: {}}}")
    done = playbook(name, "-i", "hosts.yml", "--tags", "vpn")
    variable = NEEDS[name]
    if variable is None:
        assert done.code == 0, done.output
        assert done.sent.count("GET /servers") == 1
        assert "web1" not in done.output
        return
    assert done.code == 2
    (line,) = [line for line in done.output.splitlines() if line.startswith("fatal:")]
    assert f"Nothing was done: set {variable}, " in line
    assert done.sent == []


def test_the_vendors_five_steps(playbook: Playbooks, simulator: Simulator) -> None:
    fill(simulator, {}, {})
    example = ROOT / "examples" / "full_workflow.yml"
    path = playbook.folder / "web.conf"

    def workflow(**variables: Any) -> Run:
        given = {"wg_workflow_server": "fra1", **variables}
        return playbook.run.playbook(example, arguments=("-e", json.dumps(given)))

    done = workflow(wg_workflow_config_path="./web.conf")
    assert done.code == 0, done.output
    assert rules(simulator) == {"web-server": ["443/tcp -> 443 (HTTPS)"]}
    assert "PrivateKey" in path.read_text()
    assert "PrivateKey" not in done.output
    for taken in ({}, {"wg_workflow_user": "other"}):
        again = workflow(wg_workflow_cleanup=True, **taken)
        assert again.code == 2
        assert again.writes == []
    last = workflow(wg_workflow_server="ams1", wg_workflow_cleanup=True)
    assert last.code == 0, last.output
    assert rules(simulator, 6) == {}
    assert len(last.writes) == 3
