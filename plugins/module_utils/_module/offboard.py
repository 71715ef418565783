# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Removes users wherever they are: who can be removed is removed, whatever else fails.

A server that is down, rules that can't be read, a second user of the same name, a deletion that fails:
none of them keeps another user's access alive. What could not be done fails the task at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._api.finding import servers_named
from .._api.parallel import each
from .._api.reading import forwards_of_one
from .._applying.writes import delete_user
from .._errors import Cancelled, DeclarationError, WireguardError
from .._files.writing import diff_of
from .._model import PortForward, Server, User
from .._planning.current import in_order, lines_of
from .._planning.validation import name_problem
from .._text import listing, show
from .task import Task

Item = TypeVar("Item")
Read = TypeVar("Read")


@dataclass
class Leaver:
    """A user that is to go, and what ends with it (None: that could not be read)."""

    server: Server
    user: User
    rules: list[PortForward] | None
    error: str | None = None
    cause: WireguardError | None = None

    @property
    def label(self) -> str:
        return f"{show(self.user.client_name, 80)} on {self.server.label()}"

    def lines(self, word: str) -> list[str]:
        known = [show(x, 80) for x in (self.user.client_ip, _seen(self.user)) if x]
        head = ", ".join([self.label, *known]) + f": {word}"
        if self.rules is None:
            return [f"{head} with its port forwards, which could not be read"]
        rules = [f"  {rule.text()}" for rule in in_order(self.rules)]
        return [f"{head} with" if rules else f"{head}; it has no port forwards", *rules]

    def result(self) -> dict[str, Any]:
        rules = None if self.rules is None else [rule.result() for rule in in_order(self.rules)]
        known = self.server.name or self.server.hostname or self.server.ip
        user = self.user.result(self.server.id)
        return {**user, "server_name": known, "port_forwards": rules}


@dataclass
class _Found:
    leavers: list[Leaver] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    servers: list[Server] = field(default_factory=list)
    failed: list[WireguardError] = field(default_factory=list)


def offboard(task: Task) -> dict[str, Any]:
    """The result of ``wg_offboard``. A ``WireguardError`` at its end has all that was done."""
    names = names_of(task.params["users"], "users")
    found = _look(task, names)
    remove(task, found.leavers)
    if not task.module.check_mode:
        stay = {one.user.client_name for one in found.leavers if one.error}
        for server in found.servers:
            # What a task that was cut off took from them is not given back any more.
            task.taken.end(server.id, set(names) - stay)
    missing = [name for name in names if name not in {x.user.client_name for x in found.leavers}]
    declared = [name for name in names if name in _declared(task.params["declared"] or [])]
    problems = _problems(task, found, missing, declared)
    gone = [one for one in found.leavers if one.error is None]
    values = {
        "removed": [one.result() for one in gone],
        "missing": missing,
        "lines": [*_lines(found.leavers, task.module.check_mode), *problems],
    }
    failing = [text for text in problems if not text.startswith("warning: ")]
    if failing:
        # What is known of the first request that failed, where one did.
        causes = [*found.failed, *(one.cause for one in found.leavers if one.cause)]
        details = causes[0].result() if causes else {}
        raise WireguardError("; ".join(failing), **{**details, **values})
    return task.result(**values)


def names_of(given: Any, option: str) -> list[str]:
    """Client names out of a list or a text, split at commas and white space, each once.

    Raises a ``DeclarationError`` where there are none, or one that no client can have.
    """
    parts = given if isinstance(given, (list, tuple)) else [given]
    names: list[str] = []
    problems: list[str] = []
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, (str, int)):
            problems.append(f"{option}: {show(part, 60)!r} is not a client name")
            continue
        names += [name for name in re.split(r"[\s,]+", str(part)) if name]
    problems += [f"{option}: {text}" for text in map(name_problem, names) if text]
    if not names and not problems:
        problems.append(f"{option} is empty: name at least one user")
    if problems:
        raise DeclarationError(problems)
    return list(dict.fromkeys(names))


