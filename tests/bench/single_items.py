# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task for each user: a loop of 30 wg_user tasks with nothing to do.

What an item costs above a play that does nothing. Each is a process that sends one request. Next to
it the same loop with ansible.builtin.ping, whose module does nothing at all: that much is Ansible's.
The portal answers at once and has no rate limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from tests.bench import table
from tests.bench.measuring import BenchError, middle
from tests.bench.place import UNLIMITED, Place, Play, place
from tests.bench.seeds import declared_users
from tests.bench.table import Row

USERS = 30


def measure(quick: bool) -> Iterator[Row]:
    many = 1 if quick else 3
    with place(rate_limit=0) as here:
        (here.folder / "users.json").write_text(json.dumps({"users": declared_users(USERS, 0)}))
        _play(here, "loop_wg_user.yml")  # creates them
        empty = middle(many, lambda: here.play("empty.yml"))
        for module in ("wg_user", "ping"):
            play = middle(many, partial(_nothing, here, f"loop_{module}.yml"))
            yield Row(
                f"{module}, one item of {USERS}",
                table.seconds((play.seconds - empty.seconds) / USERS),
                requests=f"{len(play.requests)} in all",
                cpu=table.seconds((play.cpu - empty.cpu) / USERS),
            )


def _nothing(here: Place, name: str) -> Play:
    done = _play(here, name)
    if done.changed:
        raise BenchError(f"{name} changed something though nothing was to do:\n{done.output}")
    return done


def _play(here: Place, name: str) -> Play:
    return here.play(name, "-e", f"@{here.folder}/users.json", env=UNLIMITED)
