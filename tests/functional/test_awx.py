# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and inventory updates as AWX runs them, with the credential type of extensions/awx."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.awx import Awx, Job, credential
from tests.support.environment import KEY
from tests.support.running import Runner
from tests.support.world import fill, rule, secret_texts

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
    changed = [awx.job(playbook, key).results()[-1]["changed"] for _ in range(2)]
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
