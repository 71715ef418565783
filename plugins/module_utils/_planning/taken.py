# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a replacement takes away, written so that a later task can give it back. Pure.

An entry is a text of lines: the first says what has to stand when the replacement is done, each
further one notes what was carried out. A last line that a killed process left unfinished is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._model import PROTOCOLS, LostForward, PortForward
from .current import Current
from .desired import Desired
from .steps import Group, Step, replaced_users

FORMAT = "premiervpn.wireguard journal 1"
ABOUT = (
    "A task is replacing what is named here. If no task is running, one was cut off: the next task that"
    " changes this server gives back what is missing."
)


@dataclass(frozen=True)
class TakenUser:
    """A user that is deleted and made again, as it was. ``settings``: its bandwidth; None: none."""

    name: str
    id: int | None
    public_key: str | None = None
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Entry:
    """What has to stand on a server when a replacement is done, and how far the replacement came.

    ``owners`` are the ids of users who keep their keys and are to have rules. ``removed`` are the ids of
    rules that are deleted one by one. ``making`` are users whose creation was sent, ``made`` those
    whose id is known since; ``standing`` are the numbers of the rules that were created, ``limited``
    the users whose settings were put back. ``reported``: what is missing was shown in full.
    """

    server: int
    at: float
    users: tuple[TakenUser, ...] = ()
    owners: Mapping[str, int | None] = field(default_factory=dict)
    rules: tuple[LostForward, ...] = ()
    removed: frozenset[int] = frozenset()
    making: frozenset[str] = frozenset()
    made: Mapping[str, int] = field(default_factory=dict)
    standing: frozenset[int] = frozenset()
    limited: frozenset[str] = frozenset()
    reported: bool = False

    def user(self, name: str) -> TakenUser | None:
        """The user of that name, if it is one that is made again."""
        return next((user for user in self.users if user.name == name), None)

    def names(self) -> set[str]:
        """All users that it is about."""
        named = {rule.client_name for rule in self.rules}
        return {user.name for user in self.users} | set(self.owners) | named

    def number(self, name: str, rule: PortForward) -> int | None:
        """The number of a rule that has to stand."""
        for number, kept in enumerate(self.rules):
            if kept.client_name == name and kept.rule.definition() == rule.definition():
                return number
        return None

    def with_note(self, note: Mapping[str, Any]) -> Entry:
        """The entry after one more of its lines."""
        entry = self
        if "making" in note:
            entry = replace(entry, making=entry.making | {str(note["making"])})
        if "made" in note and note.get("id") is not None:
            entry = replace(entry, made={**entry.made, str(note["made"]): int(note["id"])})
        if "stands" in note:
            entry = replace(entry, standing=entry.standing | {int(note["stands"])})
        if "limited" in note:
            entry = replace(entry, limited=entry.limited | {str(note["limited"])})
        if "rules" in note:
            rules, owners = tuple(map(_rule, note["rules"])), _owners(note.get("owners") or {})
            entry = replace(
                entry, rules=rules, standing=frozenset(), owners={**entry.owners, **owners}
            )
        return replace(entry, reported=entry.reported or bool(note.get("reported")))


def note_of(entry: Entry, step: Step, made: int | None = None) -> dict[str, Any] | None:
    """The line that notes a step that was carried out; None: nothing depends on it."""
    if step.action != "create":
        return None
    if step.rule is None:
        return {"made": step.name, "id": made}
    number = entry.number(step.name, step.rule)
    return None if number is None else {"stands": number}


def at_stake(group: Group, desired: Desired, settings: bool) -> bool:
    """Whether a group could lose, at worst, what no further run of this declaration would bring back.

    ``settings``: a user that it makes again has some.
    """
    if settings:
        return True
    never_made = {user.client_name for user in desired.users if not user.may_create}
    if replaced_users(group) & never_made:
        return True
    return any(
        not _made_good(step.name, step.rule, desired)
        for step in group
        if step.action == "create" and step.rule
    )


