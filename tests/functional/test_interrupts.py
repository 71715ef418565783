# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job is cancelled in the middle of a replacement: the old rule stands, or the new one does.

Never neither, unless the portal does not take the old one back: then the result tells it, whole.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import Any

import pytest
import yaml

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import deadline
from ansible_collections.premiervpn.wireguard.plugins.module_utils._module import signals
from simulator.process import Simulator
from tests.support.processes import UnderWay, wait_until
from tests.support.running import Runner
from tests.support.world import fill, rule, rule_ids, rules

pytestmark = [pytest.mark.once, pytest.mark.spread, pytest.mark.waits]

OLD, NEW = "443/tcp -> 1 (HTTPS)", "443/tcp -> 8443 (HTTPS)"
OTHER = "80/tcp -> 80"

REPLACED = {
    "server": 5,
    "user": "web",
    "external_port": 443,
    "internal_port": 8443,
    "timeout": 3,
    "max_wait": 30,
}

POST = {"method": "POST"}
DELETE = {"method": "DELETE"}

# What a client gets to see of these lasts: time enough to be interrupted in.
SILENT = {"kind": "timeout"}
SLOW = {"kind": "slow", "seconds": 0.01}
BUSY = {"kind": "rate_limited", "retry_after": 3}
REFUSED = {"kind": "status", "status": 422, "code": "no"}
BROKEN = {"kind": "status", "status": 503, "times": None}


@pytest.fixture
def web(simulator: Simulator) -> Simulator:
    """A user with the rule that is to be replaced, and another one."""
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS"), rule("80/tcp -> 80")]})
    return simulator


def converges(run: Runner, simulator: Simulator) -> None:
    """The next run ends as declared, and the one after it changes nothing."""
    simulator.clear_faults()
    done = run.module("wg_port_forward", **REPLACED)
    assert not done.last.failed, done.output
    # The comment is not declared: it is kept where the old rule was there to tell it.
    assert rules(simulator)["web"] in ([NEW, OTHER], ["443/tcp -> 8443", OTHER])
    again = run.module("wg_port_forward", **REPLACED)
    assert not again.last.changed
    assert again.writes == []


def interrupted(result: dict[str, Any], *texts: str) -> None:
    """The task failed, and said how it ended."""
    assert result["failed"]
    for text in texts:
        assert text in result["msg"]
    assert "lost_port_forwards" not in result


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name
)
def test_between_the_deletion_and_the_creation(
    run: Runner, web: Simulator, number: signal.Signals
) -> None:
    """The task waits for the rate limit there."""
    web.faults({**BUSY, **POST})
    with run.started("wg_port_forward", **REPLACED) as task:
        task.sent("POST", answered=True)
        assert rules(web)["web"] == [OTHER]
        result = task.signal(number).result()
    interrupted(result, number.name, f"the old rule {OLD} of user 'web' was put back")
    assert [(step["status"], step["put_back"]) for step in result["plan"]] == [
        ("done", True),
        ("failed", False),
    ]
    assert rules(web)["web"] == [OLD, OTHER]
    converges(run, web)


def test_before_anything_is_changed(run: Runner, web: Simulator) -> None:
    web.faults({**SILENT, "method": "GET", "path": "/users/{id}/port-forwards"})
    with run.started("wg_port_forward", **REPLACED) as task:
        result = task.sent("GET", 2).signal(signal.SIGTERM).result()
    interrupted(result, "cancelled by SIGTERM; nothing was under way")
    assert not result["changed"]
    assert rule_ids(web)[501] == f"web {OLD}"
    converges(run, web)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_deletion_without_an_answer(run: Runner, web: Simulator, when: str) -> None:
    web.faults({**SILENT, **DELETE, "when": when})
    with run.started("wg_port_forward", **REPLACED) as task:
        result = task.sent("DELETE").signal(signal.SIGTERM).result()
    interrupted(result, "SIGTERM")
    assert ("was put back" in result["msg"]) == (when == "after")
    assert (501 in rule_ids(web)) == (when == "before")
    assert rules(web)["web"] == [OLD, OTHER]
    converges(run, web)


def test_a_deletion_that_is_carried_out_late(run: Runner, web: Simulator) -> None:
    """Who looked at once would still see the old rule, and leave; then it would go."""
    web.settings(latency=1500)
    with run.started("wg_port_forward", **REPLACED) as task:
        task.sent("DELETE")
        web.settings(latency=0)
        task.signal(signal.SIGTERM)
        assert 501 in rule_ids(web)
        result = task.result()
    interrupted(result, "SIGTERM", "was put back")
    assert 501 not in rule_ids(web)
    assert rules(web)["web"] == [OLD, OTHER]
    converges(run, web)


def test_a_user_that_is_created_late(run: Runner, simulator: Simulator) -> None:
    """Creating one takes the portal a few seconds: the result tells whether it was."""
    simulator.settings(create_delay=1500)
    options = {"server": 5, "name": "phone", "timeout": 20}
    with run.started("wg_user", **options) as task:
        result = task.sent("POST").signal(signal.SIGTERM).result()
    interrupted(result, "SIGTERM")
    assert rules(simulator) == {"phone": []}
    assert not run.module("wg_user", **options).last.changed


