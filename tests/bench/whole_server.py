# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole server, with one wg_server task or by hand.

30 users with 3 port forwards each, at a portal that takes 50 ms for every answer and has no rate
limit: converged from nothing, and once more with nothing to do. Against it stands a playbook that
does the same job with ansible.builtin.uri (playbooks/with_uri.yml), and a play that does nothing:
what is above that one is the task. What a task of ansible.builtin.ping takes above it is Ansible's
share, whatever the module. Times are those of the whole ansible-playbook command.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.bench import payload, table
from tests.bench.measuring import BenchError, middle
from tests.bench.place import UNLIMITED, Place, Play, place
from tests.bench.seeds import declared_users
from tests.bench.table import Row

USERS, FORWARDS = 30, 3
LATENCY = 50
OURS, BY_HAND = "with_wg_server.yml", "with_uri.yml"


def measure(quick: bool) -> Iterator[Row]:
    many = 1 if quick else 3
    with place(rate_limit=0, latency=LATENCY) as here:
        (here.folder / "users.json").write_text(
            json.dumps({"users": declared_users(USERS, FORWARDS)})
        )
        empty = middle(many, lambda: here.play("empty.yml"))
        yield _row("a play that does nothing", empty)
        yield _row("one ping task", middle(many, lambda: here.play("ping.yml")))

        first = middle(many, lambda: _first(here, OURS))
        nothing = middle(many, lambda: _nothing(here, OURS))
        yield _row("wg_server, from nothing", first)
        yield _row("wg_server, nothing to do", nothing)
        file = payload.payload(here, OURS, "wg_server", *_declared(here))
        alone = middle(many, lambda: payload.run(here, file))
        yield table.row_of(
            "wg_server, nothing to do: its module alone", alone, len(nothing.requests)
        )

        first_by_hand = _first(here, BY_HAND)
        nothing_by_hand = middle(many, lambda: _nothing(here, BY_HAND))
        yield _row("uri, from nothing", first_by_hand)
        yield _row("uri, nothing to do", nothing_by_hand)

    faster = first_by_hand.seconds / first.seconds
    yield Row(
        "from nothing, wg_server is faster", table.times(faster), goal=table.at_least(faster, 8)
    )
    faster = nothing_by_hand.seconds / nothing.seconds
    yield Row(
        "nothing to do, wg_server is faster", table.times(faster), goal=table.at_least(faster, 10)
    )
    more = nothing.seconds - empty.seconds
    yield Row(
        "wg_server with nothing to do, above a play that does nothing",
        table.seconds(more),
        goal=table.at_most(more, 1.0, " s"),
    )


def _first(here: Place, playbook: str) -> Play:
    """From nothing to what is declared."""
    here.simulator.reset()
    done = _play(here, playbook)
    state = here.simulator.state()
    if (len(state["users"]), len(state["port_forwards"])) != (USERS, USERS * FORWARDS):
        raise BenchError(f"{playbook} did not make what it should:\n{done.output}")
    return done


def _nothing(here: Place, playbook: str) -> Play:
    """With everything there already."""
    done = _play(here, playbook)
    if done.changed or done.writes:
        raise BenchError(f"{playbook} changed something though nothing was to do:\n{done.output}")
    return done


def _play(here: Place, playbook: str) -> Play:
    return here.play(playbook, *_declared(here), env=UNLIMITED)


def _declared(here: Place) -> tuple[str, str]:
    return ("-e", f"@{here.folder}/users.json")


def _row(what: str, play: Play) -> Row:
    return table.row_of(what, play, len(play.requests))
