# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_server: everything on one server, in one task."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rule_ids, rules, secrets

LIST = "GET /servers/5/users"


def user(name: str, *forwards: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    """A declared user whose port forwards are these; without the key: ``{"name": ...}``."""
    made = [rule(forward) if isinstance(forward, str) else forward for forward in forwards]
    return {"name": name, "port_forwards": made, **more}


def converge(run: Runner, *users: dict[str, Any], **options: Any) -> Run:
    return run.module("wg_server", server="5", users=list(users), **options)


def test_a_server_in_a_play(run: Runner, simulator: Simulator) -> None:
    fill(
        simulator,
        {
            "old-laptop": [rule("80/tcp -> 80")],
            "web": [rule("443/tcp -> 443", "old")],
            "guest": [rule("7000/udp -> 7000")],
        },
        {"far": []},
    )
    declared = {
        "server": 5,
        "users": [
            user("web", rule("443/tcp -> 8443", "HTTPS"), "80/tcp -> 8080"),
            user("dns", "53/both -> 53"),
            {"name": "phone"},
            {"name": "old-laptop", "state": "absent"},
        ],
    }
    check = run.play({"wg_server": declared}, check=True)
    assert check.code == 0, check.output
    assert check.writes == []
    done = run.play({"wg_server": declared}, {"wg_server": declared})
    assert done.code == 0, done.output
    first, second = done.results
    assert [first.changed, second.changed] == [True, False]
    assert second["plan"] == []
    # The second: the users, and the port forwards of those two that have some declared.
    assert second["requests"] == 3
    assert len(done.sent) == first["requests"] + second["requests"]
    assert rules(simulator) == {
        "web": ["443/tcp -> 8443 (HTTPS)", "80/tcp -> 8080"],
        "guest": ["7000/udp -> 7000"],
        "dns": ["53/both -> 53"],
        "phone": [],
    }
    assert rules(simulator, 6) == {"far": []}

    assert first["summary"] == {
        "users_created": 2,
        "users_deleted": 1,
        "port_forwards_created": 3,
        "port_forwards_deleted": 1,
        "configs_written": 0,
    }
    assert set(second["summary"].values()) == {0}
    assert {step["status"] for step in first["plan"]} == {"done"}
    steps = {(step["action"], step["kind"], step["name"]) for step in first["plan"]}
    assert steps == {
        ("delete", "user", "old-laptop"),
        ("create", "user", "dns"),
        ("create", "user", "phone"),
        ("delete", "port_forward", "web"),
        ("create", "port_forward", "web"),
        ("create", "port_forward", "dns"),
    }
    for step in first["plan"]:
        assert step["what"]

    for result in (first, second):
        assert [one["client_name"] for one in result["users"]] == ["web", "dns", "phone"]
        web, dns, phone = result["users"]
        assert web["server"] == 5
        assert web["client_ip"] == "10.66.66.3"
        assert [found["external_port"] for found in web["port_forwards"]] == [80, 443]
        assert dns["port_forwards"][0]["protocol"] == "both"
        assert not phone["port_forwards"]
        assert "config" not in web

    predicted = check.last
    assert predicted.changed
    assert predicted["diff"] == first["diff"]
    assert predicted.values.keys() == first.values.keys()
    assert predicted["summary"] == first["summary"]
    assert [{**step, "status": "done"} for step in predicted["plan"]] == first["plan"]
    assert {step["status"] for step in predicted["plan"]} == {"planned"}
    assert predicted["users"][0].keys() == first["users"][0].keys()


def test_requests_of_new_users(run: Runner, simulator: Simulator) -> None:
    """At most 1 + U + F requests for U new users with F port forwards."""
    declared = [user(f"u{n}", f"{7000 + n}/tcp -> 1", f"{8000 + n}/both -> 2") for n in range(4)]
    first = converge(run, *declared)
    assert first.last.changed
    assert len(first.requests) == first.last["requests"] <= 1 + 4 + 8
    second = converge(run, *declared)
    assert not second.last.changed
    assert sorted(second.sent) == [
        LIST,
        *(f"GET /users/{n}/port-forwards" for n in range(101, 105)),
    ]


def test_requests_of_users_alone(run: Runner, simulator: Simulator) -> None:
    first = converge(run, {"name": "a"}, {"name": "b"})
    assert first.sent == [LIST, *["POST /servers/5/users"] * 2]
    second = converge(run, {"name": "a"}, {"name": "b"}, purge_users=True)
    assert second.sent == [LIST]
    assert not second.last.changed


MOVES: dict[str, tuple[dict[str, list[str]], dict[str, list[str]], int]] = {
    "a port moves": (
        {"a": ["443/tcp -> 1"], "b": []},
        {"a": [], "b": ["443/tcp -> 2"]},
        2,
    ),
    "two users swap ports": (
        {"a": ["443/tcp -> 1"], "b": ["80/tcp -> 2"]},
        {"a": ["80/tcp -> 1"], "b": ["443/tcp -> 2"]},
        4,
    ),
    "three in a ring": (
        {"a": ["1001/tcp -> 1"], "b": ["1002/tcp -> 2"], "c": ["1003/both -> 3"]},
        {"a": ["1002/tcp -> 1"], "b": ["1003/both -> 2"], "c": ["1001/tcp -> 3"]},
        6,
    ),
    "tcp and udp of one port swap": (
        {"a": ["53/tcp -> 1"], "b": ["53/udp -> 2"]},
        {"a": ["53/udp -> 1"], "b": ["53/tcp -> 2"]},
        4,
    ),
    "both is divided": (
        {"a": ["53/both -> 1"], "b": []},
        {"a": ["53/udp -> 1"], "b": ["53/tcp -> 2"]},
        3,
    ),
    "two are joined": (
        {"a": ["53/udp -> 1"], "b": ["53/tcp -> 2"]},
        {"a": [], "b": ["53/both -> 3"]},
        3,
    ),
}


@pytest.mark.parametrize(("start", "end", "writes"), MOVES.values(), ids=MOVES)
def test_ports_that_change_hands(
    run: Runner,
    simulator: Simulator,
    start: dict[str, list[str]],
    end: dict[str, list[str]],
    writes: int,
) -> None:
    fill(simulator, {name: [rule(text) for text in texts] for name, texts in start.items()})
    # In both orders of the declaration.
    declared = [user(name, *texts) for name, texts in end.items()]
    done = converge(run, *reversed(declared))
    assert not done.last.failed, done.output
    assert rules(simulator) == {name: sorted(texts) for name, texts in end.items()}
    assert len(done.writes) == writes
    again = converge(run, *declared)
    assert not again.last.changed
    assert again.writes == []


def test_a_port_of_a_user_that_goes(run: Runner, simulator: Simulator) -> None:
    """Held by one who is removed, and by one who is purged: both free for others in the same run."""
    fill(simulator, {"a": [rule("443/tcp -> 1")], "b": [rule("80/tcp -> 2")], "c": []})
    done = converge(
        run,
        user("c", "443/tcp -> 3", "80/tcp -> 3"),
        {"name": "a", "state": "absent"},
        purge_users=True,
    )
    assert not done.last.failed, done.output
    assert rules(simulator) == {"c": ["443/tcp -> 3", "80/tcp -> 3"]}


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_a_port_of_a_user_whose_forwards_are_not_declared(
    run: Runner, simulator: Simulator, check: bool
) -> None:
    fill(simulator, {"web": [], "dns": [rule("443/tcp -> 5353")], "late": []})
    before = rule_ids(simulator)
    done = converge(run, user("web", "443/tcp -> 1"), {"name": "dns"}, check=check)
    assert done.last.failed
    assert "'dns'" in done.last.msg
    assert "443/tcp -> 5353" in done.last.msg
    assert rule_ids(simulator) == before


START = {
    "web": [rule("443/both -> 443"), rule("80/tcp -> 80", "HTTP")],
    "dns": [rule("53/both -> 53")],
    "guest": [rule("7000/tcp -> 7")],
}
PURGES: dict[str, tuple[list[dict[str, Any]], dict[str, bool], dict[str, list[str]]]] = {
    "nothing": (
        [user("web"), {"name": "dns"}],
        {},
        {
            "web": ["443/both -> 443", "80/tcp -> 80 (HTTP)"],
            "dns": ["53/both -> 53"],
            "guest": ["7000/tcp -> 7"],
        },
    ),
    "an empty list": (
        [user("web"), {"name": "dns"}],
        {"purge_port_forwards": True},
        {"web": [], "dns": ["53/both -> 53"], "guest": ["7000/tcp -> 7"]},
    ),
    "undeclared forwards": (
        [user("web", "80/tcp -> 80"), {"name": "dns"}],
        {"purge_port_forwards": True},
        {"web": ["80/tcp -> 80 (HTTP)"], "dns": ["53/both -> 53"], "guest": ["7000/tcp -> 7"]},
    ),
    # By design: protocols count one by one, and udp was not declared.
    "tcp declared where both stands": (
        [user("web", "443/tcp -> 443", "80/tcp -> 80")],
        {"purge_port_forwards": True},
        {
            "web": ["443/tcp -> 443", "80/tcp -> 80 (HTTP)"],
            "dns": ["53/both -> 53"],
            "guest": ["7000/tcp -> 7"],
        },
    ),
    "undeclared users": (
        [{"name": "web"}, {"name": "dns"}],
        {"purge_users": True},
        {"web": ["443/both -> 443", "80/tcp -> 80 (HTTP)"], "dns": ["53/both -> 53"]},
    ),
    "all of it": (
        [user("dns", "53/tcp -> 53", "53/udp -> 53")],
        {"purge_users": True, "purge_port_forwards": True},
        {"dns": ["53/both -> 53"]},
    ),
    "one that is declared absent": (
        [user("web", {"external_port": 80, "state": "absent"})],
        {},
        {"web": ["443/both -> 443"], "dns": ["53/both -> 53"], "guest": ["7000/tcp -> 7"]},
    ),
    "everybody": ([], {"purge_users": True}, {}),
}


@pytest.mark.parametrize(("declared", "options", "end"), PURGES.values(), ids=PURGES)
def test_purges(
    run: Runner,
    simulator: Simulator,
    declared: list[dict[str, Any]],
    options: dict[str, bool],
    end: dict[str, list[str]],
) -> None:
    fill(simulator, START, {"far": [rule("1/tcp -> 1")]})
    check = converge(run, *declared, check=True, **options)
    assert check.writes == []
    done = converge(run, *declared, **options)
    assert not done.last.failed, done.output
    assert rules(simulator) == end
    assert rules(simulator, 6) == {"far": ["1/tcp -> 1"]}
    assert check.last["diff"] == done.last["diff"]
    assert check.last["summary"] == done.last["summary"]
    again = converge(run, *declared, **options)
    assert not again.last.changed
    assert again.writes == []


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_more_deletions_than_allowed(run: Runner, simulator: Simulator, check: bool) -> None:
    fill(simulator, {f"u{n}": [] for n in range(4)})
    wanted: list[dict[str, Any]] = [
        {"name": "u0"},
        {"name": "u1", "state": "absent"},
        user("new", "80/tcp -> 80"),
    ]
    done = converge(run, *wanted, purge_users=True, max_deletions=2, check=check)
    assert done.last.failed
    assert done.writes == []
    for part in ("3", "max_deletions", "2", "u1", "u2", "u3"):
        assert part in done.last.msg
    if not check:
        # As many as allowed: done.
        assert converge(run, *wanted, purge_users=True, max_deletions=3).last.changed
        assert list(ids(simulator)) == ["u0", "new"]


def test_ten_deletions_are_the_default(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {f"u{n}": [] for n in range(11)})
    done = converge(run, purge_users=True)
    assert done.last.failed
    assert "max_deletions" in done.last.msg
    assert len(ids(simulator)) == 11
    assert done.writes == []


def test_contradictions_are_listed_at_once(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    declared = [
        user("twice"),
        user("twice"),
        user("a name"),
        user("web", "443/tcp -> 1", "443/tcp -> 2"),
        user("first", "53/both -> 53"),
        user("second", "53/udp -> 53"),
        user("ssh", "22/tcp -> 22"),
        user("high", "70000/tcp -> 1", "81/tcp -> 0"),
        user("torn", "82/tcp -> 82", {"external_port": 82, "state": "absent"}),
        user("gone", "83/tcp -> 83", state="absent"),
        user("wordy", rule("84/tcp -> 84", "c" * 101)),
        user("nowhere", {"external_port": 85}),
    ]
    done = run.play({"wg_server": {"server": 5, "users": declared}})
    assert done.last.failed
    assert done.requests == []
    assert done.last["requests"] == 0
    for part in (
        "'twice'",
        "'a name'",
        "443/tcp",
        "53/udp",
        "'first'" if "'first'" in done.last.msg else "first:53",
        "'second'" if "'second'" in done.last.msg else "second:53",
        "22 is reserved",
        "70000",
        "internal_port 0",
        "82/tcp",
        "'gone'",
        "101 characters",
        "85",
    ):
        assert part in done.last.msg
    assert len(done.last["problems"]) == 11


def test_declared_twice_alike_is_no_contradiction(run: Runner, simulator: Simulator) -> None:
    done = converge(run, user("web", "443/tcp -> 1", rule("443/both -> 1", "HTTPS")))
    assert not done.last.failed, done.output
    assert {text.split(" -> ")[1] for text in rules(simulator)["web"]} == {"1 (HTTPS)"}
    assert not converge(run, user("web", "443/tcp -> 1", rule("443/both -> 1", "HTTPS"))).writes


def test_a_failure_half_way(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"a": [rule("443/tcp -> 1", "kept")], "b": [rule("80/tcp -> 2")]})
    simulator.faults(
        {
            "kind": "status",
            "status": 422,
            "code": "firewall",
            "message": "No room.",
            "method": "POST",
            "path": "/users/{id}/port-forwards",
            "skip": 1,
        }
    )
    declared = {
        "server": 5,
        "users": [
            user("c", "90/tcp -> 3"),
            # A swap, of which the first half fails.
            user("b", "443/tcp -> 2"),
            user("a", "80/tcp -> 1"),
        ],
        "config_dir": str(tmp_path),
    }
    done = run.play({"wg_server": declared})
    first = done.last
    assert first.failed
    statuses = [step["status"] for step in first["plan"]]
    assert statuses == ["done", "done", "done", "failed", "not_run", "not_run"]
    assert first["plan"][3]["what"] == "443/tcp -> 2 (kept)"
    assert first["plan"][3]["name"] == "b"
    assert first["plan"][2]["put_back"]
    assert first["error"]["status"] == 422
    assert first["error"]["code"] == "firewall"
    assert first["summary"]["users_created"] == 1
    assert first["summary"]["port_forwards_created"] == 1
    assert first["requests"] == len(done.requests)
    assert first.changed
    assert "put back" in first.msg
    assert "No room (firewall)" in first.msg
    assert rules(simulator) == {
        "a": ["443/tcp -> 1 (kept)"],
        "b": ["80/tcp -> 2"],
        "c": ["90/tcp -> 3"],
    }
    finished = run.play({"wg_server": declared}, {"wg_server": declared})
    assert [result.changed for result in finished.results] == [True, False]
    assert rules(simulator) == {
        "a": ["80/tcp -> 1"],
        "b": ["443/tcp -> 2 (kept)"],
        "c": ["90/tcp -> 3"],
    }
    assert sorted(path.name for path in tmp_path.glob("*.conf")) == ["a.conf", "b.conf", "c.conf"]


def test_config_dir(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"old": []})
    folder = tmp_path / "wireguard"
    declared: list[dict[str, Any]] = [{"name": "a"}, {"name": "b"}]
    check = converge(run, *declared, config_dir=str(folder), check=True)
    assert not folder.exists()
    first = converge(run, *declared, config_dir=str(folder))
    assert check.last["summary"] == first.last["summary"]
    assert first.last["summary"]["configs_written"] == 2
    assert check.last["diff"] == first.last["diff"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # The answers to the creations hold it all.
    assert len(first.requests) == 3
    for name in ("a", "b"):
        path = folder / f"{name}.conf"
        assert path.read_text() == secrets(simulator, name)["config"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    second = converge(run, *declared, config_dir=str(folder))
    assert not second.last.changed
    assert second.last["summary"]["configs_written"] == 0

    (folder / "a.conf").write_text("another configuration")
    (folder / "b.conf").chmod(0o644)
    (folder / "mine.txt").write_text("not ours")
    third = converge(run, *declared, config_dir=str(folder))
    assert third.last.changed
    assert third.last["summary"]["configs_written"] == 2
    assert (folder / "a.conf").read_text() == secrets(simulator, "a")["config"]
    assert stat.S_IMODE((folder / "b.conf").stat().st_mode) == 0o600

    # A user that goes takes its file along; what is not ours stays.
    last = converge(run, {"name": "a"}, {"name": "b", "state": "absent"}, config_dir=str(folder))
    assert last.last["summary"]["configs_written"] == 1
    left = sorted(path.name for path in folder.iterdir())
    assert left == [".premiervpn-wireguard", "a.conf", "mine.txt"]
    assert "PrivateKey" not in first.output + second.output + third.output + last.output


def test_configs_are_returned_when_asked_for(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": []})
    done = converge(run, {"name": "a"}, user("b", "80/tcp -> 80"), return_configs=True)
    for found in done.last["users"]:
        truth = secrets(simulator, found["client_name"])
        assert {"config": found["config"], "keys": found["keys"]} == truth
    again = converge(run, {"name": "a"}, {"name": "b"}, return_configs=True)
    assert not again.last.changed
    assert again.last["users"][0]["config"] == done.last["users"][0]["config"]
    plain = converge(run, {"name": "a"}, {"name": "b"})
    assert "PrivateKey" not in plain.output
    check = converge(run, {"name": "a"}, {"name": "c"}, return_configs=True, check=True)
    assert check.last["users"][0]["config"] == secrets(simulator, "a")["config"]
    assert check.last["users"][1]["config"] is None
    assert check.writes == []


def test_what_a_diff_shows(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [rule("443/tcp -> 1", "HTTPS")], "b": [], "quiet": []})
    done = converge(run, user("a", "443/tcp -> 2"), {"name": "b", "state": "absent"})
    told = json.dumps(done.last["diff"])
    assert "443/tcp -> 1 (HTTPS)" in json.dumps(done.last["diff"]["before"])
    assert "443/tcp -> 2 (HTTPS)" in json.dumps(done.last["diff"]["after"])
    assert "user b\n" in done.last["diff"]["before"]
    assert "user b\n" not in done.last["diff"]["after"]
    for word in ("quiet", "online", "rx_bytes", "10.66.66", "created_at", '"id"', "PrivateKey"):
        assert word not in told
    off = converge(run, user("a", "443/tcp -> 3"), diff=False)
    assert off.last.changed
    assert "diff" not in off.last
