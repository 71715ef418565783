# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Puts back what a group that failed half-way has removed, and reports what could not be put back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .._errors import ContendedError, WireguardError
from .._model import LostForward, PortForward, protocol_name
from .._planning.current import Current
from .._planning.steps import Group, Step, replaced_users
from .server_state import ServerState, cause_of
from .writes import LAG, serves


@dataclass
class Restored:
    """What became of it: a note on each thing, the rules that are lost, the steps that were undone."""

    notes: list[str] = field(default_factory=list)
    lost: list[LostForward] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    created: list[Step] = field(default_factory=list)


def put_back(server: ServerState, group: Group, before: Current) -> Restored:
    """Restore what the group removed and nothing serves now. ``before``: the server before it."""
    restored = Restored()
    for step in group:
        if step.rule is None and step.action == "create" and _is_missing(server, group, step.name):
            _create_user_again(server, step, restored)
    for step, name, rule in _missing(group, before, server.current):
        lost_before = len(restored.lost)
        for part, problem in restore_rule(server, name, rule):
            if problem is None:
                restored.notes.append(f"the old rule {part.text()} of user {name!r} was put back")
                continue
            restored.lost.append(LostForward(name, replace(part, id=None)))
            restored.notes.append(
                f"THE OLD RULE {part.text()} OF USER {name!r} IS LOST: putting it back failed too"
                f" ({problem})"
            )
        if step.rule and len(restored.lost) == lost_before:
            restored.undone.append(step)
    return restored


def _is_missing(server: ServerState, group: Group, name: str) -> bool:
    """Whether a user that was deleted to be replaced is not there."""
    return name in replaced_users(group) and name not in server.current.users


def _create_user_again(server: ServerState, step: Step, restored: Restored) -> None:
    problem = None
    for delay in (*LAG, None):
        try:
            server.carry_out(step)
        except WireguardError as exc:
            problem = exc
            # A portal may take a moment to see that the name is free.
            if not isinstance(exc, ContendedError) or delay is None:
                break
            server.portal.pacer.wait(delay)
        else:
            restored.created.append(step)
            restored.notes.append(f"user {step.name!r} was created at another try")
            return
    restored.notes.append(
        f"USER {step.name!r} WAS DELETED TO GIVE IT NEW KEYS AND COULD NOT BE CREATED AGAIN ({problem})"
    )


def restore_rule(
    server: ServerState, name: str, rule: PortForward
) -> Iterator[tuple[PortForward, WireguardError | None]]:
    """Create a rule again: what became of it, or of each protocol where it has to be parted."""
    problem = _created(server, name, rule)
    if isinstance(problem, ContendedError) and len(rule.protocols) > 1:
        # Somebody took one of the two protocols meanwhile; the other can still be saved.
        for protocol in sorted(rule.protocols):
            part = replace(rule, protocol=protocol)
            yield part, _created(server, name, part)
    else:
        yield rule, problem


def _created(server: ServerState, name: str, rule: PortForward) -> WireguardError | None:
    """None, or what keeps the rule from being created."""
    if name not in server.current.users:
        return WireguardError("its user is gone")
    for delay in (*LAG, None):
        try:
            server.create_rule(name, rule)
            return None
        except ContendedError as exc:
            # A portal may take a moment to see that the port is free: believe it if somebody holds it.
            if _taken(server, rule):
                return exc
            if _stands(server, name, rule):
                return None  # its deletion was answered, and it was not deleted
            if delay is None or not server.portal.pacer.wait(delay):
                return exc
        except WireguardError as exc:
            return exc
        except BaseException as exc:  # noqa: BLE001 - once more: what did happen already is found
            if delay is None:
                return cause_of(exc)
    return None


def _stands(server: ServerState, name: str, rule: PortForward) -> bool:
    try:
        return any(serves(one, rule, False) for one in server.look_at(name))
    except WireguardError:
        return False


def _taken(server: ServerState, rule: PortForward) -> bool:
    try:
        return server.is_taken(rule)
    except WireguardError:
        return False


def _missing(
    group: Group, before: Current, now: Current
) -> Iterator[tuple[Step, str, PortForward]]:
    """What a failed replacement took away and nothing serves now, as rules to create again.

    Only the protocols that the group was to create: what was declared gone stays gone.
    """
    rules = [rule for rules in now.forwards.values() for rule in rules]
    for step, name, old in _removed(group, before):
        meant = {
            (step.rule.external_port, protocol)
            for step in group
            if step.action == "create" and step.rule
            for protocol in step.rule.protocols
        }
        served = {(rule.external_port, protocol) for rule in rules for protocol in rule.protocols}
        missing = frozenset(
            protocol
            for protocol in old.protocols
            if (old.external_port, protocol) in meant - served
        )
        if missing:
            yield step, name, replace(old, id=None, protocol=protocol_name(missing))


def _removed(group: Group, before: Current) -> Iterator[tuple[Step, str, PortForward]]:
    """Every rule that the group was to remove, those that end with a replaced user too."""
    for step in group:
        if step.action != "delete":
            continue
        if step.rule:
            yield step, step.name, step.rule
        elif step.name in replaced_users(group):
            for rule in before.forwards.get(step.name, ()):
                yield step, step.name, rule