def _made_good(name: str, rule: PortForward, desired: Desired) -> bool:
    """Whether the declaration alone leads to the whole rule, its comment included."""
    for protocol in rule.protocols:
        target = desired.targets.get((rule.external_port, protocol))
        if target is None or target.client_name != name:
            return False
        if target.comment is None and rule.comment:
            return False
    return True


def entry_of(
    server: int, at: float, group: Group, before: Current, settings: Mapping[str, Mapping[str, Any]]
) -> Entry:
    """The entry of a group that is about to be run, at ``at`` (in seconds). ``before`` knows its users' ids."""
    replaced = replaced_users(group)
    users = tuple(
        TakenUser(name, before.users[name].id, before.public_keys.get(name), settings.get(name))
        for name in sorted(replaced)
    )
    made = [step for step in group if step.action == "create" and step.rule]
    return Entry(
        server,
        at,
        users,
        {s.name: before.users[s.name].id for s in made if s.name not in replaced},
        tuple(LostForward(step.name, replace(step.rule, id=None)) for step in made if step.rule),
        frozenset(
            step.rule.id
            for step in group
            if step.action == "delete" and step.rule and step.rule.id is not None
        ),
    )


def first_line(entry: Entry, portal: str) -> str:
    """The entry as the first line of its file. ``portal`` is the digest of portal and key."""
    users = [
        {"name": u.name, "id": u.id, "public_key": u.public_key, "bandwidth": u.settings}
        for u in entry.users
    ]
    return line(
        {
            "format": FORMAT,
            "about": ABOUT,
            "portal": portal,
            "server": entry.server,
            "at": entry.at,
            "users": users,
            "owners": dict(entry.owners),
            "port_forwards": rules_of(entry.rules),
            "removed": sorted(entry.removed),
        }
    )


def rules_of(rules: Iterable[LostForward]) -> list[dict[str, Any]]:
    """Rules and their users as plain data."""
    return [rule.result() for rule in rules]


def line(values: Mapping[str, Any]) -> str:
    """One line of an entry."""
    return json.dumps(values, ensure_ascii=True, default=str) + "\n"


def read_entry(text: str, portal: str) -> Entry:
    """The entry that a text holds. ``ValueError``: it holds none, or one of another portal."""
    first, *notes = text.split("\n")
    try:
        entry = _entry(json.loads(first), portal)
        # Behind the last line break is nothing, or what a killed process could not finish.
        for one in notes[:-1]:
            entry = entry.with_note(json.loads(one))
    except (TypeError, KeyError, AttributeError, OverflowError, RecursionError) as exc:
        raise ValueError(f"it is no entry ({type(exc).__name__})") from exc
    return entry


def _entry(found: dict[str, Any], portal: str) -> Entry:
    if found["format"] != FORMAT or found["portal"] != portal:
        raise ValueError("it is of another portal, or of another version of the collection")
    users = tuple(
        TakenUser(_text(u["name"]), _id(u["id"]), _text(u["public_key"]), _fields(u["bandwidth"]))
        for u in found["users"]
    )
    return Entry(
        int(found["server"]),
        float(found["at"]),
        users,
        _owners(found["owners"]),
        tuple(map(_rule, found["port_forwards"])),
        frozenset(map(int, found["removed"])),
    )


def _rule(found: dict[str, Any]) -> LostForward:
    protocol, comment = found["protocol"], found["comment"]
    if protocol not in PROTOCOLS or not isinstance(comment, str):
        raise ValueError("it holds what is not a port forward")
    ports = int(found["external_port"]), int(found["internal_port"])
    return LostForward(_text(found["user"]), PortForward(None, *ports, protocol, comment))


def _owners(found: Mapping[str, Any]) -> dict[str, int | None]:
    return {_text(name): _id(number) for name, number in found.items()}


def _text(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise ValueError("it holds what is not a text")
    return value


def _id(value: Any) -> int | None:
    return None if value is None else int(value)


def _fields(value: Any) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise ValueError("it holds what are not fields")
    return value
