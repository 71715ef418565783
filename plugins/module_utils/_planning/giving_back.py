# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What of an open entry a task may give back: only into empty places, only to the same user. Pure.

It replaces and takes nothing, makes no user that the task neither declares nor names, and leaves an
entry alone that is too old. What it can't give back it says in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .._model import LostForward, PortForward, protocol_name
from .._text import show
from .current import Current
from .desired import Desired, DesiredUser, Slot
from .ports import leads_there
from .steps import Group, Step
from .taken import Entry, TakenUser

MAX_AGE = 7 * 24 * 3600.0

# What became of a user of an entry.
UNTOUCHED, SAME, MISSING, ENDED = "untouched", "same", "missing", "ended"


@dataclass(frozen=True)
class GivenBack:
    """What a task may do about an entry.

    ``make`` are users to create, ``rules`` port forwards to create, ``limits`` users whose settings may
    have to be put back. ``lost`` says in full what can't be given back. ``waiting`` says what a task
    can give back that names the user; the entry stays open for it.
    """

    make: tuple[str, ...] = ()
    rules: tuple[LostForward, ...] = ()
    limits: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def group(self) -> Group:
        """The steps, in an order that works."""
        made = (Step("create", name, restored=True) for name in self.make)
        rules = (Step("create", x.client_name, x.rule, restored=True) for x in self.rules)
        return (*made, *rules)


def leaves_alone(entry: Entry, desired: Desired) -> bool:
    """Whether the entry is about a user that this run leaves alone."""
    return bool(entry.names() & (desired.not_selected or set()))


def names_to_look_at(entry: Entry, current: Current) -> list[str]:
    """The users whose rules have to be seen before it is decided."""
    return [name for name in sorted(entry.names()) if name in current.users]


def give_back(entry: Entry, desired: Desired, current: Current, now: float) -> GivenBack:
    """What of an entry may be given back, once its users' rules were looked at. ``now`` in seconds."""
    decision = _Decision(entry, desired, current)
    found = decision.made()
    if now - entry.at <= MAX_AGE:
        return found
    too_old = [f"{text} (it was taken more than seven days ago)" for text in _texts(entry, found)]
    return GivenBack(lost=(*found.lost, *too_old))


def missing_texts(entry: Entry) -> list[str]:
    """All that an entry is about and that is not known to stand, each in full."""
    left = [rule for n, rule in enumerate(entry.rules) if n not in entry.standing]
    users = [_user_text(user) for user in entry.users if user.name not in entry.made]
    limits = [_limit_text(u) for u in entry.users if u.settings and u.name not in entry.limited]
    return [*users, *(rule.text() for rule in left), *limits]


def _texts(entry: Entry, found: GivenBack) -> list[str]:
    users = [user for user in entry.users if user.name in found.make]
    limits = [user for user in entry.users if user.name in found.limits]
    rules = [rule.text() for rule in found.rules]
    return [*map(_user_text, users), *rules, *map(_limit_text, limits), *found.waiting]


def _user_text(user: TakenUser) -> str:
    return f"user {show(user.name, 80)!r}"


def _limit_text(user: TakenUser) -> str:
    return f"the bandwidth limit of user {show(user.name, 80)!r} ({show(user.settings, 300)})"


