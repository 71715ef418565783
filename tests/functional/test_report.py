# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wg_report and the playbook report: one page on everything, for as few requests as it takes."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.accounts import HOSTILE, account, hostile
from tests.support.html_reader import Element, read, tables
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, rule, secret_texts, secrets

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "report.yml"


def page_of(path: Path) -> Element:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return read(path.read_text(encoding="utf-8"))


def changes(page: Element) -> list[Element]:
    """The lines of drift."""
    lists = [one for one in page.all("ul") if one.attributes.get("class") == "changes"]
    return [item for one in lists for item in one.all("li")]


def users_on(simulator: Simulator, server: int) -> list[str]:
    return [u["client_name"] for u in simulator.state()["users"] if u["server"] == server]


def test_the_page_shows_what_the_portal_holds(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.reset(account())
    path = tmp_path / "report.html"
    done = module("wg_report", path=str(path))
    assert done.last.changed
    assert done.last["summary"].items() >= {"servers": 2, "users": 60, "port_forwards": 100}.items()
    # 1 for the servers, 1 for each of them, 1 for each user.
    assert done.last["requests"] == len(done.requests) == 63
    assert not done.writes

    found = tables(page_of(path))
    for server, name in ((5, "fra1"), (6, "ams1")):
        users = found[f"Users of {name}"]
        assert sorted(user["User"] for user in users) == sorted(users_on(simulator, server))
        forwards = {x: [] for x in users_on(simulator, server)}
        for x in sorted(simulator.state()["port_forwards"], key=lambda x: x["external_port"]):
            if x["server"] == server:
                forwards[x["user"]].append(written(x))
        assert {user["User"]: lines(user) for user in users} == forwards


def lines(row: dict[str, str]) -> list[str]:
    """What is folded into the cell of the port forwards, below its summary."""
    return row["Port forwards"].split("\n")[1:]


def written(rule: dict[str, Any]) -> str:
    protocol = "tcp+udp" if rule["protocol"] == "both" else rule["protocol"]
    arrow = "\N{RIGHTWARDS ARROW}"
    text = f"{rule['external_port']}/{protocol} {arrow} {rule['internal_port']}"
    return f"{text} {rule['comment']}" if rule["comment"] else text


def test_hostile_names_stay_text(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(hostile())
    path = tmp_path / "report.html"
    done = module("wg_report", path=str(path))
    assert not done.last.failed, done.last.msg
    page = page_of(path)
    assert len(list(page.all("script"))) == 1
    assert not list(page.all("img"))
    names = [user["User"] for user in tables(page)[f"Users of {HOSTILE[0]}"]]
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[7]} <= set(names)
    assert r"\u202egnp.exe" in names
    assert r"bell\x07 and \x1b[31mred" in names


def test_an_account_with_nothing(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset({"accounts": [{"name": "acme", "key": "wg_demo_acme", "servers": []}]})
    path = tmp_path / "report.html"
    assert module("wg_report", path=str(path)).last["requests"] == 1
    assert "The account has no server." in page_of(path).text


def test_drift_costs_no_request(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"web": [rule("443 -> 8443")], "old": []}, {"phone": []})
    path = tmp_path / "report.html"
    web = {"name": "web", "port_forwards": [rule("443 -> 9443")]}
    declared = [
        {"server": 5, "users": [web, {"name": "new"}], "purge_users": "yes"},
        {"server": "ams1", "users": [{"client_name": "phone"}]},
        {"server": "elsewhere", "users": []},
    ]
    done = module("wg_report", path=str(path), declared=declared)
    assert done.last["requests"] == 6
    assert not done.writes
    assert (done.last["summary"]["differences"], done.last["summary"]["errors"]) == (3, 1)
    page = page_of(path)
    drifts = [row["Drift"] for row in tables(page)["All servers"]]
    assert drifts == ["3 differences", "none"]
    assert "server 'elsewhere' was not found" in page.text
    # They are the very ones of drift.
    found = module("wg_servers", check=True, servers=declared[:2]).last
    assert found["differences"] == 3
    items = [item.text for item in changes(page)]
    assert ["old" in items[0], "new" in items[1]] == [True, True]
    assert "443/tcp -> 8443" in items[2]
    assert "to be replaced by 443/tcp -> 9443" in items[2]


def test_a_revoked_key_is_drift(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"laptop": [rule("443 -> 8443")], "phone": []})
    key = secrets(simulator, "laptop")["keys"]["client_public_key"]
    path = tmp_path / "report.html"
    users = [{"name": "laptop", "revoked_public_keys": [key]}, {"name": "phone"}]
    done = module("wg_report", path=str(path), declared=[{"server": 5, "users": users}])
    assert not done.last.failed, done.last.msg
    assert done.last["requests"] == 6
    found = module("wg_servers", check=True, servers=[{"server": 5, "users": users}]).last
    assert done.last["summary"]["differences"] == found["differences"] == 1
    (item,) = changes(page_of(path))
    assert "user laptop, to be given new keys" in item.text


