# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared of a port is that these protocols lead there: coverage, replacement, takeover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, rule, rule_ids, rules

pytestmark = pytest.mark.once

LOST = {"user": "web", "external_port": 443, "internal_port": 8443, "protocol": "tcp"}


@dataclass
class Case:
    """The rules of port 443 before, what is declared of it, and the rules after.

    ``kept`` are the rules that must not be interrupted, ``requests`` how many may change something.
    """

    start: list[dict[str, Any]]
    wanted: dict[str, Any]
    end: list[str]
    kept: list[int] = field(default_factory=list)
    writes: int = 0


def wanted(protocol: str, internal: int = 8443, **more: Any) -> dict[str, Any]:
    return {"protocol": protocol, "internal_port": internal, **more}


def absent(protocol: str) -> dict[str, Any]:
    return {"protocol": protocol, "state": "absent"}


TCP, UDP, BOTH = (rule(f"443/{protocol} -> 8443") for protocol in ("tcp", "udp", "both"))
BOTH_HTTPS = {**BOTH, "comment": "HTTPS"}
TCP_HTTPS = {**TCP, "comment": "HTTPS"}

SATISFIED = {
    "tcp under both": Case([BOTH], wanted("tcp"), ["443/both -> 8443"], [501]),
    "udp under both": Case([BOTH], wanted("udp"), ["443/both -> 8443"], [501]),
    "both as two rules": Case(
        [TCP, UDP], wanted("both"), ["443/tcp -> 8443", "443/udp -> 8443"], [501, 502]
    ),
    "comment left out": Case([TCP_HTTPS], wanted("tcp"), ["443/tcp -> 8443 (HTTPS)"], [501]),
    "no comment, as declared": Case([TCP], wanted("tcp", comment=""), ["443/tcp -> 8443"], [501]),
    "absent tcp, udp stands": Case([UDP], absent("tcp"), ["443/udp -> 8443"], [501]),
    "absent both, none stands": Case([], absent("both"), []),
}
CHANGED = {
    "udp beside tcp": Case(
        [TCP], wanted("udp", 9000), ["443/tcp -> 8443", "443/udp -> 9000"], [501], 1
    ),
    "both adds udp alone": Case(
        [TCP], wanted("both"), ["443/tcp -> 8443", "443/udp -> 8443"], [501], 1
    ),
    "both adds tcp alone": Case(
        [UDP], wanted("both"), ["443/tcp -> 8443", "443/udp -> 8443"], [501], 1
    ),
    "both, and only udp misfits": Case(
        [TCP, rule("443/udp -> 9000")],
        wanted("both"),
        ["443/tcp -> 8443", "443/udp -> 8443"],
        [501],
        2,
    ),
    "both, and all misfits": Case([TCP, UDP], wanted("both", 9000), ["443/both -> 9000"], [], 3),
    "absent tcp leaves udp of both": Case(
        [BOTH_HTTPS], absent("tcp"), ["443/udp -> 8443 (HTTPS)"], [], 2
    ),
    "absent udp leaves tcp of both": Case(
        [BOTH_HTTPS], absent("udp"), ["443/tcp -> 8443 (HTTPS)"], [], 2
    ),
    "absent both ends both": Case([BOTH], absent("both"), [], [], 1),
    "absent both ends two rules": Case([TCP, UDP], absent("both"), [], [], 2),
    "absent both ends the one there is": Case([UDP], absent("both"), [], [], 1),
    "absent tcp, with udp beside": Case([TCP, UDP], absent("tcp"), ["443/udp -> 8443"], [502], 1),
    "another internal port keeps the comment": Case(
        [TCP_HTTPS], wanted("tcp", 9000), ["443/tcp -> 9000 (HTTPS)"], [], 2
    ),
    "another internal port and comment": Case(
        [TCP_HTTPS], wanted("tcp", 9000, comment="Web"), ["443/tcp -> 9000 (Web)"], [], 2
    ),
    "another comment": Case(
        [TCP_HTTPS], wanted("tcp", comment="Web"), ["443/tcp -> 8443 (Web)"], [], 2
    ),
    "a comment that differs in case": Case(
        [TCP_HTTPS], wanted("tcp", comment="https"), ["443/tcp -> 8443 (https)"], [], 2
    ),
    "no comment any more": Case([TCP_HTTPS], wanted("tcp", comment=""), ["443/tcp -> 8443"], [], 2),
    "tcp of both leads elsewhere": Case(
        [BOTH_HTTPS],
        wanted("tcp", 9000),
        ["443/tcp -> 9000 (HTTPS)", "443/udp -> 8443 (HTTPS)"],
        [],
        3,
    ),
}


@pytest.mark.parametrize("case", SATISFIED.values(), ids=SATISFIED)
def test_satisfied(run: Runner, simulator: Simulator, case: Case) -> None:
    done, check = converge(run, simulator, case)
    assert not done.last.changed
    assert not check.last.changed
    assert done.writes == []
    assert done.last["plan"] == []


