# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One server as far as it is known, kept up to date by each step that is carried out on it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from .._api.portal import Portal
from .._api.reading import forwards_of
from .._errors import Cancelled, NotFoundError, OtherMadeError, WireguardError
from .._model import PortForward, Secrets, User
from .._planning.current import Current
from .._planning.steps import Step
from . import writes


class ServerState:
    """``state`` is what the server holds; ``secrets`` are those that creations answered.

    What answers showed is remembered: a listing that contradicts it may lag behind.
    """

    def __init__(self, portal: Portal, server_id: int) -> None:
        self.portal = portal
        self.server_id = server_id
        self.current = Current()
        self.secrets: dict[str, Secrets] = {}
        self._gone_users: set[int | None] = set()
        self._gone_rules: set[int | None] = set()
        self._made: dict[str, list[PortForward]] = {}

    def carry_out(self, step: Step) -> None:
        """One step, settled: it is done when this returns."""
        if step.rule is None:
            self._carry_out_user(step)
        elif step.action == "create":
            self.create_rule(step.name, step.rule, step.any_comment)
        else:
            rule = step.rule
            writes.delete_port_forward(self.portal, self.user_id(step.name), rule)
            self._gone_rules.add(rule.id)
            made = self._made.get(step.name, [])
            self._made[step.name] = [one for one in made if one.id != rule.id]
            self.current = self.current.without_forward(step.name, rule)

    def _carry_out_user(self, step: Step) -> None:
        if step.action == "create":
            user, secrets = writes.create_user(
                self.portal, self.server_id, step.name, self._gone_users
            )
            self.current = self.current.with_user(user)
            self.secrets[step.name] = secrets
        else:
            user = self.current.users[step.name]
            writes.delete_user(self.portal, self.server_id, user)
            self._gone_users.add(user.id)
            self._made.pop(step.name, None)
            self.current = self.current.without_user(step.name)
            self.secrets.pop(step.name, None)

    def create_rule(self, name: str, rule: PortForward, any_comment: bool = False) -> None:
        """Create a rule of a user that is there."""
        user_id = self.user_id(name)
        made = writes.create_port_forward(
            self.portal, user_id, rule, any_comment=any_comment, gone=self._gone_rules
        )
        self.current = self.current.with_forward(name, made)
        self._made.setdefault(name, []).append(made)
        if not writes.serves(made, rule, any_comment):
            self._compare(name, made, rule, any_comment)

    def _compare(self, name: str, made: PortForward, rule: PortForward, any_comment: bool) -> None:
        """An answer showed another rule than was asked for: the listing decides."""
        other = f"the portal created {made.text()} where {rule.text()} was asked for"
        path = f"/users/{self.user_id(name)}/port-forwards"
        try:
            listed = self.look_at(name)
        except WireguardError as exc:
            raise OtherMadeError(f"{other}; {exc}", method="POST", path=path) from exc
        if not any(writes.serves(found, rule, any_comment) for found in listed):
            raise OtherMadeError(other, method="POST", path=path)

    def look_at(self, name: str) -> list[PortForward]:
        """A user's rules, listed again while that contradicts what answers showed; then it is believed."""
        user_id = self.user_id(name)
        listed: list[PortForward] = []

        def agrees() -> bool:
            found = writes.listed_rules(self.portal, user_id)
            listed[:] = found or []
            return found is not None and self._agrees(name, listed)

        if not writes.until(self.portal, agrees):
            listed[:] = self.portal.port_forwards(user_id)
            self._gone_rules -= {rule.id for rule in listed}
            self._made.pop(name, None)
        self.current = self.current.with_forwards(name, listed)
        return listed

    def _agrees(self, name: str, listed: list[PortForward]) -> bool:
        """Whether a listing agrees with the answers: it has what was made, and nothing that was deleted."""
        shows_gone = any(rule.id in self._gone_rules for rule in listed)
        return not shows_gone and all(
            any(_same(rule, made) for rule in listed) for made in self._made.get(name, ())
        )

    def happened(self, step: Step) -> bool | None:
        """Look whether a step of unknown outcome was carried out. None where that can't be seen."""
        try:
            # A listing that lags behind shows it a moment later.
            rule = step.rule
            done = partial(self._rule_done, step, rule) if rule else partial(self._user_done, step)
            return writes.until(self.portal, done)
        except BaseException:  # noqa: BLE001 - whatever it is, putting back comes first
            # It may be gone. To create it again finds it, or restores it, or reports it.
            if step.action == "delete" and step.rule:
                self.current = self.current.without_forward(step.name, step.rule)
            elif step.action == "delete":
                self.current = self.current.without_user(step.name)
            return None

    def _user_done(self, step: Step) -> bool:
        users = {user.client_name: user for user in self._users()}
        if step.action == "delete":
            if step.name in users:
                return False
            self.current = self.current.without_user(step.name)
            return True
        if step.name in users and step.name not in self.current.users:
            self.current = self.current.with_user(users[step.name])
        return step.name in users

    def _rule_done(self, step: Step, rule: PortForward) -> bool:
        if self.current.users[step.name].id is None:
            return False
        listed = self.look_at(step.name)
        if step.action == "create":
            return any(writes.serves(one, rule, step.any_comment) for one in listed)
        return all(one.id != rule.id for one in listed)

    def is_taken(self, rule: PortForward) -> bool:
        """Whether somebody holds a protocol of a rule's external port, as far as there is room to look."""
        users = self._users()
        room = self.portal.pacer.free_now()
        if room is not None and room < len(users):
            return False
        held = (other for rules in forwards_of(self.portal, users) for other in rules)
        return any(
            other.external_port == rule.external_port
            and other.protocols & rule.protocols
            and other.id not in self._gone_rules
            for other in held
        )

    def _users(self) -> list[User]:
        """The users that are listed, without those whose deletion was answered."""
        users = self.portal.users(self.server_id)
        return [user for user in users if user.id not in self._gone_users]

    def learn_users(self, names: Iterable[str]) -> None:
        """Learn these users' ids, where the answers to creations did not hold them."""
        for name in names:
            if name in self.current.users:
                self.user_id(name)

    def learn_ids(self) -> None:
        """Learn the ids that the answers to creations did not hold: results are to have them."""
        for name, user in self.current.users.items():
            if user.id is None:
                self.user_id(name)
        for name, rules in self.current.forwards.items():
            if any(rule.id is None for rule in rules):
                self._learn_rules(name, rules)

    def _learn_rules(self, name: str, rules: Iterable[PortForward]) -> None:
        listed: list[PortForward] = []

        def all_there() -> bool:
            listed[:] = self.portal.port_forwards(self.user_id(name))
            return all(any(writes.serves(one, rule, True) for one in listed) for rule in rules)

        # A listing that lags behind lacks what an answer showed, and the answer is believed.
        if writes.until(self.portal, all_there):
            self.current = self.current.with_forwards(name, listed)

    def user_id(self, name: str) -> int:
        """A user's id. Where creating it gave none, one listing (E2) does for all that are new.

        Raises a ``NotFoundError`` where the listing lacks the user.
        """

        def known() -> bool:
            for user in self._users():
                there = self.current.users.get(user.client_name)
                if there and there.id is None:
                    self.current = self.current.with_user_known(user)
            return self.current.users[name].id is not None

        if self.current.users[name].id is None:
            writes.until(self.portal, known)
        user_id = self.current.users[name].id
        if user_id is None:
            raise NotFoundError(f"user {name!r} was created, but the server does not list it")
        return user_id


def _same(listed: PortForward, made: PortForward) -> bool:
    """Whether a rule that is listed is the one that an answer showed."""
    return listed.id == made.id if made.id is not None else writes.serves(listed, made, False)


def cause_of(exc: BaseException) -> WireguardError:
    """The failure as an error of ours. An interrupt is one; a defect shows as what it is."""
    if isinstance(exc, WireguardError):
        return exc
    name = "" if isinstance(exc, Cancelled) else f"{type(exc).__name__} "
    return WireguardError(f"interrupted by {name}{exc}".rstrip())
