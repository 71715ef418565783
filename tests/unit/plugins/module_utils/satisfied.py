# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a declaration means, told once more and without the planner: slot by slot.

A slot is one protocol of one external port. ``unsatisfied`` lists where a state is not what a
declaration makes of an earlier one; ``is_consistent`` tells whether a declaration contradicts itself.
"""

from __future__ import annotations

from itertools import combinations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
)

from .model_portal import Holder, Slots, State

PROTOCOLS = {"tcp": ("tcp",), "udp": ("udp",), "both": ("tcp", "udp")}
Entry = tuple[str, DesiredForward]
Slot = tuple[int, str]


def entries(declaration: Desired) -> list[Entry]:
    """Everything declared of forwards, with the user it is declared for."""
    return [(user.client_name, f) for user in declaration.users for f in user.port_forwards or ()]


def slots_of(forward: DesiredForward) -> list[tuple[int, str]]:
    return [(forward.external_port, protocol) for protocol in PROTOCOLS[forward.protocol]]


def is_consistent(declaration: Desired) -> bool:
    """For declarations whose names, ports and comments are valid ones."""
    names = [user.client_name for user in declaration.users]
    if len(names) != len(set(names)):
        return False
    for user in declaration.users:
        if not user.present and any(f.present for f in user.port_forwards or ()):
            return False
    return not any(_clash(one, other) for one, other in combinations(entries(declaration), 2))


def _clash(one: Entry, other: Entry) -> bool:
    (name, forward), (other_name, other_forward) = one, other
    if not set(slots_of(forward)) & set(slots_of(other_forward)):
        return False
    if forward.present != other_forward.present:
        return name == other_name
    if not forward.present:
        return False
    comments = {forward.comment, other_forward.comment} - {None}
    return (
        name != other_name
        or forward.internal_port != other_forward.internal_port
        or len(comments) > 1
    )


def is_refused_as_conflict(declaration: Desired, before: State) -> bool:
    """Whether a declared port is held by somebody whom the declaration does not speak for."""
    if declaration.takeover:
        return False
    gone = removed_users(declaration, before)
    open_lists = {u.client_name for u in declaration.users if u.port_forwards is not None}
    for name, forward in entries(declaration):
        for slot in slots_of(forward) if forward.present else ():
            holder = before.slots.get(slot)
            if holder and holder.name not in {name, *gone, *open_lists}:
                return True
    return False


def removed_users(declaration: Desired, before: State) -> set[str]:
    present = {user.client_name for user in declaration.users if user.present}
    absent = {user.client_name for user in declaration.users if not user.present}
    purged = set(before.users) - present if declaration.purge_users else set()
    return (absent | purged) & set(before.users)


def wanted(declaration: Desired, before: State) -> State:
    """The one state that the declaration makes of ``before``."""
    present = {user.client_name for user in declaration.users if user.present}
    gone = removed_users(declaration, before)
    slots: Slots = {s: h for s, h in before.slots.items() if h.name not in gone}
    kept = dict(slots)
    purged = (
        {u.client_name for u in declaration.users if u.port_forwards is not None}
        if declaration.purge_port_forwards
        else set()
    )
    slots = {slot: holder for slot, holder in slots.items() if holder.name not in purged}
    for name, forward in entries(declaration):
        for slot in slots_of(forward):
            if not forward.present and slot in slots and slots[slot].name == name:
                del slots[slot]
    for slot, (name, internal_port, comment) in declared(declaration).items():
        old = kept[slot].comment if slot in kept else ""
        slots[slot] = Holder(name, internal_port, old if comment is None else comment)
    return State(frozenset((set(before.users) - gone) | present), slots)


def declared(declaration: Desired) -> dict[tuple[int, str], tuple[str, int, str | None]]:
    found: dict[tuple[int, str], tuple[str, int, str | None]] = {}
    for name, forward in entries(declaration):
        for slot in slots_of(forward) if forward.present else ():
            assert forward.internal_port is not None
            comment = found[slot][2] if slot in found else None
            comment = forward.comment if comment is None else comment
            found[slot] = (name, forward.internal_port, comment)
    return found


def declared_slots(declaration: Desired) -> set[tuple[int, str]]:
    """The slots that are declared to lead somewhere."""
    return set(declared(declaration))


def unsatisfied(declaration: Desired, before: State, after: State) -> list[str]:
    """Where ``after`` is not what the declaration makes of ``before``; empty: nowhere."""
    goal = wanted(declaration, before)
    wrong = [f"user {name}" for name in sorted(goal.users ^ after.users)]
    return wrong + [
        f"{slot}: {after.slots.get(slot)}, not {goal.slots.get(slot)}"
        for slot in sorted({*goal.slots, *after.slots})
        if goal.slots.get(slot) != after.slots.get(slot)
    ]


def lost_unsaid(
    declaration: Desired, before: State, after: State, reported: set[tuple[Slot, Holder]]
) -> list[str]:
    """What neither leads where it led nor where it shall, was not declared gone and is not reported."""
    goal = wanted(declaration, before)
    gone = removed_users(declaration, before)
    return [
        f"{slot}: {after.slots.get(slot)}, neither {holder} nor {goal.slots[slot]}"
        for slot, holder in before.slots.items()
        if holder.name not in gone
        and slot in goal.slots
        and after.slots.get(slot) not in (holder, goal.slots[slot])
        and (slot, holder) not in reported
    ]
