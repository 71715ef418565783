# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else of the account acts in the middle, or nobody knows whether a write happened."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rule_ids, rules, secrets

pytestmark = pytest.mark.once

HTTPS = {"server": "5", "user": "web", "external_port": 443, "internal_port": 8443}
POST_RULE = {"method": "POST", "path": "/users/{id}/port-forwards"}


def meanwhile(simulator: Simulator, *actions: dict[str, Any], **fault: Any) -> None:
    simulator.faults({"kind": "meanwhile", "do": list(actions), **fault})


def add(name: str, text: str, comment: str = "") -> dict[str, Any]:
    return {
        "action": "create_port_forward",
        "server": 5,
        "client_name": name,
        **rule(text, comment),
    }


def happened(simulator: Simulator) -> None:
    """Each fault was due, and could do what it was to do: or the test has tested nothing."""
    for fault in simulator.faults():
        assert fault["fired"], fault
        assert not fault.get("errors"), fault


# 409


def test_the_port_is_now_as_declared(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    meanwhile(simulator, add("web", "443/tcp -> 8443", "theirs"), **POST_RULE)
    done = run.module("wg_port_forward", **HTTPS)
    assert not done.last.failed, done.output
    assert [request["status"] for request in done.requests] == [200, 200, 409, 200]
    assert done.last["port_forward"]["id"] == 501
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (theirs)"]}
    happened(simulator)


def test_the_port_now_leads_elsewhere(run: Runner, simulator: Simulator) -> None:
    """Somebody forwarded it to another port of the same user: replaced, as ever."""
    fill(simulator, {"web": []})
    meanwhile(simulator, add("web", "443/tcp -> 1"), **POST_RULE)
    done = run.module("wg_port_forward", **HTTPS)
    assert not done.last.failed, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 8443"]}
    happened(simulator)


@pytest.mark.parametrize("takeover", [False, True], ids=["", "takeover"])
def test_another_user_now_holds_the_port(run: Runner, simulator: Simulator, takeover: bool) -> None:
    fill(simulator, {"web": [], "dns": []})
    meanwhile(simulator, add("dns", "443/tcp -> 5353"), **POST_RULE)
    done = run.module("wg_port_forward", **HTTPS, takeover=takeover)
    happened(simulator)
    if takeover:
        assert not done.last.failed, done.output
        assert rules(simulator) == {"web": ["443/tcp -> 8443"], "dns": []}
    else:
        assert done.last.failed
        assert "'dns'" in done.last.msg
        assert "443/tcp -> 5353" in done.last.msg
        assert done.last["error"]["status"] == 409
        assert rules(simulator) == {"web": [], "dns": ["443/tcp -> 5353"]}


def test_tcp_of_a_declared_both_now_stands(run: Runner, simulator: Simulator) -> None:
    """Only what is still missing is added."""
    fill(simulator, {"web": []})
    meanwhile(simulator, add("web", "443/tcp -> 8443"), **POST_RULE)
    done = run.module("wg_port_forward", **HTTPS, protocol="both")
    assert not done.last.failed, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 8443", "443/udp -> 8443"]}
    assert rule_ids(simulator)[501] == "web 443/tcp -> 8443"
    assert len(done.last["port_forwards"]) == 2
    happened(simulator)


def test_tcp_of_a_declared_both_is_now_anothers(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [], "dns": []})
    meanwhile(simulator, add("dns", "443/tcp -> 5353"), **POST_RULE)
    done = run.module("wg_port_forward", **HTTPS, protocol="both")
    assert done.last.failed
    assert "'dns'" in done.last.msg
    assert "443/tcp -> 5353" in done.last.msg
    assert rules(simulator) == {"web": [], "dns": ["443/tcp -> 5353"]}
    happened(simulator)


def test_another_user_grabs_the_port_in_a_replacement(run: Runner, simulator: Simulator) -> None:
    """Between our deletion and our creation: the old rule can't be put back, and is told whole."""
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")], "dns": []})
    meanwhile(simulator, add("dns", "443/tcp -> 5353"), method="DELETE", when="after")
    done = run.module("wg_port_forward", **HTTPS)
    assert done.last.failed
    assert "'dns'" in done.last.msg
    lost = {"user": "web", **rule("443/tcp -> 1", "HTTPS")}
    assert done.last["lost_port_forwards"] == [lost]
    assert rules(simulator) == {"web": [], "dns": ["443/tcp -> 5353"]}
    happened(simulator)


