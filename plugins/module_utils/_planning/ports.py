# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What is to be done on the external ports of a server, port by port. Pure.

The portal forwards one external port and protocol once for each server, so steps can only be in each
other's way on the same external port: what is to be done on one port is one group, its deletions
before its creations, and groups do not depend on each other. A failure inside a group concerns that
port alone, and its rules are put back by whoever runs the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._errors import ConflictError
from .._model import PortForward, protocol_name
from .._text import show
from .current import Current
from .desired import Desired, Slot, Target
from .steps import Group, Step

_REMEDY = (
    "Declare that user's port forwards too (with `only`: name it there), or move the port with wg_port_forward and"
    " takeover: true"
)


def new_rules(steps: Iterable[Step], before: Current) -> list[PortForward]:
    """The rules that steps create on ports which somebody else may hold: not their user already."""
    return [
        step.rule
        for step in steps
        if step.action == "create"
        and step.rule
        and not step.rule.protocols <= _held(before, step.name, step.rule.external_port)
    ]


def _held(current: Current, name: str, port: int) -> set[str]:
    rules = current.forwards.get(name, ())
    return {protocol for x in rules if x.external_port == port for protocol in x.protocols}


class Ports:
    """What is to be done on the external ports of a server, its users being as declared."""

    def __init__(self, desired: Desired, current: Current) -> None:
        self._targets = desired.targets
        self._unwanted = desired.unwanted
        # Looked at port by port: made once, so that the work grows with the rules and not with their square.
        self._rules: dict[int, list[tuple[str, PortForward]]] = {}
        for name, rules in current.forwards.items():
            for rule in rules:
                self._rules.setdefault(rule.external_port, []).append((name, rule))
        self._declared = {
            user.client_name
            for user in desired.users
            if user.present and user.port_forwards is not None
        }
        self._purge = desired.purge_port_forwards
        self._takeover = desired.takeover
        self._not_selected = desired.not_selected or frozenset()

    def groups(self) -> list[Group]:
        """The steps on each port. Raises a ``ConflictError`` that lists the ports which others hold."""
        conflicts: list[str] = []
        groups: list[Group] = []
        for port in self._ports():
            conflicts += self._conflicts(port)
            group = self._group(port)
            if group:
                groups.append(group)
        if conflicts:
            remedy = _REMEDY if self._takeover is None else "Set takeover: true to move it"
            raise ConflictError(f"{'; '.join(conflicts)}. {remedy}", conflicts=conflicts)
        return groups

    def _ports(self) -> list[int]:
        """Declared ports in their order, then the others that were seen."""
        declared = [port for port, _protocol in self._targets]
        return list(dict.fromkeys([*declared, *sorted(self._rules)]))

    def _group(self, port: int) -> Group:
        deletions: list[Step] = []
        rest: list[Step] = []
        served: set[str] = set()
        replaced: dict[str, PortForward] = {}
        for name, rule in self._rules.get(port, ()):
            staying = frozenset(p for p in rule.protocols if self._stays(name, rule, (port, p)))
            served |= {p for p in staying if (port, p) in self._targets}
            if staying == rule.protocols:
                continue
            deletions.append(Step("delete", name, rule))
            replaced.update(dict.fromkeys(rule.protocols - staying, rule))
            if staying:
                # There is no update: what should stay of a `both` rule has to be created again.
                rest.append(Step("create", name, _planned(rule, staying)))
        # What only has to be restored goes first: it is interrupted for the other's sake.
        return (*deletions, *rest, *self._creations(port, served, replaced))

    def _stays(self, name: str, rule: PortForward, slot: Slot) -> bool:
        """Whether one protocol of a rule is as it should be, or nobody's business."""
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
        for name, rule in self._rules.get(port, ()):
            for protocol in sorted(rule.protocols):
                target = self._targets.get((port, protocol))
                if target is None or name == target.client_name or name in self._declared:
                    continue
                if not self._takeover:
                    if self._takeover is not None:
                        yield (
                            f"{port}/{protocol} can't lead to {target.client_name!r}: user"
                            f" {show(name, 80)!r} holds it ({show(rule.text())})"
                        )
                        break
                    why = (
                        "it is not among `only`"
                        if name in self._not_selected
                        else "its port forwards are not declared"
                    )
                    yield (
                        f"{port}/{protocol} is declared for {target.client_name!r}, but user"
                        f" {show(name, 80)!r} holds it ({show(rule.text())}) and {why}"
                    )
                    break


def leads_there(rule: PortForward, target: Target) -> bool:
    """Whether a rule of the target's user is as declared."""
    same = target.comment is None or rule.same_comment(target.comment)
    return same and rule.internal_port == target.internal_port


def _planned(rule: PortForward, protocols: frozenset[str]) -> PortForward:
    """The rule as it would be created anew for ``protocols``."""
    name = protocol_name(protocols)
    return PortForward(None, rule.external_port, rule.internal_port, name, rule.comment)
