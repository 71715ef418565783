# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The declarations of several servers, validated together before any of them is converged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._api.finding import id_of, only_server, server_among
from .._errors import ConflictError, DeclarationError, NotFoundError, no_request
from .._model import Server
from .._planning.desired import Desired, DesiredUser
from .._planning.drift import counted
from .._planning.expiry import expired_warnings
from .._planning.validation import Problem, problems_of
from .._text import show
from .declared import DECLARED, checked, declared_server, desired_server, readable_users

THE_ONLY_SERVER = "the account's only server"


@dataclass(frozen=True)
class Entry:
    """The declaration of one server. ``label`` is how it was named, ``number`` its place in the list from 0.

    ``params`` are the options of ``wg_server`` in their types, with their defaults.
    """

    label: str
    params: Mapping[str, Any] = field(default_factory=dict)
    desired: Desired = field(default_factory=lambda: Desired(()))
    number: int = 0

    @property
    def server(self) -> str:
        """How the server is named; empty for the account's only one."""
        return str(self.params.get("server") or "").strip()


@dataclass(frozen=True)
class Resolved:
    """The declared servers that the account has, and a sentence on each that it does not have."""

    found: list[tuple[Entry, Server]]
    missing: list[str]


@dataclass(frozen=True)
class Finding:
    """What is wrong with declarations. ``where`` counts from 0: the server, its user, its port forward."""

    text: str
    where: tuple[int, ...] = ()


def validated_entries(declared: Sequence[Any], only: Sequence[str] | None = None) -> list[Entry]:
    """An entry for each declared server, narrowed to the users that ``only`` names (None: all).

    A server that declares none of these is left out. Raises a ``DeclarationError`` that lists all
    that is wrong, with whichever server; that nothing is declared, or named, is wrong too. No request.

        >>> declared = [{"server": "fra1", "users": [{"name": "web"}]}, {"server": 6, "users": []}]
        >>> [(entry.label, entry.desired.users[0].client_name) for entry in validated_entries(declared, ["web"])]
        [('fra1', 'web')]
    """
    entries, findings = looked_through(declared, only)
    if findings:
        raise DeclarationError([finding.text for finding in findings])
    return entries if only is None else _narrowed(entries, set(only))


def looked_through(
    declared: Sequence[Any], only: Sequence[str] | None = None
) -> tuple[list[Entry], list[Finding]]:
    """The servers that are declared, as far as that can be read, and everything that is wrong."""
    entries: list[Entry] = []
    findings: list[Finding] = []
    if not declared:
        findings.append(Finding("no server is declared: the list is empty"))
    for number, given in enumerate(declared):
        entry, found = _entry(given)
        label = f"server {number + 1}" + (f" ({show(entry.label, 80)})" if entry else "")
        findings += [Finding(f"{label}: {x.text}", (number, *x.where)) for x in found]
        entries += [replace(entry, number=number)] if entry else []
    findings += [*_named_twice(entries), *_files_twice(entries)]
    findings += map(Finding, _only_problems(entries, only))
    return entries, findings


def resolved(servers: list[Server], entries: Iterable[Entry]) -> Resolved:
    """The entries with the servers that they mean, out of the account's (E1).

    Raises a ``ConflictError`` where two mean one server: each would undo what the other one did.
    """
    found: list[tuple[Entry, Server]] = []
    missing: list[str] = []
    for entry in entries:
        try:
            server = server_among(servers, entry.server) if entry.server else only_server(servers)
            found.append((entry, server))
        except NotFoundError as exc:
            missing.append(str(exc))
    by_id = [replace(entry, params={"server": str(server.id)}) for entry, server in found]
    problems = _named_twice(by_id)
    if problems:
        raise ConflictError("; ".join(problem.text for problem in problems))
    return Resolved(found, missing)


def declared_users(found: Iterable[tuple[Entry, Server]]) -> dict[tuple[int, str], DesiredUser]:
    """What is declared of each user, by assignment id and client name."""
    return {
        (server.id, user.client_name): user
        for entry, server in found
        for user in entry.desired.users
    }


def _named_twice(entries: list[Entry]) -> list[Finding]:
    first: dict[Any, Entry] = {}
    problems = []
    for entry in entries:
        number = id_of(entry.server)
        other = first.setdefault(entry.server if number is None else number, entry)
        if other is not entry:
            also = "" if other.label == entry.label else f", as {show(other.label, 80)} too"
            text = f"server {show(entry.label, 80)} is declared more than once{also}"
            problems.append(Finding(text, (entry.number,)))
    return problems


