# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large server read whole: the 1000 port forwards of 250 users, with wg_port_forward_info.

One request for the users and one for each of them, without a rate limit; the portal answers at once,
or after 50 ms. The module is measured by itself as well, as Ansible would run it: its memory is what
the host where it runs must have.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import payload, table
from tests.bench.measuring import middle
from tests.bench.place import UNLIMITED, place
from tests.bench.seeds import seed
from tests.bench.table import Row

USERS, FORWARDS = 250, 4
PLAYBOOK, MODULE = "forwards_info.yml", "wg_port_forward_info"


def measure(quick: bool) -> Iterator[Row]:
    many = 1 if quick else 3
    with place(rate_limit=0, seed=seed(1, USERS, FORWARDS)) as here:
        expected = ("-e", f"expected={USERS * FORWARDS}")
        file = payload.payload(here, PLAYBOOK, MODULE, *expected)
        for latency in (0, 50):
            here.simulator.settings(latency=latency)
            play = middle(many, lambda: here.play(PLAYBOOK, *expected, env=UNLIMITED))
            alone = middle(many, lambda: payload.run(here, file))
            requests = len(play.requests)
            what = f"{USERS} users, {USERS * FORWARDS} port forwards, {latency} ms"
            yield table.row_of(f"{what}: the play", play, requests)
            yield table.row_of(f"{what}: its module alone", alone, requests)
