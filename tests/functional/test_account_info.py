# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_account_info: users by their names, wherever they are."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, rule


def test_users_on_all_servers(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1")], "b": []}, {"a": [], "c": []})
    done = run.module("wg_account_info", users=["a", "c", "A"], include_port_forwards=True)
    assert done.last["missing"] == ["A"]
    found = {
        server["label"]: [user["client_name"] for user in server["users"]]
        for server in done.last["servers"]
    }
    assert found == {"fra1 (5)": ["a"], "ams1 (6)": ["a", "c"]}
    assert done.last["servers"][0]["users"][0]["port_forwards"][0]["external_port"] == 80
    assert len(done.requests) == 1 + 2 + 3


def test_some_servers(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": []}, {"a": []})
    done = run.module("wg_account_info", users=["a"], servers=["ams1", "6"])
    assert [server["assignment_id"] for server in done.last["servers"]] == [6]
    assert "port_forwards" not in done.last["servers"][0]["users"][0]
    assert done.sent == ["GET /servers", "GET /servers/6/users"]


@pytest.mark.parametrize("users", [[], [""], ["a", " "], "", None])
def test_nobody_is_never_everybody(run: Runner, users: Any) -> None:
    done = run.module("wg_account_info", users=users)
    assert done.last.failed
    assert done.sent == []