def test_the_report_and_drift_judge_one_declaration_alike(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"guest": [rule("443 -> 80")], "web": []}, {})
    declared = [{"server": 5, "users": [{"name": "web", "port_forwards": [rule("443 -> 8443")]}]}]
    path = tmp_path / "report.html"
    report = module("wg_report", path=str(path), declared=declared).last
    drift = module("wg_servers", check=True, servers=declared).last
    assert (report["summary"]["differences"], report["summary"]["errors"]) == (0, 1)
    assert drift.failed
    assert drift["servers"][0]["msg"] in page_of(path).text
    twice = [{"server": name, "users": []} for name in (5, "fra1")]
    refused = [
        module("wg_report", path=str(path), declared=twice).last,
        module("wg_servers", check=True, servers=twice).last,
    ]
    assert [done.msg for done in refused] == [
        "server fra1 is declared more than once, as 5 too"
    ] * 2


def test_a_plan_that_is_refused_is_told(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"one": [], "two": []})
    path = tmp_path / "report.html"
    entry = {"server": 5, "users": [], "purge_users": True, "max_deletions": 1}
    done = module("wg_report", path=str(path), declared=[entry])
    assert done.last["summary"]["errors"] == 1
    assert "This server could not be compared: the plan deletes 2 users" in page_of(path).text


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"server": 5}, "server 1 (5): missing required arguments: users"),
        ({"server": 5, "users": [{"name": "a b"}]}, "server 1 (5): 'a b' is not a client name"),
        ({"users": [], "porges": True}, "porges"),
        (
            {"server": 5, "users": [{"name": "a", "port_forwards": [rule("22 -> 22")]}]},
            "server 1 (5): user 'a': external_port 22 is reserved",
        ),
    ],
)
def test_a_wrong_declaration_is_refused_before_any_request(
    entry: dict[str, Any], words: str, module: Modules, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    done = module("wg_report", path=str(path), declared=[entry, {"server": 6, "users": []}])
    assert done.last.failed
    assert words in done.last.msg
    assert not done.requests
    assert not path.exists()


def test_check_mode_writes_nothing(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"web": []})
    path = tmp_path / "report.html"
    assert module("wg_report", check=True, path=str(path)).last.changed
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_told_before_any_request(
    module: Modules, tmp_path: Path
) -> None:
    done = module("wg_report", path=str(tmp_path / "missing" / "report.html"))
    assert done.last.failed
    assert "does not exist" in done.last.msg
    assert not done.requests


def test_a_failed_request_leaves_the_old_page(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"web": []})
    path = tmp_path / "report.html"
    path.write_text("the old page")
    simulator.faults(
        {"kind": "status", "status": 403, "method": "GET", "path": "/servers/{id}/users"}
    )
    assert module("wg_report", path=str(path)).last.failed
    assert path.read_text() == "the old page"


def test_the_playbook(run: Runner, simulator: Simulator) -> None:
    """Its relative path counts from where it was started; its output is quiet and holds no secret."""
    simulator.reset(account())
    done = run.playbook(PLAYBOOK)
    assert done.code == 0, done.output
    assert len(done.requests) == 63
    page = page_of(run.folder / "wg-report.html")
    assert "Differences" not in [name.text for name in page.all("dt")]
    assert_quiet(done)
    text = (run.folder / "wg-report.html").read_text(encoding="utf-8")
    for secret in secret_texts(simulator, "anna-phone"):
        assert secret not in text


def test_the_playbook_with_a_declaration(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    (run.folder / "servers.yml").write_text(
        "wg_servers_declared: [{server: fra1, users: [{name: web}, {name: new}]}]", encoding="utf-8"
    )
    arguments = (
        "-e",
        "@servers.yml",
        "-e",
        "wg_report_path=here.html",
        "-e",
        "premiervpn_api_key=wg_demo_acme",
    )
    done = run.playbook(PLAYBOOK, arguments=arguments, env={"PREMIERVPN_API_KEY": None})
    assert done.code == 0, done.output
    page = page_of(run.folder / "here.html")
    assert [item.text for item in changes(page)] == ["+user new, to be created"]
    assert_quiet(done)


def assert_quiet(done: Run) -> None:
    for word in ("WARNING", "DEPRECAT", "skipping", "<html", "wg_demo_acme"):
        assert word not in done.output
