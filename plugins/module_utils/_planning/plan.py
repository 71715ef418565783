# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The planner: from what is desired and what is there to steps in an order that works. Pure.

The portal forwards one external port and protocol once for each server, so steps can only be in each
other's way on the same external port: what is to be done on one port is one group, its deletions
before its creations, and groups do not depend on each other. A failure inside a group concerns that
port alone, and its rules are put back by whoever runs the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .._errors import ConflictError, GuardError
from .._model import PortForward, User, protocol_name
from .._text import listing, show
from .current import Current
from .desired import Desired, Slot, Target


@dataclass(frozen=True)
class Step:
    """One request that changes the portal. ``rule`` is None for a step about the user itself.

    ``any_comment``: the rule is there, whatever comment it bears (nobody declared one).
    """

    action: str
    name: str
    rule: PortForward | None = None
    any_comment: bool = False

    @property
    def kind(self) -> str:
        return "user" if self.rule is None else "port_forward"


Group = tuple[Step, ...]
"""Steps that belong together: where one fails, what the earlier ones removed is put back."""


@dataclass(frozen=True)
class Plan:
    """Groups of steps, and what the server looks like before and after them."""

    groups: tuple[Group, ...]
    before: Current
    after: Current

    @property
    def steps(self) -> list[Step]:
        return [step for group in self.groups for step in group]

    def names(self) -> set[str]:
        """The users that the plan touches."""
        return {step.name for step in self.steps}


def names_to_list(desired: Desired, users: Current) -> list[str]:
    """The users whose rules the planner has to see: those there are of whom rules are declared."""
    return [
        user.client_name
        for user in desired.users
        if user.present and user.port_forwards is not None and user.client_name in users.users
    ]


def make_plan(desired: Desired, current: Current) -> Plan:
    """The steps that lead from ``observed`` to ``declaration``, in the order to run them.

    Raises ``GuardError`` where more users would be deleted than allowed, and ``ConflictError``
    where a declared port is held by a user whose rules the declaration may not touch.
    """
    doomed = _doomed(desired, current)
    new = [
        user.client_name
        for user in desired.users
        if user.present and user.client_name not in current.users
    ]
    _guard(desired, doomed)
    groups: list[Group] = [
        # Deletions first: what a removed user held may be declared for another one.
        *((Step("delete", name),) for name in doomed),
        *((Step("create", name),) for name in new),
    ]
    remaining = _after(groups, current)
    groups += _Ports(desired, remaining).groups()
    return Plan(tuple(groups), current, _after(groups, current))


def _doomed(desired: Desired, current: Current) -> list[str]:
    absent = [user.client_name for user in desired.users if not user.present]
    declared = {user.client_name for user in desired.users} | (desired.aside or set())
    purged = sorted(set(current.users) - declared) if desired.purge_users else []
    return [name for name in absent + purged if name in current.users]


def _guard(desired: Desired, doomed: list[str]) -> None:
    limit = desired.max_deletions
    if limit is not None and len(doomed) > limit:
        raise GuardError(
            f"the plan deletes {len(doomed)} users ({listing(doomed)}), more than max_deletions"
            f" ({limit}) allows; nothing was changed",
            deletions=doomed,
        )


def _after(groups: list[Group], current: Current) -> Current:
    """``observed`` once the steps are run. New ids are None: only the portal knows them."""
    state = current
    for step in (step for group in groups for step in group):
        if step.rule is None:
            state = (
                state.with_user(User(None, step.name))
                if step.action == "create"
                else state.without_user(step.name)
            )
        elif step.action == "create":
            state = state.with_forward(step.name, step.rule)
        else:
            state = state.without_forward(step.name, step.rule)
    return state