class _Decision:
    """An entry beside what the server holds and what the task declares."""

    def __init__(self, entry: Entry, desired: Desired, current: Current) -> None:
        self._entry = entry
        self._desired = desired
        self._current = current
        self._declared = {user.client_name: user for user in desired.users}
        self._held: dict[Slot, tuple[str, PortForward]] = {
            (rule.external_port, protocol): (name, rule)
            for name, rules in current.forwards.items()
            for rule in rules
            for protocol in rule.protocols
        }

    def made(self) -> GivenBack:
        fates = {name: self._fate(name) for name in self._entry.names()}
        make = [x.name for x in self._entry.users if self._to_make(x.name, fates)]
        waiting = [x for x in self._entry.users if fates[x.name] == MISSING and x.name not in make]
        rules: list[LostForward] = []
        lost: list[str] = []
        later = [_user_text(user) for user in waiting]
        for number, kept in enumerate(self._entry.rules):
            fate = fates[kept.client_name]
            if fate in (UNTOUCHED, ENDED) or number in self._entry.standing:
                continue
            if fate == MISSING and kept.client_name not in make:
                later.append(kept.text())
            elif fate not in (SAME, MISSING):
                lost.append(f"{kept.text()} ({fate})")
            else:
                given, problems = self._parts(kept)
                rules += given
                lost += problems
        limits = [user.name for user in self._limited() if fates[user.name] == SAME]
        limits += [user.name for user in self._limited() if user.name in make]
        later += [_limit_text(user) for user in self._limited() if user in waiting]
        return GivenBack(tuple(make), tuple(rules), tuple(limits), tuple(lost), tuple(later))

    def _limited(self) -> list[TakenUser]:
        return [u for u in self._entry.users if u.settings and u.name not in self._entry.limited]

    def _to_make(self, name: str, fates: dict[str, str]) -> bool:
        return fates[name] == MISSING and name in self._declared

    def _fate(self, name: str) -> str:
        """What became of a user: one of the words above, or why nothing can be given back to it."""
        declared = self._declared.get(name)
        if self._ends(name, declared):
            return ENDED
        there, taken = self._current.users.get(name), self._entry.user(name)
        if taken is None:
            if name not in self._entry.owners:
                return "whose it was is not known"
            if there is None:
                return "its user was removed since"
            owner = self._entry.owners[name]
            return SAME if owner is None or there.id == owner else "its user is another one now"
        if there and there.id is not None and there.id == taken.id:
            return UNTOUCHED
        made = self._entry.made.get(name)
        if there is None:
            return MISSING if made is None else "its user was removed since"
        known = there.id == made if made is not None else name in self._entry.making
        return SAME if known else "its user is another one now"

    def _ends(self, name: str, declared: DesiredUser | None) -> bool:
        """Whether the task removes the user, whether it is there or not."""
        if declared:
            return not declared.present
        return self._desired.purge_users and name not in (self._desired.not_selected or ())

    def _parts(self, kept: LostForward) -> tuple[list[LostForward], list[str]]:
        """The part of a rule that may be created, and what can't be."""
        empty: set[str] = set()
        reasons: dict[str, set[str]] = {}
        for protocol in sorted(kept.rule.protocols):
            reason = self._hindrance(kept, protocol)
            if reason is None:
                empty.add(protocol)
            elif reason:
                reasons.setdefault(reason, set()).add(protocol)
        given = [_part(kept, empty)] if empty else []
        return given, [f"{_part(kept, parts).text()} ({why})" for why, parts in reasons.items()]

    def _hindrance(self, kept: LostForward, protocol: str) -> str | None:
        """Why one protocol of a rule can't be created; None: it can. Empty: it stands."""
        slot = (kept.rule.external_port, protocol)
        holder, rule = self._held.get(slot, ("", None))
        if rule and (rule.id in self._entry.removed or self._stands(kept, holder, rule)):
            return ""
        if self._declared_otherwise(kept, slot):
            return "the task declares it otherwise"
        if rule:
            return f"user {show(holder, 80)!r} holds it: {rule.text()}"
        return None

    @staticmethod
    def _stands(kept: LostForward, holder: str, rule: PortForward) -> bool:
        return holder == kept.client_name and rule.same_rule(
            replace(kept.rule, protocol=rule.protocol)
        )

    def _declared_otherwise(self, kept: LostForward, slot: Slot) -> bool:
        target, name = self._desired.targets.get(slot), kept.client_name
        if target:
            return target.client_name != name or not leads_there(kept.rule, target)
        declared = self._declared.get(name)
        purged = self._desired.purge_port_forwards and declared is not None
        listed = declared is not None and declared.port_forwards is not None
        return (name, slot) in self._desired.unwanted or (purged and listed)


def _part(kept: LostForward, protocols: set[str]) -> LostForward:
    rule = replace(kept.rule, id=None, protocol=protocol_name(frozenset(protocols)))
    return replace(kept, rule=rule)


def summary(found: GivenBack) -> Iterator[str]:
    """What is given back, in words."""
    yield from (f"user {show(name, 80)!r}" for name in found.make)
    yield from (rule.text() for rule in found.rules)
