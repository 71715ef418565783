# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One server as far as it is known, kept up to date by each step that is carried out on it."""

from __future__ import annotations

from collections.abc import Iterable

from .._api.finding import forwards_of
from .._api.portal import Portal
from .._errors import AnswerError, NotFoundError, WireguardError
from .._model import PortForward, Secrets
from .._planning.current import Current
from .._planning.steps import Step
from . import writes


class OtherMadeError(AnswerError):
    """The portal created something, but not what was asked for."""


class LiveServer:
    """``state`` is what the server holds; ``secrets`` are those that creations have told."""

    def __init__(self, portal: Portal, server_id: int) -> None:
        self.portal = portal
        self.server_id = server_id
        self.state = Current()
        self.secrets: dict[str, Secrets] = {}

    def carry_out(self, step: Step) -> None:
        """One step, settled: it is done when this returns."""
        if step.rule is None:
            self._carry_out_user(step)
        elif step.action == "create":
            self.create_rule(step.name, step.rule, step.any_comment)
        else:
            writes.delete_port_forward(self.portal, self._user_id(step.name), step.rule)
            self.state = self.state.without_forward(step.name, step.rule)

    def _carry_out_user(self, step: Step) -> None:
        if step.action == "create":
            user, secrets = writes.create_user(self.portal, self.server_id, step.name)
            self.state = self.state.with_user(user)
            self.secrets[step.name] = secrets
        else:
            writes.delete_user(self.portal, self.server_id, self.state.users[step.name])
            self.state = self.state.without_user(step.name)
            self.secrets.pop(step.name, None)

    def create_rule(self, name: str, rule: PortForward, any_comment: bool = False) -> None:
        """Create a rule of a user that is there."""
        user_id = self._user_id(name)
        made = writes.create_port_forward(self.portal, user_id, rule, any_comment=any_comment)
        self.state = self.state.with_forward(name, made)
        if writes.serves(made, rule, any_comment):
            return
        # The answer tells another rule than was asked for: the listing decides.
        listed = self.portal.port_forwards(user_id)
        self.state = self.state.with_forwards(name, listed)
        if not any(writes.serves(found, rule, any_comment) for found in listed):
            raise OtherMadeError(
                f"the portal created {made.text()} where {rule.text()} was asked for",
                method="POST",
                path=f"/users/{user_id}/port-forwards",
            )

    def happened(self, step: Step) -> bool:
        """Look whether a step of unknown outcome was carried out. False where that can't be seen."""
        try:
            return self._rule_done(step, step.rule) if step.rule else self._user_done(step)
        except BaseException:  # noqa: BLE001 - whatever it is, putting back comes first
            # It may be gone. To create it again finds it, or restores it, or reports it.
            if step.action == "delete" and step.rule:
                self.state = self.state.without_forward(step.name, step.rule)
            elif step.action == "delete":
                self.state = self.state.without_user(step.name)
            return False

    def _user_done(self, step: Step) -> bool:
        users = {user.client_name: user for user in self.portal.users(self.server_id)}
        if step.action == "delete":
            if step.name in users:
                return False
            self.state = self.state.without_user(step.name)
            return True
        if step.name in users and step.name not in self.state.users:
            self.state = self.state.with_user(users[step.name])
        return step.name in users

    def _rule_done(self, step: Step, rule: PortForward) -> bool:
        user_id = self.state.users[step.name].id
        if user_id is None:
            return False
        listed = self.portal.port_forwards(user_id)
        self.state = self.state.with_forwards(step.name, listed)
        if step.action == "create":
            return any(writes.serves(one, rule, step.any_comment) for one in listed)
        return all(one.id != rule.id for one in listed)

    def taken(self, rule: PortForward) -> frozenset[str]:
        """The protocols of a rule's external port that somebody holds, whoever it is."""
        users = self.portal.users(self.server_id)
        held = (rule for rules in forwards_of(self.portal, users) for rule in rules)
        return rule.protocols & frozenset(
            protocol
            for other in held
            if other.external_port == rule.external_port
            for protocol in other.protocols
        )

    def learn_ids(self) -> None:
        """Learn the ids that the answers to creations did not tell: results are to have them."""
        for name, user in self.state.users.items():
            if user.id is None:
                self._user_id(name)
        for name, rules in self.state.forwards.items():
            if any(rule.id is None for rule in rules):
                self._learn_rules(name, rules)

    def _learn_rules(self, name: str, rules: Iterable[PortForward]) -> None:
        listed: list[PortForward] = []

        def all_there() -> bool:
            listed[:] = self.portal.port_forwards(self._user_id(name))
            return all(any(writes.serves(one, rule, True) for one in listed) for rule in rules)

        # A listing that lags behind lacks what an answer told, and the answer is believed.
        if writes.until(self.portal, all_there):
            self.state = self.state.with_forwards(name, listed)

    def _user_id(self, name: str) -> int:
        """A user's id. Where creating it did not tell, one listing does for all that are new."""

        def known() -> bool:
            for user in self.portal.users(self.server_id):
                there = self.state.users.get(user.client_name)
                if there and there.id is None:
                    self.state = self.state.with_user_known(user)
            return self.state.users[name].id is not None

        if self.state.users[name].id is None:
            writes.until(self.portal, known)
        user_id = self.state.users[name].id
        if user_id is None:
            raise NotFoundError(f"user {name!r} was created, but the server does not list it")
        return user_id


def cause_of(exc: BaseException) -> WireguardError:
    """The failure as an error of ours. An interrupt is one; a defect shows as what it is."""
    if isinstance(exc, WireguardError):
        return exc
    return WireguardError(f"interrupted by {type(exc).__name__} {exc}".rstrip())
