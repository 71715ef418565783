# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a declaration led to on a server, or would lead to: the steps, before and after, for results and diffs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from .._errors import StepError
from .._model import LostForward, PortForward, Secrets, Server, protocol_name
from .._planning.current import Current, in_order, lines_of
from .._planning.desired import Desired
from .._planning.ports import leads_there
from .._planning.steps import Plan
from .step_log import DONE, PLANNED, StepLog


@dataclass
class Outcome:
    """What a declaration led to, or (check mode) would lead to.

    ``in_diff`` are the users that a diff is about, ``listed`` those whose rules results and diffs
    show. A look at more of the server (for who holds a port) does not make them show more.
    ``error`` is set where a step failed; the rest then says what was done all the same.
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

    def created(self) -> set[str]:
        """The users that were created, or (check mode) would be."""
        return self._users("create")

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
        renewed = self._users("delete") & self.created()
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


# A later round of planning may make a loss good; what none does is said with whatever ends the task.
def still_lost(lost: Iterable[LostForward], desired: Desired, state: Current) -> list[LostForward]:
    """The losses, or those protocols of them, that nothing in ``state`` makes good.

    A slot is made good by the old rule, or by what is desired in its place.
    """
    held = [(name, rule) for name, rules in state.forwards.items() for rule in rules]
    rest: list[LostForward] = []
    for loss in lost:
        left = frozenset(
            protocol
            for protocol in loss.rule.protocols
            if not any(_makes_good(name, rule, protocol, loss, desired) for name, rule in held)
        )
        if left:
            rest.append(replace(loss, rule=replace(loss.rule, protocol=protocol_name(left))))
    return rest


def _makes_good(
    name: str, rule: PortForward, protocol: str, loss: LostForward, desired: Desired
) -> bool:
    lost = loss.rule
    if rule.external_port != lost.external_port or protocol not in rule.protocols:
        return False
    if name == loss.client_name and rule.same_rule(replace(lost, protocol=rule.protocol)):
        return True
    target = desired.targets.get((rule.external_port, protocol))
    return target is not None and target.client_name == name and leads_there(rule, target)


def with_lost(error: StepError, lost: list[LostForward]) -> StepError:
    """The error, bearing exactly these losses, of whatever round."""
    not_named = [loss.text() for loss in lost if loss not in error.lost]
    message = str(error)
    if not_named:
        message += f"; LOST IN AN EARLIER ATTEMPT: {', '.join(not_named)}"
    return StepError(message, error.cause, error.step, lost=lost, **error.details)