@pytest.mark.parametrize(
    ("fault", "stands"),
    [({**SILENT, "when": "before"}, OLD), ({**SILENT, "when": "after"}, NEW), (SLOW, NEW)],
    ids=["not carried out", "carried out", "answered slowly"],
)
def test_a_creation_under_way(
    run: Runner, web: Simulator, fault: dict[str, Any], stands: str
) -> None:
    web.faults({**fault, **POST})
    with run.started("wg_port_forward", **REPLACED) as task:
        result = task.sent("POST").signal(signal.SIGTERM).result()
    interrupted(result, "SIGTERM")
    assert rules(web)["web"] == [stands, OTHER]
    assert result["changed"]
    converges(run, web)


PUTTING_BACK: dict[str, dict[str, Any]] = {
    "not carried out": {**SILENT, "when": "before"},
    "carried out": {**SILENT, "when": "after"},
    "answered slowly": SLOW,
    "has to wait": BUSY,
}


@pytest.mark.parametrize("fault", PUTTING_BACK.values(), ids=PUTTING_BACK)
def test_while_the_old_rule_is_put_back(run: Runner, web: Simulator, fault: dict[str, Any]) -> None:
    """The creation was refused, and the first signal comes after that. Then comes another."""
    web.faults({**REFUSED, **POST}, {**fault, **POST})
    with run.started("wg_port_forward", **REPLACED) as task:
        task.sent("POST", 2)
        result = task.signal(signal.SIGTERM).signal(signal.SIGINT).result()
    # Of two that come together Python may see either first.
    interrupted(
        result, "answered 422", "interrupted by", f"the old rule {OLD} of user 'web' was put back"
    )
    assert result["error"]["status"] == 422
    assert rules(web)["web"] == [OLD, OTHER]
    converges(run, web)


def test_signal_upon_signal(run: Runner, web: Simulator) -> None:
    """The first one interrupts the replacement, the others come while the old rule is put back."""
    web.faults({**BUSY, **POST, "retry_after": 2}, {**SLOW, **POST})
    with run.started("wg_port_forward", **REPLACED) as task:
        task.sent("POST", answered=True).signal(signal.SIGTERM).sent("POST", 2)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            task.signal(number)
        result = task.result()
    interrupted(result, "SIGTERM", "was put back")
    assert rules(web)["web"] == [OLD, OTHER]
    converges(run, web)


def test_the_old_rule_is_not_taken_back(run: Runner, web: Simulator) -> None:
    """Then it is told, whole: in the message and for programs."""
    web.faults({**BROKEN, **POST})
    with run.started("wg_port_forward", **{**REPLACED, "max_wait": 5}) as task:
        result = task.sent("POST", answered=True).signal(signal.SIGTERM).result()
    assert result["failed"]
    assert f"THE OLD RULE {OLD} OF USER 'web' IS LOST" in result["msg"]
    assert result["lost_port_forwards"] == [{"user": "web", **rule("443/tcp -> 1", "HTTPS")}]
    assert result["changed"]
    assert rules(web)["web"] == [OTHER]
    converges(run, web)


HELD = {**SILENT, **POST, "times": None}
UNKNOWN = "no answer before the cancelled task had to end; whether it was carried out is not known"


@pytest.fixture
def grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled task is to end sooner."""
    monkeypatch.setattr(deadline, "GRACE", 0.5)
    for module in (deadline, signals):
        monkeypatch.setattr(module, "ENDS", 1.0)


@pytest.mark.usefixtures("grace")
@pytest.mark.parametrize("task", ["wg_user", "wg_server"])
def test_the_portal_holds_a_creation(run: Runner, simulator: Simulator, task: str) -> None:
    """However long the time-out is, the task ends, and tells what nobody knows."""
    simulator.faults(HELD)
    declared = {"name": "phone"} if task == "wg_user" else {"users": [{"name": "phone"}]}
    with run.started(task, server=5, timeout=600, **declared) as process:
        result = process.sent("POST").signal(signal.SIGTERM).result()
    interrupted(result, UNKNOWN, "interrupted by SIGTERM")
    assert process.simulator.requests()[-1]["method"] == "GET"  # it looked
    simulator.clear_faults()
    assert run.module("wg_user", server=5, name="phone").last.changed


@pytest.mark.usefixtures("grace")
def test_the_portal_holds_every_creation(run: Runner, web: Simulator) -> None:
    """What was taken away can't be put back in time: the journal keeps it, and the next run gives it back."""
    web.faults(HELD)
    with run.started("wg_port_forward", **{**REPLACED, "timeout": 600}) as task:
        result = task.sent("POST").signal(signal.SIGTERM).result()
    assert UNKNOWN in result["msg"]
    assert f"THE OLD RULE {OLD} OF USER 'web' IS LOST" in result["msg"]
    assert "the next task that changes this server gives back what is missing" in result["msg"]
    assert len(task.sent("POST").simulator.requests()) < 9
    web.clear_faults()
    done = run.module("wg_user", server=5, name="other")
    assert OLD in json.dumps(done.last.values)
    assert rules(web)["web"] == [OLD, OTHER]


