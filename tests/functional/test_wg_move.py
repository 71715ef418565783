# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_move: a user is on the new server before it leaves the old one, whatever happens between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.playbooks import Playbooks, shown
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import AMS, FRA, fill, ids, rule, rules, seed

HTTPS = rule("443/both -> 8443", "HTTPS")


@pytest.fixture
def anna(simulator: Simulator) -> Simulator:
    fill(simulator, {"anna": [HTTPS, rule("80 -> 80")], "ben": []}, {"far": []})
    return simulator


def move(module: Modules, **options: Any) -> Run:
    return module("wg_move", **{"users": "anna", "from": "fra1", "to": "ams1", **options})


def see(simulator: Simulator, name: str = "anna", **live: Any) -> None:
    """The new server has seen the device: the same servers again, with what it says of it."""
    there = {
        server["id"]: [
            {
                "client_name": user,
                "port_forwards": [
                    rule(*_text(one)) for one in rules(simulator, server["id"])[user]
                ],
                **(live if (server["id"], user) == (6, name) else {}),
            }
            for user in ids(simulator, server["id"])
        ]
        for server in (FRA, AMS)
    }
    simulator.reset(seed({**FRA, "users": there[5]}, {**AMS, "users": there[6]}))


def _text(shown_rule: str) -> list[str]:
    text, _blank, comment = shown_rule.partition(" (")
    return [text, comment.removesuffix(")")]


def test_made_there_then_removed_here_once_the_device_was_seen(
    module: Modules, anna: Simulator, tmp_path: Path
) -> None:
    check = move(module, check=True)
    assert check.writes == []
    (line,) = check.last["lines"]
    assert line.startswith(
        "anna: would be made on ams1 (6) with 2 port forwards, stays on fra1 (5)"
    )
    first = move(module, export_dir=str(tmp_path / "out"))
    assert first.last["waiting"] == ["anna"]
    assert rules(anna, 6)["anna"] == ["443/both -> 8443 (HTTPS)", "80/tcp -> 80"]
    assert rules(anna)["anna"] == rules(anna, 6)["anna"]
    assert (tmp_path / "out" / "ams1" / "anna.html").is_file()

    again = move(module, export_dir=str(tmp_path / "out"))
    assert (again.last.changed, again.writes, again.last["waiting"]) == (False, [], ["anna"])

    see(anna, last_seen="2026-11-28T10:00:00Z")
    done = move(module)
    assert (done.last["moved"], done.last["waiting"]) == (["anna"], [])
    assert done.last["lines"] == ["anna: seen on ams1 (6), removed from fra1 (5)"]
    assert (list(ids(anna)), list(ids(anna, 6))) == (["ben"], ["far", "anna"])

    over = move(module)
    assert (over.last.changed, over.last["moved"]) == (False, ["anna"])
    assert len(over.sent) == 3


@pytest.mark.parametrize("live", [{"online": True}, {"rx_bytes": 5}, {"tx_bytes": 5}])
def test_each_sign_of_the_device_counts(
    module: Modules, anna: Simulator, live: dict[str, Any]
) -> None:
    move(module)
    see(anna, **live)
    assert move(module).last["moved"] == ["anna"]


def test_now_does_not_wait_and_what_was_cut_off_is_finished(
    module: Modules, simulator: Simulator
) -> None:
    # Of an earlier run: the user is there, and one of its port forwards, changed since.
    fill(simulator, {"anna": [HTTPS, rule("80 -> 80")]}, {"anna": [rule("80 -> 8080")]})
    done = move(module, now=True)
    assert done.last["moved"] == ["anna"]
    assert list(ids(simulator)) == []
    assert rules(simulator, 6) == {"anna": ["443/both -> 8443 (HTTPS)", "80/tcp -> 8080"]}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"users": "anna nobody"},
            "neither on fra1 (5) nor on ams1 (6): nobody; nothing was changed",
        ),
        ({"to": "5"}, "from and to both mean fra1 (5)"),
        ({"to": "par1"}, "server 'par1' was not found"),
        ({"users": ""}, "users is empty: name at least one user"),
    ],
)
def test_what_is_refused_changes_nothing(
    module: Modules, anna: Simulator, options: dict[str, Any], problem: str
) -> None:
    done = move(module, **options)
    assert done.last.failed
    assert problem in done.last.msg
    assert done.writes == []


