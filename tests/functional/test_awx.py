# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and inventory updates as AWX runs them, with the credential type of extensions/awx."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.awx import CREDENTIAL_TYPE, ROOT, Awx, Job, credential
from tests.support.environment import KEY
from tests.support.examples import of_page
from tests.support.running import Runner
from tests.support.world import AMS, FRA, api, fill, ids, rule, rules, secret_texts, seed

pytestmark = pytest.mark.spread

DECLARED = {
    "premiervpn.wireguard.wg_server": {
        "server": 5,
        "users": [
            {"name": "web", "port_forwards": [rule("443/tcp -> 8443", "HTTPS")]},
            {"name": "phone"},
        ],
        "config_dir": "{{ playbook_dir }}/wireguard",
        "return_configs": False,
    }
}


@pytest.fixture
def awx(run: Runner) -> Awx:
    return Awx(run)


@pytest.fixture
def key(simulator: Simulator) -> dict[str, str]:
    """A credential of which only the key and the portal's address were filled in."""
    return credential(api_key=KEY, api_url=simulator.url)


def told(job: Job) -> str:
    """What the events show to whoever looks at the job."""
    return "".join(event["stdout"] + "\n" for event in job.events)


def test_inputs_that_were_left_empty_count_as_not_given(awx: Awx, key: dict[str, str]) -> None:
    assert key["PREMIERVPN_MAX_WAIT"] == ""
    assert key["PREMIERVPN_RATE_LIMIT"] == ""
    job = awx.job(awx.playbook([DECLARED]), key)
    assert job.code == 0
    (result,) = job.results()
    assert result["changed"]
    assert {step["status"] for step in result["plan"]} == {"done"}


def test_a_second_job_changes_nothing(awx: Awx, key: dict[str, str]) -> None:
    playbook = awx.playbook([DECLARED])
    changed = [awx.job(playbook, key).results()[-1]["changed"] for _run in range(2)]
    assert changed == [True, False]


def test_no_secret_is_in_any_event_at_verbosity_4(
    awx: Awx, key: dict[str, str], simulator: Simulator
) -> None:
    fill(simulator, {"web": [], "phone": []})
    secret = [KEY, *secret_texts(simulator, "web"), *secret_texts(simulator, "phone")]
    tasks: list[dict[str, Any]] = [
        DECLARED,
        {"premiervpn.wireguard.wg_user": {"server": 5, "name": "web", "return_config": True}}
        | {"no_log": True, "register": "web"},
        {"premiervpn.wireguard.wg_user_info": {"server": 5, "include_port_forwards": True}},
        {"premiervpn.wireguard.wg_user": {"server": 5, "name": "no spaces"}, "ignore_errors": True},
    ]
    job = awx.job(awx.playbook(tasks), key)
    update = awx.inventory_update(awx.source(include_port_forwards=True), key)
    assert job.code == 0
    assert update.code == 0
    assert len(job.results()) == 4
    assert "wg_users" in update.kept
    for text in secret:
        assert text not in job.kept
        assert text not in update.kept


def test_waits_are_events_while_they_last(
    awx: Awx, key: dict[str, str], simulator: Simulator
) -> None:
    simulator.faults({"kind": "rate_limited", "method": "POST", "path": ".*", "retry_after": 3})
    job = awx.job(awx.playbook([DECLARED]), key)
    assert job.code == 0
    waits = [event for event in job.events if "waits 3 s for the rate limit" in event["stdout"]]
    assert [event["event"] for event in waits] == ["verbose"]
    result = next(event for event in job.events if event["event"] == "runner_on_ok")
    assert waits[0]["counter"] < result["counter"]