@pytest.mark.parametrize(
    ("start", "grabbed", "lost"),
    [
        ("443/tcp -> 1", "443/tcp -> 5353", "443/tcp -> 1"),
        ("443/both -> 1", "443/udp -> 5353", "443/udp -> 1"),
    ],
    ids=["its comment", "its other protocol"],
)
def test_what_a_grabbed_port_loses_is_told(
    run: Runner, simulator: Simulator, start: str, grabbed: str, lost: str
) -> None:
    """As above, and what is declared could be had: yet what the old rule held besides is gone.

    Of tcp, the comment that was to be kept; of `both`, udp, which nobody wanted to end.
    """
    fill(simulator, {"web": [rule(start, "HTTPS")], "dns": []})
    meanwhile(simulator, add("dns", grabbed, "theirs"), method="DELETE", when="after")
    done = run.module("wg_port_forward", **HTTPS, takeover=True)
    happened(simulator)
    assert done.last.failed
    assert done.last["lost_port_forwards"] == [{"user": "web", **rule(lost, "HTTPS")}]
    assert f"{lost} (HTTPS)" in done.last.msg
    # A second run finishes the work.
    assert run.module("wg_port_forward", **HTTPS, comment="HTTPS", takeover=True).last.changed
    assert rules(simulator)["web"] == ["443/tcp -> 8443 (HTTPS)"]


def test_a_replacement_goes_on_where_nothing_is_lost(run: Runner, simulator: Simulator) -> None:
    """The old rule can't be put back, and nobody wants it back: what is declared takes its place."""
    fill(simulator, {"web": [rule("443/tcp -> 1")], "dns": []})
    meanwhile(simulator, add("dns", "443/tcp -> 5353"), method="DELETE", when="after")
    done = run.module("wg_port_forward", **HTTPS, takeover=True, comment="HTTPS")
    happened(simulator)
    assert not done.last.failed, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)"], "dns": []}
    assert "lost_port_forwards" not in done.last


@pytest.mark.parametrize("module", ["wg_user", "wg_server"])
def test_the_user_is_now_there(
    run: Runner, simulator: Simulator, tmp_path: Path, module: str
) -> None:
    """Created by somebody else just before us: adopted, with its own keys."""
    fill(simulator, {})
    meanwhile(
        simulator,
        {"action": "create_user", "server": 5, "client_name": "phone"},
        method="POST",
        path="/servers/{id}/users",
    )
    wanted: dict[str, Any] = {
        "wg_user": {"name": "phone", "config_path": str(tmp_path / "phone.conf")},
        "wg_server": {"users": [{"name": "phone"}], "config_dir": str(tmp_path)},
    }
    done = run.module(module, server="5", **wanted[module])
    assert not done.last.failed, done.output
    assert ids(simulator) == {"phone": 101}
    assert (tmp_path / "phone.conf").read_text() == secrets(simulator, "phone")["config"]
    happened(simulator)


def test_the_user_is_made_anew_by_another(run: Runner, simulator: Simulator) -> None:
    """The user of the listing is gone: an error with what the portal said, and no rule lost."""
    fill(simulator, {"web": []})
    meanwhile(simulator, {"action": "delete_user", "server": 5, "client_name": "web"}, **POST_RULE)
    done = run.module("wg_port_forward", **HTTPS)
    assert done.last.failed
    assert done.last["error"]["status"] == 404
    assert done.last["error"]["path"] == "/users/101/port-forwards"
    happened(simulator)


# DELETE of what is gone


@pytest.mark.parametrize("unknown_id", ["404", "403"])
@pytest.mark.parametrize("what", ["user", "rule"])
def test_gone_already(run: Runner, simulator: Simulator, what: str, unknown_id: str) -> None:
    """404 and 403 can both mean gone: the listing decides, and it is done."""
    fill(simulator, {"web": [rule("443/tcp -> 8443")], "dns": []})
    simulator.shapes(unknown_id=unknown_id)
    gone = {
        "user": {"action": "delete_user", "server": 5, "client_name": "web"},
        "rule": {"action": "delete_port_forward", "id": 501},
    }
    meanwhile(simulator, gone[what], method="DELETE")
    if what == "user":
        done = run.module("wg_user", server="5", name="web", state="absent")
    else:
        done = run.module("wg_port_forward", **HTTPS, state="absent")
    assert not done.last.failed, done.output
    assert str(done.requests[-2]["status"]) == unknown_id
    assert done.requests[-1]["method"] == "GET"
    assert "443/tcp -> 8443" not in str(rules(simulator))
    happened(simulator)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("what", ["user", "rule"])
def test_refused_and_still_there(run: Runner, simulator: Simulator, what: str, status: int) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443")]})
    simulator.faults({"kind": "status", "status": status, "code": "no", "method": "DELETE"})
    if what == "user":
        done = run.module("wg_user", server="5", name="web", state="absent")
    else:
        done = run.module("wg_port_forward", **HTTPS, state="absent")
    assert done.last.failed
    assert done.last["error"]["status"] == status
    assert done.last["error"]["method"] == "DELETE"
    assert rule_ids(simulator) == {501: "web 443/tcp -> 8443"}
    assert not done.last.changed


# Writes of which nobody knows whether they happened

