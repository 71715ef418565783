# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Looks at the users of a server of whom that is needed, and takes the others as they were seen.

Nothing is done on the strength of a memory: where a plan would change a user that was not looked at, or
can't be made, the look comes first and the plan is made again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .._api.portal import Portal
from .._errors import WireguardError
from .._model import User
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.memory import Look, digests, to_look_at
from .._planning.plan import make_plan, names_to_list
from .journal import Journal
from .loading import current_of, load_forwards, load_public_keys
from .outcome import Outcome


@dataclass
class Refresh:
    """Who was not looked at, and what the others' looks are to be remembered with.

    ``contradicted``: the portal said something that does not agree with what was remembered.
    """

    at: float
    declared: dict[str, str]
    remembered: set[str] = field(default_factory=set)
    contradicted: bool = False

    def looked_at_all(self) -> None:
        """The server was looked at anew, since the memory was wrong or somebody changed it meanwhile."""
        self.remembered.clear()
        self.contradicted = True

    def looks(self, outcome: Outcome) -> dict[str, Look]:
        """What to remember of a run: users as they were seen or made, without those of a failure."""
        if outcome.error and self.contradicted:
            return {}
        doubtful = {step.name for step in outcome.step_log.steps()} if outcome.error else set()
        after = outcome.after
        names = (self.declared.keys() & after.users.keys() & after.forwards.keys()) - doubtful
        found = {}
        for name in names - self.remembered:
            number, rules = after.users[name].id, after.forwards[name]
            if number is not None and all(rule.id is not None for rule in rules):
                found[name] = Look(number, self.at, self.declared[name], tuple(rules))
        return found


def load_changed(
    portal: Portal,
    server_id: int,
    desired: Desired,
    users: Iterable[User],
    taken: Journal,
) -> tuple[Current, Refresh]:
    """What the planner has to see of a server with these users, from as few looks as that takes."""
    at = taken.memories.now()
    memory = taken.memories.recall(server_id)
    state = load_public_keys(portal, desired, current_of(users, desired))
    names = names_to_list(desired, state)
    refresh = Refresh(at, digests(desired, state))
    entries = taken.entries(server_id)
    ports = {kept.rule.external_port for entry in entries for kept in entry.rules}
    due = to_look_at(memory, names, desired, state, ports=ports, now=at)
    due |= {name for entry in entries for name in entry.names()}
    state = load_forwards(portal, server_id, state, [name for name in names if name in due])
    refresh.remembered = {name for name in names if name not in due}
    state = state.with_all_forwards({x: memory.looks[x].rules for x in refresh.remembered})
    return _looked_further(portal, server_id, desired, state, refresh), refresh


def _looked_further(
    portal: Portal, server_id: int, desired: Desired, state: Current, refresh: Refresh
) -> Current:
    """``state`` with a look at everybody whom a plan from it would change."""
    while refresh.remembered:
        try:
            touched = {step.name for step in make_plan(desired, state).steps} & refresh.remembered
        except WireguardError:
            touched = set(refresh.remembered)
        if not touched:
            break
        state = load_forwards(portal, server_id, state, sorted(touched))
        refresh.remembered -= touched
    return state