WRONG: dict[str, tuple[dict[str, str], dict[str, Any] | None, str, int | None]] = {
    "wrong key": ({"api_key": "wg_wrong"}, None, "API key", 401),
    "503": ({"max_wait": "1"}, {"kind": "status", "status": 503, "times": 99}, "503", 503),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_job_that_the_portal_refuses_says_why(awx: Awx, simulator: Simulator, what: str) -> None:
    given, fault, said, status = WRONG[what]
    if fault:
        simulator.faults(fault)
    injected = credential(**{"api_key": KEY, "api_url": simulator.url, **given})
    job = awx.job(awx.playbook([DECLARED]), injected)
    assert job.code != 0
    (failure,) = job.failures()
    assert said in failure["msg"]
    assert failure["error"]["status"] == status
    assert injected["PREMIERVPN_API_KEY"] not in job.kept


def test_a_job_without_a_credential_says_so(awx: Awx) -> None:
    job = awx.job(awx.playbook([DECLARED]), {})
    assert job.code != 0
    (failure,) = job.failures()
    assert "api_key" in failure["msg"]


@pytest.mark.parametrize("what", WRONG)
def test_an_update_that_the_portal_refuses_fails(awx: Awx, simulator: Simulator, what: str) -> None:
    given, fault, said, _status = WRONG[what]
    if fault:
        simulator.faults(fault)
    injected = credential(**{"api_key": KEY, "api_url": simulator.url, **given})
    job = awx.inventory_update(awx.source(), injected)
    assert job.code != 0
    assert said in " ".join(told(job).split())
    assert injected["PREMIERVPN_API_KEY"] not in job.kept


def test_an_update_without_a_credential_fails(awx: Awx) -> None:
    job = awx.inventory_update(awx.source(), {})
    assert job.code != 0
    assert "api_key" in told(job)


def test_an_update_of_a_file_with_another_name_fails(awx: Awx, key: dict[str, str]) -> None:
    job = awx.inventory_update(awx.source(name="users.yml"), key)
    assert job.code != 0
    assert "premiervpn.yml" in told(job)


def test_host_variables_are_plain_text_and_survive_into_a_job(
    awx: Awx, key: dict[str, str], simulator: Simulator
) -> None:
    users = [
        {"client_name": "web", "extra": {"note": "a rack: row 4"}},
        {"client_name": "odd", "extra": {"note": "{{ 7 * 7 }}"}},
    ]
    simulator.reset(seed({**FRA, "users": users}, AMS))
    update = awx.inventory_update(awx.source(), key)
    assert update.code == 0
    assert update.output
    web = update.output["_meta"]["hostvars"]["web"]
    assert web["premiervpn_client_name"] == "web"
    assert web["premiervpn_other"]["note"] == "a rack: row 4"
    assert web["ansible_host"] == web["premiervpn_client_ip"]
    show = {"ansible.builtin.debug": {"var": "hostvars[inventory_hostname]"}, "connection": "local"}
    # AWX gives hosts that are in no other group to `all`, and keeps the rest as it came.
    job = awx.job(awx.playbook([show], hosts="premiervpn"), key, inventory=update.output)
    assert job.code == 0, job.stdout
    shown = {
        event["host"]: event["res"]["hostvars[inventory_hostname]"]
        for event in (one.get("event_data", {}) for one in job.events)
        if "res" in event
    }
    assert set(shown) == {"web", "odd"}
    for name in ("premiervpn_other", "premiervpn_id", "premiervpn_server", "ansible_host"):
        assert shown["web"][name] == web[name]
    # What could be taken for a template is never rendered, here or there.
    assert "49" not in json.dumps(shown["odd"]["premiervpn_other"])


def test_a_project_as_the_guide_shows_it(awx: Awx, key: dict[str, str]) -> None:
    """The declaration comes with the inventory, and the collection's playbooks by a line for each."""
    for example in of_page(ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst"):
        if example.file and not example.reason:
            path = awx.project / example.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(example.text, encoding="utf-8")
    update = awx.inventory_update("users.premiervpn.yml", key)
    assert update.output
    before = awx.job("drift.yml", key, inventory=update.output)
    made = awx.job("converge.yml", key, inventory=update.output)
    after = awx.job("drift.yml", key, inventory=update.output)
    offboarded = awx.job("offboard.yml", key, inventory=update.output, extra=SURVEYED)
    last = awx.job("drift.yml", key, inventory=update.output)
    codes = [bool(job.code) for job in (before, made, after, offboarded, last)]
    # Who is still declared is removed, and the job fails for it: the next converge would bring them back.
    assert codes == [True, False, False, True, True], made.stdout
    assert "still declared" in offboarded.stdout
    assert "phone" in last.stdout


def artifacts(job: Job) -> dict[str, Any]:
    """What AWX keeps of a job as its artifacts, and gives to the jobs after it as variables."""
    (stats,) = [event for event in job.events if event["event"] == "playbook_on_stats"]
    found: dict[str, Any] = stats["event_data"]["artifact_data"]
    return found


def test_a_plan_is_an_artifact_and_the_next_job_carries_it_out(
    awx: Awx, key: dict[str, str], simulator: Simulator
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 1", "a {{ 7 * 7 }} {% b")], "guest": []})
    declared = {
        "wg_servers_declared": [
            {
                "server": 5,
                "purge_users": True,
                "purge_port_forwards": True,
                "users": [{"name": "web", "port_forwards": []}, {"name": "phone"}],
            }
        ]
    }
    for name in ("converge", "drift"):
        text = f"- import_playbook: premiervpn.wireguard.{name}\n"
        (awx.project / f"{name}.yml").write_text(text, encoding="utf-8")
    planned = awx.job("converge.yml", key, extra=declared, check=True)
    assert planned.code == 0, planned.stdout
    given = artifacts(planned)
    assert list(given) == ["wg_plan_expected"]
    plan = json.loads(given["wg_plan_expected"])
    steps = [(step["action"], step["kind"], step["name"]) for step in plan["servers"][0]["steps"]]
    assert sorted(steps) == [
        ("create", "user", "phone"),
        ("delete", "port_forward", "web"),
        ("delete", "user", "guest"),
    ]
    for secret in [KEY, *secret_texts(simulator, "web")]:
        assert secret not in given["wg_plan_expected"]
    assert artifacts(awx.job("drift.yml", key, extra=declared)) == given

    # Somebody else is quicker: nothing is done, and the job says why.
    api(simulator, "POST", "/servers/5/users", {"client_name": "clicked"})
    refused = awx.job("converge.yml", key, extra={**declared, **given})
    assert refused.code != 0
    assert "not approved: delete user clicked" in refused.stdout
    assert "phone" not in ids(simulator)
    api(simulator, "DELETE", f"/users/{ids(simulator)['clicked']}")

    done = awx.job("converge.yml", key, extra={**declared, **given})
    assert done.code == 0, done.stdout
    assert artifacts(done) == {}
    assert rules(simulator) == {"web": [], "phone": []}


# What AWX gives to a job of `offboard`: what the survey was answered with.
SURVEYED = {"wg_offboard_users": "phone\n"}

MODULE = """\
#!/usr/bin/python
# WANT_JSON
import json, os, sys
given = json.load(open(sys.argv[1]))
with open(os.environ["GIVEN"], "a") as file:
    file.write(json.dumps({k: v for k, v in given.items() if k[0] != "_"}) + "\\n")
print(json.dumps({"changed": True}))
"""
MODULES = (
    *("credential", "credential_type", "inventory", "inventory_source"),
    *("job_template", "project", "schedule", "workflow_job_template"),
)


def test_awx_is_set_up_with_what_the_type_says(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On modules that write down what they are given: AWX's templates come through as they are."""
    neighbours = tmp_path / "neighbours"
    modules = neighbours / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
    modules.mkdir(parents=True)
    for name in MODULES:
        (modules / f"{name}.py").write_text(MODULE, encoding="utf-8")
    given = tmp_path / "given.jsonl"
    paths = f"{run.environment()['ANSIBLE_COLLECTIONS_PATH']}:{neighbours}"
    done = run.ansible(
        "playbook",
        "premiervpn.wireguard.awx_setup",
        *("-e", "awx_setup_project_url=https://git.example.org/wireguard.git", "-vvv"),
        env={"ANSIBLE_COLLECTIONS_PATH": paths, "GIVEN": str(given)},
        together=True,
    )
    assert done.returncode == 0, done.stdout
    assert KEY not in done.stdout
    rows = [json.loads(line) for line in given.read_text(encoding="utf-8").splitlines()]
    kind = yaml.safe_load(CREDENTIAL_TYPE.read_text(encoding="utf-8"))
    assert rows[0]["inputs"] == kind["inputs"]
    assert rows[0]["injectors"] == kind["injectors"]
    assert rows[1]["inputs"]["api_key"] == KEY
    templates = {row["name"]: row for row in rows if "job_type" in row}
    assert sorted(templates) == [f"PremierVPN {name}" for name in TEMPLATES]
    offboard = templates["PremierVPN offboard"]
    assert offboard["survey_spec"]["spec"][0]["variable"] == "wg_offboard_users"
    asked = [one["variable"] for one in templates["PremierVPN move"]["survey_spec"]["spec"]]
    assert asked == ["wg_move_users", "wg_move_from", "wg_move_to"]
    plan, approval, converge = rows[-2]["workflow_nodes"]
    assert plan["job_type"] == "check"
    assert plan["unified_job_template"]["name"] in templates
    assert approval["unified_job_template"]["type"] == "workflow_approval"
    assert converge["unified_job_template"] == plan["unified_job_template"]
    following = [one["related"]["success_nodes"] for one in (plan, approval)]
    assert following == [[{"identifier": "approval"}], [{"identifier": "converge"}]]
    assert rows[-1]["unified_job_template"] == "PremierVPN drift"


TEMPLATES = ("converge", "drift", "move", "offboard", "report", "validate")
