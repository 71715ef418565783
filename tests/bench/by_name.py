# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's own playbooks cost: 2 servers, 60 users, 100 port forwards.

Each as a user runs it, a first time and once more. The requests have to be as many as announced; a
playbook that sends others has not worked. The portal answers at once and has no rate limit: under the
real one, 60 requests take a minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.bench import table
from tests.bench.measuring import BenchError
from tests.bench.place import UNLIMITED, Place, Play, place
from tests.bench.table import Row

SERVERS = (5, 6)
USERS, WITH_FORWARDS, FORWARDS = 30, 25, 2
"""Of each server: users, those of them who have port forwards, and how many each of these has."""

ALL = len(SERVERS) * USERS
LOOK = len(SERVERS) + ALL
"""The users of each server, and the port forwards of each user."""

EMPTY = {
    "accounts": [
        {
            "name": "acme",
            "key": "wg_demo_acme",
            "servers": [{"id": number, "name": f"server-{number}"} for number in SERVERS],
        }
    ]
}

Run = tuple[str, str, Sequence[str], int]
"""A name for the table, the playbook, its arguments, and the requests that it may send."""


def measure(_quick: bool) -> Iterator[Row]:
    with place(rate_limit=0) as here:
        here.simulator.reset(EMPTY)
        file = here.folder / "declared.json"
        file.write_text(json.dumps({"wg_servers_declared": [_declared(n) for n in SERVERS]}))
        for what, playbook, arguments, requests in _runs(here, f"@{file}"):
            play = _play(here, playbook, arguments, requests)
            yield table.row_of(what, play, len(play.requests))


def _runs(here: Place, declared: str) -> Iterator[Run]:
    given, force = ("-e", declared), ("-e", "wg_adopt_force=true")
    made = 1 + len(SERVERS) + ALL + len(SERVERS) * WITH_FORWARDS * FORWARDS
    yield "converge, from nothing", "converge", given, made
    yield "converge, nothing to do", "converge", given, 1 + LOOK
    only = ("-e", "wg_servers_only=device-00-on-5")
    yield "converge, one user of them", "converge", (*given, *only), 3
    yield "drift", "drift", given, 1 + LOOK
    yield "adopt", "adopt", (), 1 + LOOK
    yield "adopt again", "adopt", force, 1 + LOOK
    yield "drift after adopt", "drift", ("-e", f"@{here.folder}/wg-servers.yml"), 1 + LOOK
    yield "report, with drift", "report", given, 1 + LOOK
    # And each user's configuration.
    export = ("-e", "wg_export_dir=handouts")
    yield "export_configs", "export_configs", export, 1 + LOOK + ALL
    yield "export_configs again", "export_configs", export, 1 + LOOK + ALL

    rotate = ("-e", "wg_rotate_server=5", "-e", "wg_rotate_users=device-00-on-5")
    # A look, the user's port forwards and key; the user goes, comes again, and gets two rules.
    yield "rotate_keys, one user", "rotate_keys", rotate, 3 + 2 + FORWARDS
    yield "rotate_keys again", "rotate_keys", rotate, 3 + 2 + FORWARDS

    names = ("-e", "wg_offboard_users=device-01-on-5,device-01-on-6")
    # The servers, their users, two lists of port forwards, to say what ends; the same again, and two removals.
    yield "offboard, two users", "offboard", names, 2 * (1 + 2 + 2) + 2
    gone = (*names, "-e", "wg_offboard_missing=ok")
    yield "offboard again", "offboard", gone, 2 * (1 + 2)


def _declared(server: int) -> dict[str, Any]:
    return {"server": server, "users": [_user(server, number) for number in range(USERS)]}


def _user(server: int, number: int) -> dict[str, Any]:
    first = 10_000 + number * FORWARDS
    ports = range(first, first + FORWARDS) if number < WITH_FORWARDS else ()
    rules = [{"external_port": port, "internal_port": 80, "comment": "HTTP"} for port in ports]
    return {"name": f"device-{number:02}-on-{server}", "port_forwards": rules}


def _play(here: Place, name: str, arguments: Sequence[str], requests: int) -> Play:
    done = here.play(f"premiervpn.wireguard.{name}", *arguments, env=UNLIMITED)
    if len(done.requests) != requests:
        sent = "\n".join(f"{request['method']} {request['path']}" for request in done.requests)
        raise BenchError(f"{name} sent {len(done.requests)} requests, not {requests}:\n{sent}")
    return done
