# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""50 hosts with 12 forks under the real limit: every host makes its own user, delegated to localhost.

The portal lets 60 requests of a key through in 60 seconds, here as there. Once the processes share
their budget (rate_limit at its default), once they know of no limit (rate_limit: 0) and have to
learn it from 429 answers. No play can be quicker than the portal lets its last request through: with
N requests that are let through, 60 * floor((N - 1) / 60) seconds after the first. That is the floor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.bench import table
from tests.bench.measuring import BenchError
from tests.bench.place import UNLIMITED, Place, Play, place
from tests.bench.table import Row

HOSTS, FORKS = 50, 12
LIMIT, WINDOW = 60, 60


def measure(quick: bool) -> Iterator[Row]:
    del quick  # the limit takes as long as it takes
    with place(rate_limit=LIMIT, window=WINDOW) as here:
        yield from _rows(here, _play(here, {}), "shared budget", paced=True)
    with place(rate_limit=LIMIT, window=WINDOW) as here:
        yield from _rows(here, _play(here, UNLIMITED), "rate_limit: 0", paced=False)


def _play(here: Place, env: dict[str, str]) -> Play:
    inventory = {
        "all": {
            "hosts": {f"host-{number:02}": None for number in range(HOSTS)},
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        }
    }
    file = here.folder / "hosts.json"
    file.write_text(json.dumps(inventory))
    arguments = ("-i", str(file), "--forks", str(FORKS))
    return here.play("hosts_wg_user.yml", *arguments, env=env, may_fail=True)


def _rows(here: Place, play: Play, how: str, *, paced: bool) -> Iterator[Row]:
    made = len(here.simulator.state()["users"])
    if made + play.failed != HOSTS:
        raise BenchError(f"{made} users were made, {play.failed} hosts failed:\n{play.output}")
    let_through = [request["at"] for request in play.requests if request["status"] != 429]
    refused = len(play.requests) - len(let_through)
    floor = WINDOW * ((len(let_through) - 1) // LIMIT)
    what = f"{HOSTS} hosts, {FORKS} forks, {how}"
    goal = table.at_most(play.seconds, floor + 20, " s") if paced else ""
    yield table.row_of(f"{what} (floor {floor} s)", play, len(play.requests), goal)
    last = max(let_through) - min(let_through)
    yield Row(f"{what}: last request let through, after the first", table.seconds(last))
    yield Row(f"{what}: 429 answers", str(refused), goal=table.at_most(refused, 3) if paced else "")
    yield Row(f"{what}: hosts that failed", str(play.failed), goal=table.at_most(play.failed, 0))