def test_a_port_that_another_user_has_there_keeps_the_old_one_as_it_was(
    module: Modules, simulator: Simulator
) -> None:
    fill(simulator, {"anna": [HTTPS]}, {"far": [rule("443 -> 1")]})
    for done in (move(module, check=True), move(module, now=True)):
        assert done.writes == []
        assert done.last.msg == (
            "can't be moved to ams1 (6): 443/tcp is declared for 'anna', but user 'far' holds it"
            " (443/tcp -> 1) and its port forwards are not declared; nothing was changed. Free the"
            " port there first"
        )
    assert rules(simulator) == {"anna": ["443/both -> 8443 (HTTPS)"]}
    assert rules(simulator, 6)["far"] == ["443/tcp -> 1"]


def test_a_port_is_left_to_the_portal_where_the_rate_limit_has_no_room_to_look(
    module: Modules, simulator: Simulator
) -> None:
    others: dict[str, list[Any]] = {f"other-{number}": [] for number in range(8)}
    fill(simulator, {"anna": [HTTPS]}, {"far": [rule("443 -> 1")], **others})
    done = move(module, rate_limit=10)
    assert done.last.failed
    assert "the portal answered 409" in done.last.msg
    assert rules(simulator) == {"anna": ["443/both -> 8443 (HTTPS)"]}


NOT_THERE = "not declared on ams1 (6), so that the next converge would remove them from there: anna; declare"
STILL_HERE = (
    "still declared on fra1 (5), so that the next converge would make them there again: anna; move"
    " their entries to ams1 (6)"
)


def declared(fra1: dict[str, Any], ams1: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"server": name, "users": [{"name": user, **more} for user, more in users.items()], **purge}
        for name, users, purge in (("fra1", fra1, {}), ("ams1", ams1, {"purge_users": True}))
    ]


def test_what_the_next_converge_would_undo_is_a_warning(
    module: Modules, anna: Simulator, capfd: pytest.CaptureFixture[str]
) -> None:
    def said(run: Run) -> str:
        """Newer versions of ansible-core write a warning there, where no action asks for it."""
        return run.output + capfd.readouterr().err

    # Until it is seen there, it may stay declared here; there it has to be, as others are removed.
    waiting = move(module, declared=declared({"anna": {}, "ben": {}}, {"far": {}}))
    text = said(waiting)
    assert (NOT_THERE in text, STILL_HERE in text) == (True, False)
    done = move(module, now=True, declared=declared({"anna": {}}, {"far": {}, "anna": {}}))
    text = said(done)
    assert (NOT_THERE in text, STILL_HERE in text) == (False, True)
    over = move(module, declared=declared({"ben": {}}, {"far": {}, "anna": {}}))
    text = said(over)
    assert (NOT_THERE in text, STILL_HERE in text) == (False, False)
    wrong = move(module, declared=[{"server": "fra1", "users": [{"name": "a b"}]}])
    assert wrong.last.failed
    assert wrong.requests == []


def test_a_hand_out_says_when_access_ends(module: Modules, anna: Simulator, tmp_path: Path) -> None:
    entries = declared({"anna": {"expires": "2099-01-31"}}, {"far": {}, "anna": {}})
    for name, given in (("old", entries[:1]), ("new", entries)):
        move(module, export_dir=str(tmp_path / name), declared=given)
        page = (tmp_path / name / "ams1" / "anna.html").read_text(encoding="utf-8")
        # What is declared on the new server counts; what is on the old one, until there is something.
        assert ("Access ends on 2099-01-31" in page) == (name == "old")


def test_a_removal_that_fails_does_not_keep_the_others(module: Modules, anna: Simulator) -> None:
    anna.faults(
        {"kind": "status", "status": 422, "code": "no", "method": "DELETE", "path": "/users/{id}"}
    )
    done = move(module, users=["anna", "ben"], now=True)
    assert done.last.failed
    assert done.last["moved"] == ["ben"]
    assert list(ids(anna)) == ["anna"]


def test_ten_users_by_the_playbook(run: Runner, simulator: Simulator) -> None:
    names = [f"device-{number}" for number in range(10)]
    fill(simulator, {name: [rule(f"{8000 + n} -> 80")] for n, name in enumerate(names)}, {})
    playbook = Playbooks(run)
    given = {"wg_move_users": names, "wg_move_from": "fra1", "wg_move_to": "ams1"}
    first = playbook("move", **given)
    assert first.code == 0, first.output
    # Servers, two listings, ten of port forwards; ten users and ten port forwards are made.
    assert len(first.sent) == 3 + 10 + 20
    assert len(shown(first, "Move them")) == 10
    last = playbook("move", **given, wg_move_now=True)
    # Servers, two listings, port forwards here and there; ten are removed.
    assert len(last.sent) == 3 + 20 + 10
    assert (list(ids(simulator)), list(ids(simulator, 6))) == ([], names)
    missing = playbook("move", wg_move_users="device-1")
    assert missing.code == 2
    assert "Nothing was done: set wg_move_users" in missing.output
