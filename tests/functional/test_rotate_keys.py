# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_rotate_keys: new keys, the port forwards kept, and a run that is killed anywhere is finished."""

from __future__ import annotations

import json
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.processes import wait_until
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secret_texts, secrets

HELD = {
    "phone": [rule("443/both -> 8443", "HTTPS: {{ 7 * 7 }}"), rule("80/tcp -> 80")],
    "laptop": [rule("22022/tcp -> 22", "007")],
    "other": [rule("7000/udp -> 7000")],
}
EXPECTED = {
    "phone": ["443/both -> 8443 (HTTPS: {{ 7 * 7 }})", "80/tcp -> 80"],
    "laptop": ["22022/tcp -> 22 (007)"],
    "other": ["7000/udp -> 7000"],
}
# A look, the rules and the keys of two; two removed and made, three rules made again.
REQUESTS = 1 + 2 * 2 + 2 * 2 + 3
FILE = "wg-rotate-keys-5.json"


@pytest.fixture
def server(simulator: Simulator) -> Simulator:
    fill(simulator, HELD)
    return simulator


def keys(simulator: Simulator) -> dict[str, str]:
    """Every user's public key."""
    return {name: secrets(simulator, name)["keys"]["client_public_key"] for name in ids(simulator)}


def options(run: Runner, *users: str, **more: Any) -> dict[str, Any]:
    return {"server": 5, "users": list(users), "recovery_dir": str(run.folder), **more}


def rotate(run: Runner, *users: str, check: bool = False, **more: Any) -> Run:
    return run.module("wg_rotate_keys", check=check, **options(run, *users, **more))


def test_new_keys_and_the_same_port_forwards(run: Runner, server: Simulator) -> None:
    before = keys(server)
    folder = run.folder / "conf"
    done = rotate(run, "phone", "laptop", config_dir=str(folder))
    assert not done.last.failed, done.output
    assert done.last.changed
    after = keys(server)
    assert {name for name in before if before[name] != after[name]} == {"phone", "laptop"}
    assert rules(server) == EXPECTED
    for name in ("phone", "laptop"):
        assert (folder / f"{name}.conf").read_text() == secrets(server, name)["config"]
    assert not (run.folder / FILE).exists()
    assert len(done.sent) == REQUESTS
    for secret in (KEY, *secret_texts(server, "phone"), *secret_texts(server, "laptop")):
        assert secret not in done.output


def test_check_mode_predicts_it_and_leaves_no_file(run: Runner, server: Simulator) -> None:
    before = keys(server)
    check = rotate(run, "phone", check=True)
    assert check.last.changed
    assert check.writes == []
    assert keys(server) == before
    assert not (run.folder / FILE).exists()
    done = rotate(run, "phone")
    assert [step["what"] for step in check.last["plan"]] == [
        step["what"] for step in done.last["plan"]
    ]


@pytest.mark.parametrize(
    ("users", "why"),
    [
        (["phone", "Laptop", "nobody"], "Laptop, nobody; 'laptop' differs from it in case only"),
        (["a b"], "'a b' is not a client name"),
        ([], "users is an empty list"),
    ],
)
def test_who_is_not_there_is_refused(
    run: Runner, server: Simulator, users: list[str], why: str
) -> None:
    done = rotate(run, *users)
    assert why in done.last.msg
    assert done.writes == []
    assert not (run.folder / FILE).exists()


def test_where_no_recovery_file_can_be_left_nothing_is_begun(
    run: Runner, server: Simulator
) -> None:
    done = rotate(run, "phone", recovery_dir=str(run.folder / "missing"))
    assert "no recovery file can be written" in done.last.msg
    assert done.sent == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(REQUESTS))