def _look(task: Task, names: Sequence[str]) -> _Found:
    """Who of them is where. A server that can't be listed is one that was not looked at."""
    portal = task.portal
    wanted = [name for name in task.params["servers"] if name.strip()]
    servers = servers_named(portal.servers(), wanted)
    found = _Found(servers=servers)
    here: list[tuple[Server, User]] = []
    for server, users in _tried(servers, lambda server: portal.users(server.id)):
        if isinstance(users, WireguardError):
            found.unseen.append(f"{server.label()} could not be looked at: {users}")
            found.failed.append(users)
            continue
        found.names |= {user.client_name for user in users}
        here += [(server, user) for user in users if user.client_name in names]
    for (server, user), rules in _tried(here, lambda one: forwards_of_one(portal, one[1])):
        read = None if isinstance(rules, WireguardError) else rules
        found.leavers.append(Leaver(server, user, read))
    return found


def _tried(
    items: list[Item], read: Callable[[Item], Read]
) -> list[tuple[Item, Read | WireguardError]]:
    """What is read of each, or why that failed."""

    def attempt(item: Item) -> Read | WireguardError:
        try:
            return read(item)
        except WireguardError as exc:
            return exc

    return list(zip(items, each(items, attempt), strict=True))


def remove(task: Task, leavers: Iterable[Leaver]) -> None:
    """Remove each by its id; one that fails does not keep the others."""
    for one in leavers:
        if task.cancellation.is_cancelled():
            one.error = "not removed, as the task was cancelled"
        elif not task.module.check_mode:
            try:
                task.taken.memories.begin(one.server.id, {one.user.client_name})
                with task.cancellation.hold():
                    delete_user(task.portal, one.server.id, one.user)
                    _count(task, one)
            except (WireguardError, Cancelled) as exc:
                if isinstance(exc, WireguardError):
                    one.error = f"could not be removed: {exc}"
                    one.cause = exc
        else:
            _count(task, one)
        task.taken.memories.end(one.server.id, {})


def _count(task: Task, one: Leaver) -> None:
    before = lines_of(one.user.client_name, one.rules)
    task.count(True, diff_of(f"server {one.server.label()}", before, ()))


def _lines(leavers: Sequence[Leaver], check_mode: bool) -> list[str]:
    lines: list[str] = []
    for one in leavers:
        if one.error:
            lines.append(f"{one.label}: {show(one.error, 500)}")
        else:
            lines += one.lines("is to be removed" if check_mode else "removed")
    return lines or ["no server has any of these users, so nothing is removed"]


def _problems(
    task: Task, found: _Found, missing: Sequence[str], declared: Sequence[str]
) -> list[str]:
    """What the task fails for. What it does not, begins with a word that says so."""
    problems = [f"{one.label} {show(one.error, 500)}" for one in found.leavers if one.error]
    problems += [show(text, 500) for text in found.unseen]
    if missing:
        alike = sorted(x for x in found.names if x.lower() in {name.lower() for name in missing})
        hint = f" ({show(alike[0], 80)!r} differs in case only)" if alike else ""
        where = f"not found on any server{' that could be read' if found.unseen else ''}"
        text = f"{where}: {listing(list(missing))}{hint}"
        problems.append(text if task.params["missing"] == "fail" else f"warning: {text}")
    if declared:
        problems.append(
            f"still declared, so that the next converge would bring them back: {listing(list(declared))};"
            " take them out of wg_servers_declared"
        )
    return problems


def _declared(entries: Iterable[Any]) -> set[str]:
    """The users that are declared to be there. What is wrong with a declaration is not asked here."""
    users = [
        user
        for entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get("users"), list)
        for user in entry["users"]
        if isinstance(user, Mapping) and user.get("state", "present") != "absent"
    ]
    return {str(user.get("name", user.get("client_name"))) for user in users}


def _seen(user: User) -> str:
    if user.online is None:
        return ""
    if user.online:
        return "online"
    return f"last seen {user.last_seen}" if user.last_seen else "never seen"