@pytest.mark.parametrize("case", CHANGED.values(), ids=CHANGED)
def test_changed(run: Runner, simulator: Simulator, case: Case) -> None:
    done, check = converge(run, simulator, case)
    assert done.last.changed
    assert check.last.changed
    assert len(done.writes) == len(done.last["plan"]) == case.writes
    second = run.module("wg_port_forward", **task(case.wanted))
    assert not second.last.changed
    assert second.sent == ["GET /servers/5/users", "GET /users/101/port-forwards"]


def task(declared: dict[str, Any]) -> dict[str, Any]:
    return {"server": "5", "user": "web", "external_port": 443, **declared}


def converge(run: Runner, simulator: Simulator, case: Case) -> Any:
    """A run that leads to the end of the case, and the check mode run before it."""
    # Port 80 and the other user are nobody's business.
    fill(simulator, {"web": [*case.start, rule("80/tcp -> 80")], "dns": [rule("53/both -> 53")]})
    check = run.module("wg_port_forward", check=True, **task(case.wanted))
    assert check.writes == []
    done = run.module("wg_port_forward", **task(case.wanted))
    assert not done.last.failed, done.output
    assert rules(simulator) == {"web": [*case.end, "80/tcp -> 80"], "dns": ["53/both -> 53"]}
    assert {*case.kept, 501 + len(case.start)} <= rule_ids(simulator).keys()
    assert check.last["diff"] == done.last["diff"]
    served = [
        f"{found['external_port']}/{found['protocol']}" for found in done.last["port_forwards"]
    ]
    if case.wanted.get("state") == "absent":
        assert served == []
    else:
        needed = {"both": {"443/tcp", "443/udp"}}.get(
            case.wanted["protocol"], {f"443/{case.wanted['protocol']}"}
        )
        assert set(served) in ({"443/both"}, needed)
    return done, check


def fail_creation(simulator: Simulator, **fault: Any) -> None:
    simulator.faults(
        {
            "kind": "status",
            "status": 422,
            "code": "firewall",
            "message": "No room.",
            "method": "POST",
            **fault,
        }
    )


@pytest.mark.parametrize("start", [TCP_HTTPS, BOTH_HTTPS], ids=["tcp", "both"])
def test_a_failed_replacement_is_put_back(
    run: Runner, simulator: Simulator, start: dict[str, Any]
) -> None:
    fill(simulator, {"web": [start]})
    before = rules(simulator)
    fail_creation(simulator)
    declared = task(wanted(start["protocol"], 9000))
    done = run.play({"wg_port_forward": declared})
    assert done.last.failed
    assert "put back" in done.last.msg
    assert "No room (" in done.last.msg
    assert done.last["error"] == {
        "status": 422,
        "code": "firewall",
        "message": "No room.",
        "method": "POST",
        "path": "/users/101/port-forwards",
    }
    assert rules(simulator) == before
    assert "lost_port_forwards" not in done.last
    assert [step["status"] for step in done.last["plan"]] == ["done", "failed"]
    # A second run finishes the work.
    assert run.module("wg_port_forward", **declared).last.changed
    assert rules(simulator) == {"web": [f"443/{start['protocol']} -> 9000 (HTTPS)"]}


def test_a_split_that_fails_half_way_is_put_back(run: Runner, simulator: Simulator) -> None:
    """tcp of a `both` rule goes elsewhere, udp is made again, and then tcp can't be."""
    fill(simulator, {"web": [BOTH_HTTPS]})
    fail_creation(simulator, skip=1)
    done = run.module("wg_port_forward", **task(wanted("tcp", 9000)))
    assert done.last.failed
    assert "put back" in done.last.msg
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)", "443/udp -> 8443 (HTTPS)"]}


def test_the_rest_of_a_both_rule_is_put_back(run: Runner, simulator: Simulator) -> None:
    """Absent tcp where `both` stands: udp is not lost, whatever becomes of the task."""
    fill(simulator, {"web": [BOTH_HTTPS]})
    fail_creation(simulator)
    done = run.module("wg_port_forward", **task(absent("tcp")))
    assert done.last.failed
    assert "put back" in done.last.msg
    assert rules(simulator)["web"] in (["443/udp -> 8443 (HTTPS)"], ["443/both -> 8443 (HTTPS)"])


@pytest.mark.parametrize("fault", [{"status": 422}, {"status": 500}], ids=["refused", "broken"])
def test_a_rule_that_is_lost_stands_in_the_error(
    run: Runner, simulator: Simulator, fault: dict[str, Any]
) -> None:
    fill(simulator, {"web": [TCP_HTTPS]})
    fail_creation(simulator, times=None, **fault)
    done = run.module("wg_port_forward", **task(wanted("tcp", 9000)), max_wait=0)
    assert done.last.failed
    assert rules(simulator) == {"web": []}
    assert done.last["lost_port_forwards"] == [{**LOST, "comment": "HTTPS"}]
    for part in ("443/tcp -> 8443", "HTTPS", "'web'", "LOST"):
        assert part in done.last.msg
    assert done.last["error"]["status"] == fault["status"]
    # Whoever reads it has all that it takes.
    simulator.clear_faults()
    lost = done.last["lost_port_forwards"][0]
    assert run.module("wg_port_forward", server="5", **lost).last.changed
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)"]}


