# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``refresh: changed``: the users that changed are looked at, over HTTP, at what those users cost.

What holds whatever happens: tests/unit/plugins/module_utils/test_refresh_laws.py.
"""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.modules import Modules
from tests.support.running import Run, Runner
from tests.support.world import fill, ids, rule, rules, secret_texts

from .test_wg_server import LIST, converge, user

COUNT = 250


def held(count: int = COUNT) -> dict[str, list[dict[str, Any]]]:
    """Users with two port forwards each."""
    return {
        f"device-{number:04}": [
            rule(f"{10_000 + number}/tcp -> 80"),
            rule(f"{20_000 + number}/both -> 443", "x"),
        ]
        for number in range(count)
    }


def declared(world: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "port_forwards": [dict(one) for one in held]} for name, held in world.items()
    ]


def memories(run: Runner) -> list[Path]:
    return sorted((run.folder / "state" / "looks").glob("*.json"))


def changed(run: Runner, *users: dict[str, Any], **options: Any) -> Run:
    return converge(run, *users, refresh="changed", **options)


def test_a_change_of_250_users_costs_a_handful_of_requests(
    module: Modules, simulator: Simulator
) -> None:
    world = held()
    fill(simulator, world)
    users = declared(world)

    def task(**options: Any) -> Any:
        return module("wg_server", server="5", users=users, rate_limit=0, **options)

    first = task(refresh="changed")
    assert len(first.sent) == 1 + COUNT
    assert first.last["not_refreshed"] == 0
    nothing = task(refresh="changed")
    assert not nothing.last.changed
    assert nothing.sent == [LIST]
    assert nothing.last["not_refreshed"] == COUNT
    assert nothing.last["users"][3]["port_forwards"] == first.last["users"][3]["port_forwards"]
    users[7]["port_forwards"][0]["internal_port"] = 81
    one = task(refresh="changed")
    assert one.last["summary"]["port_forwards_created"] == 1
    assert len(one.sent) == 4
    assert one.last["not_refreshed"] == COUNT - 1
    users.append(user("new", "30000/tcp -> 80", "30001/tcp -> 80"))
    added = task(refresh="changed")
    assert added.last["summary"]["users_created"] == 1
    assert len(added.sent) <= 6
    # All is as a full look finds it, and check mode always has one.
    check = task(refresh="changed", check=True)
    assert not check.last.changed
    assert check.last["not_refreshed"] == 0
    assert len(check.sent) == 2 + COUNT


@pytest.fixture
def two(run: Runner, simulator: Simulator) -> list[dict[str, Any]]:
    """Two users, as declared, and remembered."""
    fill(simulator, {"a": [rule("80/tcp -> 1")], "b": [rule("81/tcp -> 1")]})
    users = [user("a", "80/tcp -> 1"), user("b", "81/tcp -> 1")]
    changed(run, *users)
    return users


def test_the_memory_is_private_and_holds_no_secret(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]]
) -> None:
    (file,) = memories(run)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    text = file.read_text() + str(file)
    assert KEY not in text
    assert not [secret for secret in secret_texts(simulator, "a") if secret in text]


def test_without_it_nothing_is_kept(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1")]})
    assert converge(run, user("a", "80/tcp -> 2")).last.changed
    assert not (run.folder / "state").exists()


@pytest.mark.parametrize("text", ["", "{}", "\x00" * 100, None])
def test_a_memory_that_is_lost_or_spoilt(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]], text: str | None
) -> None:
    (file,) = memories(run)
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    assert len(changed(run, *two).sent) == 3
    assert changed(run, *two).sent == [LIST]


def test_a_link_in_the_place_of_the_memory_is_not_followed(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]]
) -> None:
    (file,) = memories(run)
    other = run.folder / "other"
    file.rename(other)
    before = other.read_text()
    file.symlink_to(other)
    assert len(changed(run, *two).sent) == 3
    assert other.read_text() == before


def test_a_memory_of_another_server_is_not_believed(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]]
) -> None:
    (file,) = memories(run)
    data = json.loads(file.read_text())
    file.write_text(json.dumps({**data, "server": 6}))
    assert len(changed(run, *two).sent) == 3


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "a port forward": (
        "wg_port_forward",
        {"server": 5, "user": "a", "external_port": 80, "state": "absent"},
    ),
    "new keys": ("wg_rotate_keys", {"server": 5, "users": ["a"]}),
    "removed": ("wg_user", {"server": 5, "name": "a", "state": "absent"}),
    "offboarded": ("wg_offboard", {"users": ["a"]}),
    "a whole server": (
        "wg_server",
        {"server": 5, "users": [{"name": "a", "port_forwards": [{**rule("80/tcp -> 7")}]}]},
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_what_another_module_writes_is_noted(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]], what: str
) -> None:
    name, options = WRITES[what]
    assert run.module(name, **options).last.changed
    (file,) = memories(run)
    assert set(json.loads(file.read_text())["looks"]) == {"b"}
    assert changed(run, *two).last["not_refreshed"] == 1
    assert rules(simulator) == {"b": ["81/tcp -> 1"], "a": ["80/tcp -> 1"]}


def test_a_click_is_found_when_the_user_is_due(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]]
) -> None:
    number = ids(simulator)["a"]
    fill(simulator, {"a": [], "b": [rule("81/tcp -> 1")]})
    assert ids(simulator)["a"] == number
    assert changed(run, *two).sent == [LIST]
    assert changed(run, *two, refresh_max_age=0).last.changed
    assert rules(simulator)["a"] == ["80/tcp -> 1"]


def test_a_port_that_somebody_took_unseen(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]]
) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1")], "b": [rule("90/tcp -> 9")]})
    users = [user("a", "90/tcp -> 1"), two[1]]
    done = changed(run, *users)
    # The portal said 409: everybody was looked at, and what was clicked at b is put right as well.
    assert not done.last.failed
    assert done.last["not_refreshed"] == 0
    assert "90/tcp -> 1" in rules(simulator)["a"]
    assert "81/tcp -> 1" in rules(simulator)["b"]
    assert changed(run, *users).sent == [LIST]


def test_a_negative_age_is_refused_before_any_request(run: Runner, simulator: Simulator) -> None:
    done = changed(run, user("a"), refresh_max_age=-1)
    assert "refresh_max_age must be at least 0, not -1" in done.last.msg
    assert done.sent == []


def test_two_runs_at_once_leave_a_whole_memory(
    run: Runner, simulator: Simulator, two: list[dict[str, Any]]
) -> None:
    more = [user("a", "80/tcp -> 2"), user("b", "81/tcp -> 2")]
    runs = [
        threading.Thread(target=changed, args=(run, *more), kwargs={"only": [name]})
        for name in ("a", "b")
    ]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    (file,) = memories(run)
    json.loads(file.read_text())
    changed(run, *more)
    assert rules(simulator) == {"a": ["80/tcp -> 2"], "b": ["81/tcp -> 2"]}


def test_several_servers_the_role_and_converge(
    run: Runner, simulator: Simulator, module: Modules
) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1")]}, {"far": [rule("80/tcp -> 1")]})
    servers = [
        {"server": 5, "users": [user("a", "80/tcp -> 1")]},
        {"server": 6, "users": [user("far", "80/tcp -> 1")], "refresh": "full"},
    ]
    module("wg_servers", servers=servers, refresh="changed")
    done = module("wg_servers", servers=servers, refresh="changed")
    assert [one["not_refreshed"] for one in done.last["servers"]] == [1, 0]
    assert done.last["not_refreshed"] == 1
    assert "1 user not looked at; 1 request" in done.last["lines"][0]
    assert "not looked at" not in done.last["lines"][1]
    # Drift looks at everybody, whatever the entries say.
    each = [{**one, "refresh": "changed"} for one in servers]
    drift = module("wg_servers", servers=each, check=True)
    assert drift.last["not_refreshed"] == 0
    assert len(drift.sent) == 5
    # And so does what was approved.
    plan = run.folder / "plan.json"
    module("wg_servers", servers=each, check=True, plan_path=[str(plan)])
    approved = module("wg_servers", servers=each, plan_expected=str(plan))
    assert approved.last["not_refreshed"] == 0