def _files_twice(entries: list[Entry]) -> list[Finding]:
    """One file that two servers would write, each run anew."""
    first: dict[str, Entry] = {}
    problems = []
    for entry in entries:
        folder = entry.params.get("config_dir")
        for user in entry.desired.users if folder else ():
            path = os.path.join(os.path.abspath(str(folder)), f"{user.client_name}.conf")
            other = first.setdefault(path, entry)
            if other is not entry:
                text = (
                    f"servers {show(other.label, 80)} and {show(entry.label, 80)} would both keep"
                    f" {show(path)}: give each its own config_dir"
                )
                problems.append(Finding(text, (entry.number,)))
    return problems


def _only_problems(entries: list[Entry], only: Sequence[str] | None) -> list[str]:
    if only is None:
        return []
    if not only:
        return ["only is an empty list; leave it out for all users"]
    names = [user.client_name for entry in entries for user in entry.desired.users]
    known = {name for name in names if isinstance(name, str)}
    aside = {name for entry in entries for name in entry.desired.not_selected or ()}
    unknown = sorted(set(only) - known - aside)
    return [f"only: no server declares a user {show(name, 80)!r}" for name in unknown]


def _entry(given: Any) -> tuple[Entry | None, list[Problem]]:
    if not isinstance(given, Mapping):
        return None, [Problem(f"must be a dictionary with `users`, not {show(given, 60)!r}")]
    params, problems = checked(DECLARED, given)
    label = str(params.get("server") or "").strip() or THE_ONLY_SERVER
    if problems:
        readable = readable_users(params, problems)
        desired = Desired(readable.users)
        problems += [Problem(one.text, readable.where(one)) for one in problems_of(desired)]
        return Entry(label, {"server": params.get("server")}, desired), problems
    desired = desired_server(params)
    entry = Entry(label, params, desired)
    problems = problems_of(desired)
    if problems:
        return entry, problems
    try:
        return replace(entry, desired=declared_server(params)), []
    except DeclarationError as exc:
        return entry, [Problem(text) for text in exc.problems]


def _narrowed(entries: list[Entry], only: set[str]) -> list[Entry]:
    found = []
    for entry in entries:
        names = [user.client_name for user in entry.desired.users if user.client_name in only]
        if names:
            desired = declared_server({**entry.params, "only": names})
            found.append(replace(entry, desired=desired))
    return found


Place = Callable[[tuple[int, ...]], "tuple[str, int] | None"]


def validated(declared: Sequence[Any], only: Sequence[str] | None, place: Place) -> dict[str, Any]:
    """The result of ``validate_only``. ``place`` gives the file and line of a server, user or port forward."""
    entries, findings = looked_through(declared, only)
    warnings = [] if findings else list(_warnings(entries))
    problems = [_result(finding, place) for finding in findings]
    result: dict[str, Any] = {
        "changed": False,
        "problems": problems,
        "warnings": [_line(_result(one, place)) for one in warnings],
        "lines": [_line(one) for one in problems] or [_summary(entry) for entry in entries],
    }
    if problems:
        what = f"The declaration has {counted(len(problems), 'problem')}"
        text = f"{what}: {'; '.join(result['lines'])}"
        return {**result, "failed": True, "msg": text, "error": no_request()}
    return result


def _warnings(entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        numbers = {user["name"]: number for number, user in enumerate(entry.params["users"])}
        for user in entry.desired.users:
            where = (entry.number, numbers[user.client_name])
            for text in expired_warnings(Desired((user,))):
                yield Finding(f"{show(entry.label, 80)}: {text}", where)


def _result(finding: Finding, place: Place) -> dict[str, Any]:
    file, line = place(finding.where) or (None, None)
    return {"file": file, "line": line, "message": finding.text}


def _line(problem: dict[str, Any]) -> str:
    where = f"{show(problem['file'])}:{problem['line']}: " if problem["file"] else ""
    return f"{where}{problem['message']}"


def _summary(entry: Entry) -> str:
    users = [user for user in entry.desired.users if user.present]
    rules = sum(len(user.port_forwards or ()) for user in users)
    held = f"{counted(len(users), 'user')}, {counted(rules, 'port forward')}"
    return f"{show(entry.label, 80)}: {held}"