def test_a_failed_deletion_leaves_all_as_it_was(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [TCP_HTTPS]})
    simulator.faults({"kind": "status", "status": 422, "method": "DELETE"})
    done = run.module("wg_port_forward", **task(wanted("tcp", 9000)))
    assert done.last.failed
    assert rule_ids(simulator) == {501: "web 443/tcp -> 8443 (HTTPS)"}
    assert [step["status"] for step in done.last["plan"]] == ["failed", "not_run"]
    assert not done.last.changed


HELD = {"web": [], "dns": [rule("443/tcp -> 5353", "theirs"), rule("53/both -> 53")]}


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_a_port_that_another_user_holds(run: Runner, simulator: Simulator, check: bool) -> None:
    fill(simulator, HELD)
    before = rule_ids(simulator)
    done = run.module("wg_port_forward", check=check, **task(wanted("tcp")))
    assert done.last.failed
    assert "'dns'" in done.last.msg
    assert "443/tcp -> 5353" in done.last.msg
    assert rule_ids(simulator) == before
    if not check:
        assert done.last["error"]["status"] == 409
        assert done.last["error"]["code"] == "port_in_use"
    assert not done.last.changed


def test_takeover_in_a_play(run: Runner, simulator: Simulator) -> None:
    fill(simulator, HELD)
    declared = task(wanted("tcp", comment="ours", takeover=True))
    check = run.play({"wg_port_forward": declared}, check=True)
    assert check.writes == []
    assert check.last.changed
    done = run.play({"wg_port_forward": declared}, {"wg_port_forward": declared})
    assert [result.changed for result in done.results] == [True, False]
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (ours)"], "dns": ["53/both -> 53"]}
    assert done.results[1]["requests"] == 2
    assert check.last["diff"] == done.results[0]["diff"]
    steps = [(step["action"], step["name"], step["status"]) for step in done.results[0]["plan"]]
    assert steps == [("delete", "dns", "done"), ("create", "web", "done")]


@pytest.mark.parametrize(
    ("start", "protocol", "end"),
    [
        ("443/both -> 5353", "tcp", (["443/tcp -> 8443"], ["443/udp -> 5353"])),
        ("443/tcp -> 5353", "both", (["443/both -> 8443"], [])),
    ],
    ids=["tcp of both", "both over tcp"],
)
def test_takeover_takes_what_is_declared_alone(
    run: Runner, simulator: Simulator, start: str, protocol: str, end: tuple[list[str], list[str]]
) -> None:
    fill(simulator, {"web": [], "dns": [rule(start)]})
    done = run.module("wg_port_forward", **task(wanted(protocol, takeover=True)))
    assert done.last.changed
    assert (rules(simulator)["web"], rules(simulator)["dns"]) == end


def test_a_failed_takeover_is_put_back(run: Runner, simulator: Simulator) -> None:
    fill(simulator, HELD)
    before = rules(simulator)
    # The other's rule is gone when the creation fails.
    fail_creation(simulator, path="/users/101/port-forwards")
    done = run.module("wg_port_forward", **task(wanted("tcp", takeover=True)))
    assert done.writes == [
        "DELETE /port-forwards/501",
        "POST /users/101/port-forwards",
        "POST /users/102/port-forwards",
    ]
    assert done.last.failed
    assert "put back" in done.last.msg
    assert "'dns'" in done.last.msg
    assert done.last["error"]["status"] == 422
    assert rules(simulator) == before


def test_a_rule_lost_in_a_takeover(run: Runner, simulator: Simulator) -> None:
    fill(simulator, HELD)
    fail_creation(simulator, times=None)
    done = run.module("wg_port_forward", **task(wanted("tcp", takeover=True)))
    assert done.last.failed
    lost = {"user": "dns", **rule("443/tcp -> 5353", "theirs")}
    assert done.last["lost_port_forwards"] == [lost]
    assert "443/tcp -> 5353 (theirs)" in done.last.msg
    assert rules(simulator) == {"web": [], "dns": ["53/both -> 53"]}


def test_takeover_of_nothing_takes_nothing(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [], "dns": [rule("443/udp -> 5353"), rule("444/tcp -> 1")]})
    done = run.module("wg_port_forward", **task(wanted("tcp", takeover=True)))
    assert done.last.changed
    assert rules(simulator) == {
        "web": ["443/tcp -> 8443"],
        "dns": ["443/udp -> 5353", "444/tcp -> 1"],
    }
    assert {501, 502} <= rule_ids(simulator).keys()
