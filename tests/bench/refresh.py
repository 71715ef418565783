# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change costs with `refresh: full` and `refresh: changed`: 50, 250 and 1,000 users, two port forwards each.

All of them are declared, and the playbook converge is run: nothing changed, one port changed, one user added. The
goal counts requests, one more for each further server of 250 users. At the limit of 60 a minute, others wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.bench import table
from tests.bench.measuring import BenchError
from tests.bench.place import UNLIMITED, Place, Play, place
from tests.bench.seeds import declared_users, seed
from tests.bench.table import Row

FORWARDS = 2
MOST = 6
# What a server of the simulator has addresses for.
MOST_USERS = 250


def measure(quick: bool) -> Iterator[Row]:
    for users in (50, 250) if quick else (50, 250, 1000):
        yield from _rows(users)


def _rows(users: int) -> Iterator[Row]:
    servers = -(-users // MOST_USERS)
    each, most = users // servers, MOST + servers - 1
    declared = [_declared(5 + number, each) for number in range(servers)]
    changed = deepcopy(declared)
    changed[0]["users"][7]["port_forwards"][0]["internal_port"] = 81
    added = deepcopy(changed)
    new = {"external_port": 60_000, "internal_port": 80}
    added[0]["users"].append({"name": "new", "port_forwards": [new]})
    with place(rate_limit=0) as here:
        for refresh in ("full", "changed"):
            here.simulator.reset(seed(servers, each, FORWARDS))
            if refresh == "changed":
                _play(here, declared, refresh)
            for what, wanted in (
                ("nothing changed", declared),
                ("one port changed", changed),
                ("one user added", added),
            ):
                play = _play(here, wanted, refresh)
                sent = len(play.requests)
                if refresh == "changed" and sent > most:
                    raise BenchError(f"{what}, {users} users: {sent} requests, not {most} at most")
                goal = f"{most} requests" if refresh == "changed" else ""
                yield table.row_of(f"{users} users, {what}, {refresh}", play, sent, goal)


def _declared(server: int, count: int) -> dict[str, Any]:
    users = declared_users(count, FORWARDS)
    return {
        "server": server,
        "users": [{**user, "name": f"{user['name']}-on-{server}"} for user in users],
    }


def _play(here: Place, servers: list[dict[str, Any]], refresh: str) -> Play:
    file = here.folder / "declared.json"
    file.write_text(json.dumps({"wg_servers_declared": servers}))
    env = {**UNLIMITED, "PREMIERVPN_STATE_DIR": str(here.folder / "state")}
    arguments = ("-e", f"@{file}", "-e", f"wg_servers_refresh={refresh}")
    return here.play("premiervpn.wireguard.converge", *arguments, env=env)
