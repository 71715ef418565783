# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal refuses, breaks, is slow or is not there: what is told, and what is tried again."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import transport
from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules

PHONE = {"server": "5", "name": "phone"}
LIST = "/servers/5/users"
NEVER = {"max_wait": 0}
"""For what would be tried again: the task gives up at once."""


@pytest.mark.parametrize("status", [401, 403, 404, 422, 500, 502, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_an_error_carries(run: Runner, simulator: Simulator, method: str, status: int) -> None:
    told = {"status": status, "code": "some_code", "message": "Some words."}
    simulator.faults({"kind": "status", **told, "method": method, "path": LIST, "times": None})
    done = run.module("wg_user", **PHONE, **NEVER)
    assert done.last.failed
    assert done.last["error"] == {**told, "method": method, "path": LIST}
    for part in (str(status), "Some words (some_code)", method, LIST):
        assert part in done.last.msg
    assert done.last["requests"] == len(done.requests)
    assert not done.last.changed
    assert ids(simulator) == {}


def test_a_key_that_the_portal_does_not_know(run: Runner) -> None:
    done = run.module("wg_user", **PHONE, api_key="wg_nobodys_key")
    assert done.last["error"] == {
        "status": 401,
        "code": "unauthorized",
        "message": "The API key is missing or not valid.",
        "method": "GET",
        "path": LIST,
    }
    assert done.sent == [f"GET {LIST}"]
    assert "api_key" in done.last.msg
    assert "wg_nobodys_key" not in done.output


@pytest.mark.parametrize("module", ["wg_user", "wg_port_forward", "wg_server"])
def test_nobody_is_there(run: Runner, module: str) -> None:
    """Each module, and what is not known of the error is null."""
    options: dict[str, dict[str, Any]] = {
        "wg_user": {"name": "phone"},
        "wg_port_forward": {"user": "phone", "external_port": 80, "internal_port": 80},
        "wg_server": {"users": [{"name": "phone"}]},
    }
    with socket.socket() as bound:  # bound, and not listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/api/wg"
        done = run.module(module, server="5", api_url=url, **options[module], **NEVER)
    assert done.last.failed
    assert done.last["error"] == {
        "status": None,
        "code": None,
        "message": None,
        "method": "GET",
        "path": LIST,
    }
    assert "refused" in done.last.msg
    assert "Traceback" not in done.output


def test_html_in_place_of_json(run: Runner, simulator: Simulator) -> None:
    simulator.faults({"kind": "html", "status": 502, "times": None})
    done = run.module("wg_user", **PHONE, **NEVER)
    assert done.last.failed
    assert done.last["error"]["status"] == 502
    assert done.last["error"]["code"] is None
    assert "502" in done.last.msg
    assert "HTML" in done.last.msg
    # The page itself is nobody's business.
    assert "<h1>" not in done.output
    assert "could not reach the server" not in done.output


@pytest.mark.parametrize("retry_after", [100, None, "date"], ids=str)
def test_a_429_that_does_not_fit(run: Runner, simulator: Simulator, retry_after: Any) -> None:
    """Refused at once: no sleeping first. Without a Retry-After the window has to pass, 60 s."""
    fault = {"kind": "rate_limited", "times": None}
    simulator.faults({**fault, "retry_after": retry_after})
    if retry_after is None:
        simulator.clear_faults()
        simulator.settings(rate_limit=1)
        simulator.shapes(retry_after="missing")
    began = time.monotonic()
    done = run.module("wg_user", **PHONE, max_wait=1)
    assert time.monotonic() - began < 5
    assert done.last.failed
    error = done.last["error"]
    assert error["status"] == 429
    assert error["code"] == "rate_limited"
    assert error["path"] == LIST
    assert "max_wait" in done.last.msg
    assert ids(simulator) == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_429_that_fits(run: Runner, simulator: Simulator, method: str) -> None:
    """Waited out, then sent again: a 429 was not carried out, whatever the method."""
    simulator.faults({"kind": "rate_limited", "retry_after": 1, "method": method})
    done = run.module("wg_user", **PHONE)
    assert done.last.changed, done.output
    assert ids(simulator) == {"phone": 101}
    sent = [request for request in done.requests if request["method"] == method]
    assert [request["status"] for request in sent] == [429, {"GET": 200, "POST": 201}[method]]
    assert sent[1]["at"] - sent[0]["at"] >= 0.99


# The others: every cell "twice" of the fault matrix.
BROKEN: dict[str, dict[str, Any]] = {
    "time-out": {"kind": "timeout"},
    "refused": {"kind": "refused", "seconds": 0.3},
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_what_is_read_is_read_again(
    run: Runner, simulator: Simulator, fault: dict[str, Any]
) -> None:
    fill(simulator, {"phone": []})
    # "refused" closes the door after the answer: the connection for what follows is refused.
    when = {} if fault["kind"] == "refused" else {"times": 2}
    simulator.faults({**fault, **when, "method": "GET"})
    done = run.module("wg_user", **PHONE, state="absent", timeout=0.5)
    assert done.last.changed, done.output
    assert ids(simulator) == {}
    assert simulator.faults()[0]["fired"] == when.get("times", 1)
    # A request that no connection was made for has not reached the journal, and was sent all the same.
    assert done.last["requests"] >= len(done.requests) >= 2


def test_it_gives_up_in_the_end(run: Runner, simulator: Simulator) -> None:
    simulator.faults({"kind": "status", "status": 503, "times": None})
    done = run.module("wg_user", **PHONE, max_wait=1)
    assert done.last.failed
    assert done.last["error"]["status"] == 503
    assert 2 <= len(done.requests) <= 5
    assert done.writes == []


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_what_is_refused_is_not_tried_again(run: Runner, simulator: Simulator, status: int) -> None:
    simulator.faults({"kind": "status", "status": status, "method": "POST", "times": None})
    done = run.module("wg_user", **PHONE)
    assert done.last.failed
    assert done.writes == ["POST /servers/5/users"]


ODD_ANSWERS: dict[str, dict[str, Any]] = {
    "an unknown envelope": {"kind": "json", "body": {"surprise": ["HIDDEN"], "more": "HIDDEN"}},
    "a number": {"kind": "json", "body": 42},
    "users that are none": {"kind": "json", "body": ["HIDDEN", "HIDDEN"]},
    "a user without a name": {"kind": "json", "body": [{"id": 1, "private": "HIDDEN"}]},
    "an id that is none": {
        "kind": "json",
        "body": [{"id": "HIDDEN", "client_name": "phone"}],
    },
    "deep": {"kind": "deep"},
    "huge": {"kind": "huge", "megabytes": 20},
}


@pytest.mark.parametrize("fault", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_an_answer_that_can_not_be_read(
    run: Runner, simulator: Simulator, fault: dict[str, Any]
) -> None:
    """An error that says so, with the keys that were found at most, and never their values."""
    simulator.faults({**fault, "method": "GET", "times": None})
    done = run.module("wg_user", **PHONE, **NEVER)
    assert done.last.failed
    assert f"GET {LIST}" in done.last.msg
    assert done.last["error"]["path"] == LIST
    assert "HIDDEN" not in done.output
    assert "Traceback" not in done.output
    assert len(done.last.msg) < 1000
    assert done.writes == []
    if "surprise" in str(fault.get("body")):
        assert "surprise" in done.last.msg


def test_what_the_portal_says_can_not_paint_on_a_terminal(
    run: Runner, simulator: Simulator
) -> None:
    message = "\x1b[2J\u202ebad\r\n" + "x" * 5000
    simulator.faults({"kind": "status", "status": 422, "message": message, "method": "POST"})
    done = run.module("wg_user", **PHONE)
    assert done.last.failed
    for text in (done.last.msg, done.last["error"]["message"]):
        assert "bad" in text
        assert all(char.isprintable() for char in text)
        assert len(text) < 1000


def test_a_failure_in_a_play(run: Runner, simulator: Simulator) -> None:
    """A playbook can look into the failure: rescue, or failed_when by status."""
    fill(simulator, {"web": [rule("80/tcp -> 80")]})
    simulator.faults({"kind": "status", "status": 422, "code": "firewall", "method": "POST"})
    port = {"server": 5, "user": "web", "external_port": 443, "internal_port": 443}
    done = run.play(
        {
            "wg_port_forward": port,
            "register": "first",
            "failed_when": "first.error.code | default('') != 'firewall'",
        },
        {"wg_port_forward": port},
    )
    assert done.code == 0, done.output
    assert done.results[0]["error"]["status"] == 422
    assert rules(simulator) == {"web": ["443/tcp -> 443", "80/tcp -> 80"]}


def test_five_tries_and_no_more(
    module: Modules, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "backoff", lambda _attempt: 0.01)
    simulator.faults({"kind": "status", "status": 503, "method": "GET", "times": None})
    done = module("wg_user", **PHONE)
    assert done.last.failed
    assert done.sent == [f"GET {LIST}"] * 5
    assert "503" in done.last.msg
    assert done.last.msg.endswith("; given up after 5 attempts")


def test_a_second_try_that_has_to_wait_too_long(run: Runner, simulator: Simulator) -> None:
    """What went wrong first is told, and that the limit left no time for another try."""
    simulator.faults({"kind": "reset", "method": "GET"})
    done = run.module("wg_user", **PHONE, rate_limit=1, max_wait=5)
    assert done.last.failed
    assert done.sent == [f"GET {LIST}"]
    assert "connection reset by peer; not tried again: it would have to wait" in done.last.msg
    assert done.last["error"]["status"] is None