def test_a_run_that_is_killed_at_any_request_is_finished_by_the_next(
    run: Runner, server: Simulator, number: int, when: str
) -> None:
    """At the request of this number, before the portal has carried it out or after."""
    before = keys(server)
    server.faults({"kind": "timeout", "skip": number, "when": when})
    given = options(run, "phone", "laptop", rate_limit=0, config_dir=str(run.folder / "conf"))
    with run.started("wg_rotate_keys", **given) as under_way:
        wait_until(lambda: len(server.requests()) > number, f"request number {number}")
        under_way.signal(signal.SIGKILL)
        under_way.process.wait(60)
    server.clear_faults()

    path = run.folder / FILE
    wrote = any(request["method"] != "GET" for request in server.requests())
    assert path.exists() or not wrote
    if path.exists():
        text = path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert all(secret not in text for secret in [KEY, *secret_texts(server, "other")])
        assert "private" not in text.lower()
    done = rotate(run, "phone", "laptop", config_dir=str(run.folder / "conf"))
    assert not done.last.failed, done.output
    assert rules(server) == EXPECTED
    after = keys(server)
    assert {name for name in before if before[name] != after[name]} == {"phone", "laptop"}
    for name in ("phone", "laptop"):
        path = run.folder / "conf" / f"{name}.conf"
        assert path.read_text() == secrets(server, name)["config"]
    assert not (run.folder / FILE).exists()


def left(run: Runner, simulator: Simulator, **more: Any) -> Path:
    """A recovery file of a run that was killed after it had deleted the phone."""
    key = keys(simulator)["phone"]
    simulator.faults({"kind": "timeout", "method": "DELETE", "when": "after"})
    with run.started("wg_rotate_keys", **options(run, "phone", rate_limit=0)) as under_way:
        under_way.sent("DELETE").signal(signal.SIGKILL)
        under_way.process.wait(60)
    simulator.clear_faults()
    path = run.folder / FILE
    found = json.loads(path.read_text())
    assert found["users"][0]["revoked_public_keys"] == [key]
    path.write_text(json.dumps({**found, **more}))
    return path


def test_whoever_the_next_run_names_the_earlier_one_is_finished(
    run: Runner, server: Simulator
) -> None:
    left(run, server)
    before = keys(server)
    done = rotate(run, "laptop")
    assert done.last["resumed"] == ["phone"]
    assert rules(server) == EXPECTED
    assert before["laptop"] != keys(server)["laptop"]


def test_an_empty_list_finishes_and_no_more(run: Runner, server: Simulator) -> None:
    left(run, server)
    before = keys(server)
    done = rotate(run)
    assert not done.last.failed
    assert rules(server) == EXPECTED
    assert {**keys(server), "phone": None} == {**before, "phone": None}


@pytest.mark.parametrize(
    "content",
    [
        "not JSON",
        "[]",
        "{}",
        '{"format": "x", "api_url": "x", "server": 5, "users": [{"name": 1}]}',
    ],
)
def test_a_file_that_is_none_of_ours_stops_everything(
    run: Runner, server: Simulator, content: str
) -> None:
    (run.folder / FILE).write_text(content)
    done = rotate(run, "phone")
    assert "is not what a rotation of keys leaves" in done.last.msg
    assert done.writes == []
    assert (run.folder / FILE).read_text() == content


def test_a_file_of_another_portal_stops_everything(run: Runner, server: Simulator) -> None:
    left(run, server, api_url="https://other.example.net/api/wg")
    done = rotate(run, "laptop")
    assert "is of another portal or server: https://other.example.net/api/wg" in done.last.msg
    assert done.writes == []


def test_a_failure_leaves_the_file_for_the_next_run(run: Runner, server: Simulator) -> None:
    server.faults(
        {"kind": "status", "status": 422, "method": "POST", "path": "/servers/{id}/users"}
    )
    done = rotate(run, "phone")
    assert done.last.failed
    assert (run.folder / FILE).exists()
    server.clear_faults()
    again = rotate(run, "phone")
    assert not again.last.failed, again.output
    assert rules(server) == EXPECTED
    assert not (run.folder / FILE).exists()


def test_who_goes_away_while_the_rules_are_read_is_not_found(
    run: Runner, server: Simulator
) -> None:
    gone = {"action": "delete_user", "server": 5, "client_name": "phone"}
    listing = {"method": "GET", "path": "/servers/{id}/users"}
    server.faults({"kind": "meanwhile", "do": [gone], "when": "after", **listing})
    done = rotate(run, "phone", "laptop")
    assert done.last.failed
    assert "not found on server 5, nothing was changed: phone" in done.last.msg
    assert done.writes == []