def test_a_port_that_moves_to_another_user(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"dns": [rule("443/both -> 53", "DNS")], "web": []})
    simulator.faults({**BUSY, **POST})
    options = {**REPLACED, "protocol": "both", "takeover": True}
    with run.started("wg_port_forward", **options) as task:
        result = task.sent("POST", 1, answered=True).signal(signal.SIGTERM).result()
    interrupted(result, "SIGTERM", "the old rule 443/both -> 53 (DNS) of user 'dns' was put back")
    assert rules(simulator) == {"dns": ["443/both -> 53 (DNS)"], "web": []}
    assert not run.module("wg_port_forward", **options).last.failed
    assert rules(simulator)["dns"] == []


def test_what_was_done_before_is_told(run: Runner, web: Simulator) -> None:
    """A job that is cancelled when only the configuration of a new user is still to be read."""
    new = {"id": 102, "client_name": "new"}
    web.faults(
        {
            "kind": "json",
            "when": "after",
            "body": new,
            "method": "POST",
            "path": "/servers/{id}/users",
        },
        {**SILENT, "method": "GET", "path": "/users/102"},
    )
    users = [{"name": "web", "port_forwards": [rule("443/tcp -> 8443")]}, {"name": "new"}]
    options = {"server": 5, "users": users, "return_configs": True}
    with run.started("wg_server", **options) as task:
        result = task.sent("GET", 4).signal(signal.SIGTERM).result()
    interrupted(result, "cancelled by SIGTERM")
    assert result["changed"]
    assert [step["status"] for step in result["plan"]] == ["done", "done", "done"]
    assert rules(web)["web"] == [NEW, OTHER]


def test_cancelled_before_the_first_change(run: Runner, web: Simulator) -> None:
    """The configurations of users who stay are read before anything is changed."""
    web.faults({**SILENT, "method": "GET", "path": "/users/{id}"})
    users = [{"name": "web", "port_forwards": [rule("443/tcp -> 8443")]}]
    options = {"server": 5, "users": users, "return_configs": True}
    with run.started("wg_server", **options) as task:
        result = task.sent("GET", 3).signal(signal.SIGTERM).result()
    interrupted(result, "cancelled by SIGTERM; nothing was under way")
    assert not result["changed"]
    assert rules(web)["web"] == [OLD, OTHER]


def test_cancelled_while_planning_anew(run: Runner, simulator: Simulator) -> None:
    """Somebody grabbed the port in the middle: what is lost is told, whatever comes then."""
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")], "dns": []})
    grab = {"action": "create_port_forward", "server": 5, "client_name": "dns"}
    simulator.faults(
        {
            "kind": "meanwhile",
            "do": [{**grab, **rule("443/tcp -> 53")}],
            "when": "after",
            **DELETE,
        },
        {**SILENT, "method": "GET", "path": "/servers/{id}/users", "skip": 1},
    )
    with run.started("wg_port_forward", **REPLACED) as task:

        def looks_at_the_server() -> bool:
            paths = [x["path"] for x in simulator.requests()]
            return paths.count("/servers/5/users") == 2

        wait_until(looks_at_the_server, "the second look at the server")
        result = task.signal(signal.SIGTERM).result()
    assert result["failed"]
    assert "SIGTERM" in result["msg"]
    assert result["lost_port_forwards"] == [{"user": "web", **rule("443/tcp -> 1", "HTTPS")}]
    assert result["changed"]


def test_killed(run: Runner, web: Simulator) -> None:
    """SIGKILL leaves no time to put anything back: the next run does what is declared."""
    web.faults({**SILENT, **POST})
    with run.started("wg_port_forward", **REPLACED) as task:
        task.sent("POST").signal(signal.SIGKILL)
        assert task.process.wait() == -signal.SIGKILL
    assert rules(web)["web"] == [OTHER]
    converges(run, web)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_play(run: Runner, web: Simulator, number: signal.Signals) -> None:
    """Ctrl-C, or a job that is stopped. Ansible does not wait for its task; the task goes on."""
    web.faults({**BUSY, **POST})
    playbook = run.folder / "play.yml"
    task = {"premiervpn.wireguard.wg_port_forward": REPLACED}
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]
    playbook.write_text(yaml.safe_dump(play), encoding="utf-8")
    with subprocess.Popen(
        run.command("playbook", str(playbook)),
        env=run.environment(),
        cwd=run.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # as a terminal's: the signal is for all that is under way in it
    ) as process:
        try:
            UnderWay(process, web).sent("POST", answered=True)
            assert rules(web)["web"] == [OTHER]
            os.killpg(process.pid, number)
            assert process.wait(60)
            # Some ansible-core let a task finish at Ctrl-C.
            well = ([OLD, OTHER], [NEW, OTHER])
            wait_until(lambda: rules(web)["web"] in well, "a rule that stands")
        finally:
            process.kill()
    converges(run, web)
