# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What differs between a server and its declaration, in lines that a person reads. Pure.

Converge, drift and the report all use it, so that the three count and say the same. A rule that is
replaced is one difference though it takes two steps, and so is a user who gets new keys.

    >>> plan = [{"action": "create", "kind": "user", "name": "phone", "what": "phone", "status": "planned"}]
    >>> [one.text() for one in differences(plan)]
    ['user phone is missing']
    >>> [one.text() for one in differences([{**plan[0], "status": "done"}])]
    ['user phone was created']
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._text import show

Step = Mapping[str, Any]
"""A step of the ``plan`` that modules return."""

CREATE, DELETE, REPLACE = "create", "delete", "replace"

_OPEN = {
    ("user", CREATE): "user {name} is missing",
    ("user", DELETE): "user {name} must not be there",
    ("user", REPLACE): "user {name} has a revoked key",
    ("port_forward", CREATE): "{name}: {what} is missing",
    ("port_forward", DELETE): "{name}: {what} must not be there",
    ("port_forward", REPLACE): "{name}: {before} should be {what}",
}
_DONE = {
    ("user", CREATE): "user {name} was created",
    ("user", DELETE): "user {name} was removed{forwards}",
    ("user", REPLACE): "user {name} has new keys now",
    ("port_forward", CREATE): "{name}: {what} was created",
    ("port_forward", DELETE): "{name}: {what} was removed",
    ("port_forward", REPLACE): "{name}: {before} was replaced by {what}",
}
_COUNTED = {
    ("user", CREATE): "created",
    ("user", REPLACE): "given new keys",
    ("port_forward", CREATE): "created",
    ("port_forward", REPLACE): "replaced",
    ("port_forward", DELETE): "removed",
    ("user", DELETE): "removed{forwards}",
}
_NOT_DONE = {"failed": " (failed)", "not_run": " (not done)"}


@dataclass(frozen=True)
class Difference:
    """One fact. ``action`` is what a converge does, or did, about it, ``kind`` that of its steps.

    ``what`` is the user or the rule, of a replacement the new one; ``before`` is the old one. ``status``
    is that of its steps: ``planned``, ``done``, ``failed`` or ``not_run``. ``forwards`` is how many port
    forwards a removed user had; None: nobody looked.
    """

    action: str
    kind: str
    name: str
    what: str
    before: str = ""
    status: str = "planned"
    forwards: int | None = None

    def text(self) -> str:
        """The fact on one printable line: in the past tense where it was done."""
        words = (_DONE if self.status == "done" else _OPEN)[self.kind, self.action]
        parts = {"before": self.before, "what": self.what, "forwards": _ended([self])}
        return words.format(name=show(self.name, 80), **parts) + _NOT_DONE.get(self.status, "")


@dataclass(frozen=True)
class Drift:
    """What of a server differs from its declaration; ``error`` is why that can't be known."""

    differences: Sequence[Difference] = ()
    error: str | None = None


def differences(
    plan: Iterable[Step], forwards: Mapping[str, Sequence[Any]] | None = None
) -> list[Difference]:
    """The facts that a plan is about: users first, then ports in the plan's order.

    ``forwards`` are the rules that stood before, of those users that were looked at.
    """
    steps = list(plan)
    users = [step for step in steps if step["kind"] == "user"]
    replaced = _names(users, "create") & _names(users, "delete")
    by_port: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        # What a user with new keys gets back is part of that difference.
        if step["kind"] == "port_forward" and step["name"] not in replaced:
            by_port[step["port_forward"]["external_port"]].append(step)
    found = _of_users(users, replaced, forwards or {})
    return found + [one for on_port in by_port.values() for one in _of_port(on_port)]


def counts(found: Sequence[Difference], files: int = 0) -> str:
    """The facts that were done, or are planned, as counts: ``2 users created, 1 user removed ...``."""
    parts = []
    for (kind, action), phrase in _COUNTED.items():
        those = [
            one
            for one in found
            if (one.kind, one.action) == (kind, action) and one.status in ("done", "planned")
        ]
        if those:
            words = phrase.format(forwards=_ended(those))
            parts.append(f"{counted(len(those), kind.replace('_', ' '))} {words}")
    if files:
        parts.append(f"{counted(files, 'configuration file')} written or removed")
    return ", ".join(parts)


def file_lines(files: int, done: bool) -> list[str]:
    """The line on configuration files: one difference, however many they are."""
    if not files:
        return []
    was = "were" if files > 1 else "was"
    verb = f"{was} written or removed" if done else ("differ" if files > 1 else "differs")
    return [f"{counted(files, 'configuration file')} {verb}"]


def counted(number: int, word: str) -> str:
    """``1 user``, ``2 users``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _ended(removed: Sequence[Difference]) -> str:
    """The port forwards that ended with their users, as far as anybody looked."""
    known = [one.forwards for one in removed if one.forwards is not None]
    if len(known) == len(removed):
        return f" with {counted(sum(known), 'port forward')}" if sum(known) else ""
    return " with its port forwards" if len(removed) == 1 else " with their port forwards"


def _names(steps: Iterable[Step], action: str) -> set[str]:
    return {step["name"] for step in steps if step["action"] == action}


def _of_users(
    steps: list[Step], replaced: set[str], forwards: Mapping[str, Sequence[Any]]
) -> list[Difference]:
    found = []
    by_name: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_name[step["name"]].append(step)
    for name, theirs in by_name.items():
        removed = theirs[0]["action"] == "delete"
        action = REPLACE if name in replaced else DELETE if removed else CREATE
        held = len(forwards[name]) if name in forwards else None
        status = _status(theirs)
        found.append(Difference(action, "user", name, name, status=status, forwards=held))
    return sorted(found, key=lambda one: (DELETE, REPLACE, CREATE).index(one.action))


def _of_port(steps: list[Step]) -> list[Difference]:
    """The facts about one external port. What is replaced is one, not two."""
    removed = [step for step in steps if step["action"] == "delete"]
    made = [step for step in steps if step["action"] == "create"]
    names = {step["name"] for step in steps}
    if removed and made and len(names) == 1:
        before, after = _texts(removed), _texts(made)
        return [Difference(REPLACE, "port_forward", names.pop(), after, before, _status(steps))]
    return [
        Difference(x["action"], "port_forward", x["name"], _texts([x]), status=_status([x]))
        for x in (*removed, *made)
    ]


def _texts(steps: list[Step]) -> str:
    return " and ".join(show(step["what"]) for step in steps)


def _status(steps: list[Step]) -> str:
    """That of all the steps; where it failed and was put back, nothing of it was done."""
    found = {"failed" if step.get("put_back") else step["status"] for step in steps}
    return next(one for one in ("failed", "not_run", "planned", "done") if one in found)
