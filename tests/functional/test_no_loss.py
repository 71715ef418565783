# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is lost by our own doing, and a task tells what it did: over real HTTP."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules

pytestmark = pytest.mark.once

OLD = "443/tcp -> 1 (HTTPS)"
REPLACED: dict[str, Any] = {
    "server": "5",
    "user": "web",
    "external_port": 443,
    "internal_port": 8443,
}


@pytest.fixture
def web(simulator: Simulator) -> Simulator:
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")]})
    return simulator


@pytest.mark.parametrize("limit", [3, 4])
def test_a_replacement_that_can_not_be_finished_is_not_begun(
    module: Modules, web: Simulator, limit: int
) -> None:
    """Two listings, and then there is no room for the deletion, the creation and the way back."""
    done = module("wg_port_forward", **REPLACED, rate_limit=limit, max_wait=0)
    assert done.last.failed
    assert done.writes == []
    assert rules(web) == {"web": [OLD]}
    assert not done.last.changed
    assert "max_wait" in done.last.msg


def test_one_that_can_be_finished_is(module: Modules, web: Simulator) -> None:
    done = module("wg_port_forward", **REPLACED, rate_limit=5, max_wait=0)
    assert done.last.changed, done.output
    assert rules(web) == {"web": ["443/tcp -> 8443 (HTTPS)"]}


def test_what_is_reserved_and_not_needed_is_given_back(module: Modules, web: Simulator) -> None:
    """Two listings, a deletion and a creation are four of five: a fifth request goes out at once."""
    module("wg_port_forward", **REPLACED, rate_limit=5, max_wait=0)
    assert not module("wg_server_info", rate_limit=5, max_wait=0).last.failed
    assert module("wg_server_info", rate_limit=5, max_wait=0).last.failed


def test_a_rule_is_put_back_though_the_allowance_is_spent(module: Modules, web: Simulator) -> None:
    """The creation meets a 429 that max_wait has no room for; what puts back waits it out."""
    web.faults({"kind": "rate_limited", "retry_after": 2, "method": "POST"})
    done = module("wg_port_forward", **REPLACED, rate_limit=0, max_wait=0)
    assert done.last.failed
    assert "was put back" in done.last.msg
    assert "lost_port_forwards" not in done.last.values
    assert rules(web) == {"web": [OLD]}


def test_a_batch_is_priced_before_its_first_request(module: Modules, simulator: Simulator) -> None:
    users = [f"user-{number}" for number in range(40)]
    fill(simulator, {name: [] for name in users})
    declared = [{"name": name, "port_forwards": []} for name in users]
    done = module("wg_server", server="5", users=declared, rate_limit=20, max_wait=30)
    assert done.last.failed
    assert done.last["requests"] == len(done.requests) == 1
    assert "40 requests are needed" in done.last.msg
    assert "20 a minute" in done.last.msg
    assert done.last["error"] == dict.fromkeys(("status", "code", "message", "method", "path"))


def test_a_cancelled_task_tells_what_was_answered(run: Runner, web: Simulator) -> None:
    """The creation is on its way when the signal comes, and is answered 201."""
    web.faults({"kind": "slow", "seconds": 0.02, "method": "POST", "when": "after"})
    options = {**REPLACED, "external_port": 80, "internal_port": 80}
    with run.started("wg_port_forward", **options) as task:
        result = task.sent("POST").signal(signal.SIGTERM).result()
    assert rules(web)["web"] == [OLD, "80/tcp -> 80"]
    assert result["changed"]
    assert [step["status"] for step in result["plan"]] == ["done"]
    assert "SIGTERM" in result["msg"]
    assert set(result["error"]) == {"status", "code", "message", "method", "path"}


PAGE: dict[str, Any] = {"kind": "html", "status": 200, "method": "DELETE"}


@pytest.mark.parametrize("times", [1, 3])
def test_a_page_confirms_no_deletion(module: Modules, web: Simulator, times: int) -> None:
    """Some proxy answers 200: the deletion is sent again until the portal answers."""
    web.faults({**PAGE, "times": times})
    done = module("wg_user", server="5", name="web", state="absent")
    assert done.last.changed, done.output
    assert len(done.writes) == times + 1
    assert ids(web) == {}


def test_a_deletion_that_only_pages_answer_has_not_happened(
    module: Modules, web: Simulator
) -> None:
    web.faults({**PAGE, "times": None})
    done = module("wg_user", server="5", name="web", state="absent")
    assert done.last.failed
    assert not done.last.changed
    assert list(ids(web)) == ["web"]


def test_an_integer_user_is_looked_up_on_the_server(module: Modules, simulator: Simulator) -> None:
    """The rule is as declared, but on another server: that is no success."""
    fill(simulator, {}, elsewhere={"web": [rule("443/tcp -> 8443")]})
    done = module("wg_port_forward", **{**REPLACED, "user": ids(simulator, 6)["web"]})
    assert done.last.failed
    assert "was not found on server" in done.last.msg


def test_comments_are_compared_without_outer_white_space(
    module: Modules, simulator: Simulator
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443", "HTTPS")]})
    done = module("wg_port_forward", **REPLACED, comment="  HTTPS ")
    assert not done.last.changed, done.output
    assert done.writes == []


def test_check_mode_of_a_takeover_predicts_what_the_run_does(
    module: Modules, simulator: Simulator
) -> None:
    """The comment of one half is kept, so that two rules take the place of the declared one."""
    fill(simulator, {"web": [], "dns": [rule("443/tcp -> 53", "theirs")]})
    options = {**REPLACED, "protocol": "both", "takeover": True}
    check = module("wg_port_forward", check=True, **options)
    done = module("wg_port_forward", **options)
    assert not done.last.failed, done.output

    def told(run: Any) -> list[tuple[str, str, str]]:
        return [(step["action"], step["name"], step["what"]) for step in run.last["plan"]]

    assert told(check) == told(done)
    assert check.last["diff"] == done.last["diff"]
    assert rules(simulator) == {
        "dns": [],
        "web": ["443/tcp -> 8443 (theirs)", "443/udp -> 8443"],
    }


def test_a_cancelled_setting_tells_that_it_was_changed(run: Runner, web: Simulator) -> None:
    web.faults({"kind": "slow", "seconds": 0.02, "method": "PUT", "when": "after"})
    options = {"server": "5", "user": "web", "limits": {"up": 50}}
    with run.started("wg_user_bandwidth", **options) as task:
        result = task.sent("PUT").signal(signal.SIGTERM).result()
    assert web.state()["users"][0]["bandwidth"] == {"up": 50}
    assert result["changed"]
    assert "cancelled by SIGTERM, after bandwidth was changed" in result["msg"]
    assert set(result["error"]) == {"status", "code", "message", "method", "path"}