FAULTS: dict[str, dict[str, Any]] = {
    "reset": {"kind": "reset"},
    "close": {"kind": "close"},
    "time-out": {"kind": "timeout"},
    "500": {"kind": "status", "status": 500},
    "504": {"kind": "html", "status": 504},
    "garbage": {"kind": "garbage"},
    "empty": {"kind": "empty"},
    "truncated": {"kind": "truncated"},
    "a list of nothing": {"kind": "json", "body": []},
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_user_is_created_once(
    module: Modules, simulator: Simulator, tmp_path: Path, fault: dict[str, Any], when: str
) -> None:
    fill(simulator, {})
    simulator.faults({**fault, "method": "POST", "when": when})
    path = tmp_path / "phone.conf"
    done = module("wg_user", server="5", name="phone", config_path=str(path), timeout=0.5)
    assert not done.last.failed, done.output
    assert done.last.changed
    assert list(ids(simulator)) == ["phone"]
    assert len(done.writes) == {"before": 2, "after": 1}[when]
    assert done.last["user"]["id"] == ids(simulator)["phone"]
    assert path.read_text() == secrets(simulator, "phone")["config"]
    happened(simulator)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_rule_is_created_once(
    module: Modules, simulator: Simulator, fault: dict[str, Any], when: str
) -> None:
    fill(simulator, {"web": []})
    simulator.faults({**fault, "method": "POST", "when": when})
    done = module("wg_port_forward", **HTTPS, comment="HTTPS", timeout=0.5)
    assert not done.last.failed, done.output
    assert done.last.changed
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)"]}
    assert len(done.writes) == {"before": 2, "after": 1}[when]
    assert done.last["port_forward"]["id"] == 501
    happened(simulator)


@pytest.mark.parametrize("fault", [FAULTS["reset"], FAULTS["500"]], ids=["reset", "500"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_deletion_is_sent_until_it_is_answered(
    module: Modules, simulator: Simulator, fault: dict[str, Any], when: str
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443")], "dns": []})
    simulator.faults({**fault, "method": "DELETE", "when": when})
    done = module("wg_user", server="5", name="web", state="absent")
    assert not done.last.failed, done.output
    assert done.last.changed
    assert rules(simulator) == {"dns": []}
    happened(simulator)


def test_a_whole_server_over_a_bad_line(module: Modules, simulator: Simulator) -> None:
    """One fault of each kind, at every third write: all is there once in the end."""
    fill(simulator, {"old": [rule("80/tcp -> 80")]})
    for number, when in enumerate(("before", "after", "before", "after")):
        kind = list(FAULTS.values())[number]
        simulator.faults({**kind, "method": "POST", "when": when, "skip": 2 * number})
    simulator.faults({"kind": "reset", "method": "DELETE", "when": "after"})
    users: list[dict[str, Any]] = [
        {"name": f"user{n}", "port_forwards": [rule(f"{8000 + n}/both -> 80")]} for n in range(4)
    ]
    done = module("wg_server", server="5", users=users, purge_users=True, timeout=0.5)
    assert not done.last.failed, done.output
    assert rules(simulator) == {f"user{n}": [f"{8000 + n}/both -> 80"] for n in range(4)}
    assert {step["status"] for step in done.last["plan"]} == {"done"}
    happened(simulator)


def test_a_cancelled_job_puts_back_what_it_removed(
    run: Runner, simulator: Simulator, tmp_path: Path
) -> None:
    """A job that is stopped between the deletion and the creation of a replacement."""
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")]})
    simulator.faults({"kind": "timeout", "method": "POST", "seconds": 30})
    with run.started("wg_port_forward", **{**HTTPS, "timeout": 3}) as task:
        task.sent("POST")
        assert rules(simulator) == {"web": []}
        result = task.signal(signal.SIGTERM).result()
    assert result["failed"]
    assert "put back" in result["msg"]
    assert rules(simulator) == {"web": ["443/tcp -> 1 (HTTPS)"]}


def test_a_409_that_nobody_explains_is_looked_at_twice(
    module: Modules, simulator: Simulator
) -> None:
    """The listing lags behind: the second look shows who holds the port, and nothing is sent again."""
    fill(simulator, {"web": [], "dns": []})
    grab = {"action": "create_port_forward", "server": 5, "client_name": "dns"}
    forwards = {"path": "/users/{id}/port-forwards"}
    simulator.faults(
        {"kind": "status", "status": 409, "method": "POST", **forwards},
        {
            "kind": "meanwhile",
            "do": [{**grab, **rule("443/tcp -> 53")}],
            "when": "after",
            "method": "GET",
            "skip": 3,  # the plan, what became of the POST, one of two of the first look
            **forwards,
        },
    )
    done = module("wg_port_forward", server=5, user="web", external_port=443, internal_port=8443)
    assert done.last.failed
    assert "dns" in done.last.msg
    assert len(done.writes) == 1