class _Ports:
    """What is to be done on the external ports of a server, its users being as declared."""

    def __init__(self, desired: Desired, current: Current) -> None:
        self._targets = desired.targets
        self._unwanted = desired.unwanted
        self._forwards = current.forwards
        self._declared = {
            user.client_name
            for user in desired.users
            if user.present and user.port_forwards is not None
        }
        self._purge = desired.purge_port_forwards
        self._takeover = desired.takeover
        self._aside = desired.aside or frozenset()

    def groups(self) -> list[Group]:
        conflicts: list[str] = []
        groups: list[Group] = []
        for port in self._ports():
            conflicts += self._conflicts(port)
            group = self._group(port)
            if group:
                groups.append(group)
        if conflicts:
            raise ConflictError("; ".join(conflicts), conflicts=conflicts)
        return groups

    def _ports(self) -> list[int]:
        """Declared ports in their order, then the others that were seen."""
        declared = [port for port, _protocol in self._targets]
        seen = sorted(rule.external_port for rules in self._forwards.values() for rule in rules)
        return list(dict.fromkeys([*declared, *seen]))

    def _rules(self, port: int) -> Iterator[tuple[str, PortForward]]:
        for name, rules in self._forwards.items():
            for rule in rules:
                if rule.external_port == port:
                    yield name, rule

    def _group(self, port: int) -> Group:
        deletions: list[Step] = []
        rest: list[Step] = []
        served: set[str] = set()
        replaced: dict[str, PortForward] = {}
        for name, rule in self._rules(port):
            staying = frozenset(p for p in rule.protocols if self._stays(name, rule, (port, p)))
            served |= {p for p in staying if (port, p) in self._targets}
            if staying == rule.protocols:
                continue
            deletions.append(Step("delete", name, rule))
            replaced.update(dict.fromkeys(rule.protocols - staying, rule))
            if staying:
                # There is no update: what shall stay of a `both` rule has to be created again.
                rest.append(Step("create", name, _planned(rule, staying)))
        # What only has to be restored goes first: it is interrupted for the other's sake.
        return (*deletions, *rest, *self._creations(port, served, replaced))

    def _stays(self, name: str, rule: PortForward, slot: Slot) -> bool:
        """Whether one protocol of a rule is as it shall be, or nobody's business."""
        target = self._targets.get(slot)
        if target is None:
            purged = self._purge and name in self._declared
            return not purged and (name, slot) not in self._unwanted
        return name == target.client_name and leads_there(rule, target)

    def _creations(
        self, port: int, served: set[str], replaced: dict[str, PortForward]
    ) -> list[Step]:
        """The rules that are missing: one for both protocols where one entry declared both."""
        missing: dict[tuple[int, str], tuple[Target, set[str]]] = {}
        for protocol in ("tcp", "udp"):
            target = self._targets.get((port, protocol))
            if target is None or protocol in served:
                continue
            # interface, wg_port_forward: a comment left out is kept on a replacement.
            old = replaced.get(protocol)
            kept = old.comment if old else ""
            comment = kept if target.comment is None else target.comment
            missing.setdefault((target.entry, comment), (target, set()))[1].add(protocol)
        return [
            Step(
                "create",
                target.client_name,
                PortForward(
                    None, port, target.internal_port, protocol_name(frozenset(protocols)), comment
                ),
                any_comment=target.comment is None,
            )
            for (_entry, comment), (target, protocols) in missing.items()
        ]

    def _conflicts(self, port: int) -> Iterator[str]:
        for name, rule in self._rules(port):
            for protocol in sorted(rule.protocols):
                target = self._targets.get((port, protocol))
                if target is None or name in (target.client_name, *self._declared):
                    continue
                if not self._takeover:
                    why = (
                        "it is not among `only`"
                        if name in self._aside
                        else "its port forwards are not declared"
                    )
                    yield (
                        f"{port}/{protocol} is declared for {target.client_name!r}, but user"
                        f" {show(name, 80)!r} holds it ({show(rule.text())}) and {why}"
                    )
                    break


def leads_there(rule: PortForward, target: Target) -> bool:
    """Whether a rule of the target's user is as declared."""
    return rule.internal_port == target.internal_port and target.comment in (None, rule.comment)


def _planned(rule: PortForward, protocols: frozenset[str]) -> PortForward:
    """The rule as it would be created anew for ``protocols``."""
    name = protocol_name(protocols)
    return PortForward(None, rule.external_port, rule.internal_port, name, rule.comment)
