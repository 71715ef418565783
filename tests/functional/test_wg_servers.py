# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_servers: several servers validated together, converged in turn, and what is said of each."""

from __future__ import annotations

import re
import signal
from typing import Any

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secret_texts


def user(name: str, *forwards: str) -> dict[str, Any]:
    return {"name": name, "port_forwards": [rule(forward) for forward in forwards]}


def test_drift_in_check_mode_and_the_same_in_the_past_tense(
    module: Modules, simulator: Simulator
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")], "guest": []}, {"far": []})
    servers = [
        {
            "server": "fra1",
            "users": [user("web", "443/tcp -> 8443"), {"name": "phone"}],
            "purge_users": True,
        },
        {"server": 6, "users": [{"name": "far"}]},
    ]
    check = module("wg_servers", check=True, servers=servers)
    assert check.last.changed
    assert check.writes == []
    assert check.last["lines"] == [
        "fra1 (5): 3 differences",
        "  user guest must not be there",
        "  user phone is missing",
        "  web: 443/tcp -> 1 (HTTPS) should be 443/tcp -> 8443 (HTTPS)",
        "ams1 (6): as declared",
    ]
    assert check.last["differences"] == 3

    done = module("wg_servers", servers=servers)
    *lines, summary, other = done.last["lines"]
    assert lines == [
        "fra1 (5):",
        "  user guest was removed",
        "  user phone was created",
        "  web: 443/tcp -> 1 (HTTPS) was replaced by 443/tcp -> 8443 (HTTPS)",
    ]
    assert re.fullmatch(
        r"fra1 \(5\): 1 user created, 1 port forward replaced, 1 user removed;"
        r" 7 requests, \d+ s",
        summary,
    )
    assert re.fullmatch(r"ams1 \(6\): as declared, nothing was changed; 1 request, \d+ s", other)
    first, second = done.last["servers"]
    assert (first["server"], first["server_name"], first["changed"]) == (5, "fra1", True)
    assert [one["client_name"] for one in first["users"]] == ["web", "phone"]
    assert first["lines"] == [line.strip() for line in lines[1:]]
    assert (second["server"], second["changed"], second["plan"]) == (6, False, [])
    assert done.last["requests"] == len(done.sent) == 1 + 7 + 1
    again = module("wg_servers", check=True, servers=servers).last
    assert (again.changed, again["differences"]) == (False, 0)


def test_a_server_that_is_not_there_is_found_before_any_is_changed(
    module: Modules, simulator: Simulator
) -> None:
    fill(simulator, {}, {})
    for name in ("fra9", 77):
        done = module(
            "wg_servers",
            servers=[{"server": "fra1", "users": [user("a")]}, {"server": name, "users": []}],
        )
        assert done.last.msg.startswith(f"server '{name}' was not found; the account's servers are")
        assert done.last.msg.endswith("; nothing was changed")
        assert done.sent == ["GET /servers"]


def test_a_failure_keeps_all_that_was_done(module: Modules, simulator: Simulator) -> None:
    fill(simulator, {}, {})
    simulator.faults(
        {
            "kind": "status",
            "status": 422,
            "code": "firewall",
            "method": "POST",
            "path": "/users/{id}/port-forwards",
        }
    )
    done = module(
        "wg_servers",
        servers=[
            {"server": "fra1", "users": [user("a", "80/tcp -> 1")]},
            {"server": "ams1", "users": [user("b")]},
        ],
    )
    assert done.last.failed
    assert done.last.changed
    assert done.last.msg.startswith("1 of 2 servers failed: fra1 (5): ")
    first, second = done.last["servers"]
    assert [step["status"] for step in first["plan"]] == ["done", "failed"]
    assert (first["changed"], first["failed"], first["error"]["status"]) == (True, True, 422)
    assert first["summary"]["users_created"] == 1
    assert first["lines"] == ["user a was created", "a: 80/tcp -> 1 is missing (failed)"]
    assert (second["changed"], "failed" in second) == (True, False)
    assert list(ids(simulator, 6)) == ["b"]
    assert done.last["error"]["status"] == 422


def test_files_are_checked_for_all_servers_before_any_request(
    module: Modules, simulator: Simulator
) -> None:
    (module.folder / "text").write_text("")
    done = module(
        "wg_servers",
        servers=[
            {"server": 5, "users": [user("a")], "config_dir": str(module.folder / "conf")},
            {"server": 6, "users": [user("b")], "config_dir": str(module.folder / "text")},
        ],
    )
    assert "text can't be created: it is not a directory" in done.last.msg
    assert done.sent == []


def test_each_server_keeps_its_own_files_and_returns_its_own_secrets(
    module: Modules, simulator: Simulator
) -> None:
    fill(simulator, {"a": []}, {"a": []})
    done = module(
        "wg_servers",
        servers=[
            {"server": 5, "users": [{"name": "a"}], "config_dir": str(module.folder / "fra")},
            {"server": 6, "users": [{"name": "a"}], "return_configs": True},
        ],
    )
    first, second = done.last["servers"]
    assert first["summary"]["configs_written"] == 1
    assert second["summary"]["configs_written"] == 0
    assert first["lines"] == ["1 configuration file was written or removed"]
    fra, ams = (secret_texts(simulator, "a", number)[0] for number in (5, 6))
    assert fra in (module.folder / "fra" / "a.conf").read_text()
    assert fra not in done.output
    assert ams in second["users"][0]["config"]


def test_a_cancelled_task_begins_no_further_server(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {}, {})
    simulator.settings(create_delay=1000)
    servers = [{"server": number, "users": [user("a")]} for number in (5, 6)]
    with run.started("wg_servers", servers=servers) as task:
        result = task.sent("POST").signal(signal.SIGTERM).result()
    assert "SIGTERM" in result["servers"][0]["msg"]
    assert result["servers"][1]["msg"] == "not begun, as the task was cancelled"
    assert result["failed"]
    assert rules(simulator, 6) == {}
