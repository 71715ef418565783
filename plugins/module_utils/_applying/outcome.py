# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a declaration led to on a server, or would lead to: the steps, before and after, for results and diffs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from .._errors import StepError
from .._model import Secrets, Server
from .._planning.current import Current, in_order, lines_of
from .._planning.steps import Plan
from .step_log import DONE, PLANNED, StepLog


@dataclass
class Outcome:
    """What a declaration led to, or (check mode) would lead to.

    ``in_diff`` are the users that a diff is about, ``listed`` those whose rules results and diffs
    tell. A look at more of the server (for who holds a port) does not make them tell more.
    ``error`` is set where a step failed; the rest then tells what was done all the same.
    """

    server: Server
    step_log: StepLog
    before: Current
    after: Current
    in_diff: set[str]
    listed: set[str]
    secrets: dict[str, Secrets] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: StepError | None = None

    def adopt(self, made: Plan) -> None:
        """Go on with a new plan, made from a look at more of the server."""
        self.step_log.plan(made.steps)
        self.in_diff |= made.names()
        self.listed |= with_rules(made)
        for name, rules in made.before.forwards.items():
            if name not in self.before.forwards:
                self.before = self.before.with_forwards(name, rules)

    def deleted(self) -> set[str]:
        """The users that were deleted, or (check mode) would be, and are not there any more."""
        return self._users("delete") - set(self.after.users)

    def user_result(self, name: str, secrets: Secrets | None = None) -> dict[str, Any]:
        """A user as modules return it, with its port forwards (None: not looked at)."""
        rules = self.after.forwards.get(name) if name in self.listed else None
        result = self.after.users[name].result(self.server.id)
        result["port_forwards"] = (
            None if rules is None else [rule.result() for rule in in_order(rules)]
        )
        if secrets:
            result.update(config=secrets.config, keys=secrets.keys)
        return result

    def diff(self) -> dict[str, list[str]]:
        """Lines before and after, of the declared users and of every user that was touched."""
        renewed = self._users("delete") & self._users("create")
        return {
            "before": self._lines(
                self.before, ended=set(self.before.users) - set(self.after.users)
            ),
            "after": self._lines(self.after, renewed=renewed),
        }

    def _lines(
        self, state: Current, ended: Collection[str] = (), renewed: Collection[str] = ()
    ) -> list[str]:
        lines: list[str] = []
        for name in sorted(self.in_diff & set(state.users)):
            rules = state.forwards.get(name) if name in self.listed else None
            if rules is None and name not in ended:
                rules = ()
            lines += lines_of(name, rules, ", with new keys" if name in renewed else "")
        return lines

    def _users(self, action: str) -> set[str]:
        """The users of whom this was done, or (check mode) would be."""
        return {
            step["name"]
            for step in self.step_log.result()
            if (step["action"], step["kind"]) == (action, "user")
            and step["status"] in (DONE, PLANNED)
        }


def with_rules(made: Plan) -> set[str]:
    """The users that a plan makes, or changes the rules of."""
    return {step.name for step in made.steps if step.rule or step.action == "create"}
