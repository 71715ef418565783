# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The declarations of several servers, validated together before any of them is converged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from .._api.finding import id_of, only_server, server_among
from .._api.portal import Portal
from .._errors import ConflictError, DeclarationError, NotFoundError
from .._model import Server
from .._planning.desired import Desired, narrowed
from .._planning.validation import validate
from .._text import show
from .declared import DECLARED, desired_server

THE_ONLY_SERVER = "the account's only server"


@dataclass(frozen=True)
class Entry:
    """The declaration of one server. ``label`` is how it was named, ``options`` are those given.

    ``options`` are in their types and under their own names, as the module ``wg_server`` takes them.
    """

    label: str
    options: Mapping[str, Any]

    @property
    def server(self) -> str:
        """How the server is named; empty for the account's only one."""
        return str(self.options.get("server") or "").strip()


def validated_entries(declared: Iterable[Any], only: Iterable[str] | None) -> list[Entry]:
    """An entry for each declared server, narrowed to the users that ``only`` names (None: all).

    A server that declares none of these is left out. Raises a ``DeclarationError`` that lists all
    that is wrong, with whichever server.
    """
    entries: list[Entry] = []
    problems: list[str] = []
    for number, given in enumerate(declared, start=1):
        entry, found = _entry(number, given)
        where = f"server {number}" + (f" ({show(entry.label, 80)})" if entry else "")
        problems += [f"{where}: {problem}" for problem in found]
        entries += [entry] if entry else []
    problems += _named_twice(entries)
    if only is not None:
        known = [user["name"] for entry in entries for user in entry.options["users"]]
        unknown = sorted(name for name in set(only) if name not in known)
        problems += [f"only: no server declares a user {show(name, 80)!r}" for name in unknown]
    if problems:
        raise DeclarationError(problems)
    return entries if only is None else _narrowed(entries, set(only))


def desired_of(entry: Entry) -> Desired:
    """What an entry declares of the users that it is about."""
    params = ArgumentSpecValidator(DECLARED).validate(dict(entry.options)).validated_parameters
    return narrowed(desired_server(params), params["only"])


def resolved(portal: Portal, entries: list[Entry]) -> list[Entry]:
    """The entries with their servers' assignment ids, if only a look tells that all differ (E1, once).

    Raises a ``ConflictError`` where two mean one server: each would undo what the other one did.
    A server that is not there stays as it was named: it is for its own task to fail.
    """
    if len(entries) < 2 or all(id_of(entry.server) is not None for entry in entries):
        return entries
    servers = portal.servers()
    found = [_with_id(entry, servers) for entry in entries]
    problems = _named_twice(found)
    if problems:
        raise ConflictError("; ".join(problems))
    return found


def _with_id(entry: Entry, servers: list[Server]) -> Entry:
    try:
        found = server_among(servers, entry.server) if entry.server else only_server(servers)
    except NotFoundError:
        return entry
    return Entry(entry.label, {**entry.options, "server": str(found.id)})


def _named_twice(entries: list[Entry]) -> list[str]:
    first: dict[Any, Entry] = {}
    problems = []
    for entry in entries:
        number = id_of(entry.server)
        other = first.setdefault(entry.server if number is None else number, entry)
        if other is not entry:
            also = "" if other.label == entry.label else f", as {show(other.label, 80)} too"
            problems.append(f"server {show(entry.label, 80)} is declared more than once{also}")
    return problems


def _entry(number: int, given: Any) -> tuple[Entry | None, list[str]]:
    if not isinstance(given, Mapping):
        return None, [f"must be a dictionary with `users`, not {show(given, 60)!r}"]
    checked = ArgumentSpecValidator(DECLARED).validate(dict(given))
    params = checked.validated_parameters
    label = str(params.get("server") or "").strip() or THE_ONLY_SERVER
    entry = Entry(label, _given(DECLARED, params) if not checked.error_messages else {"users": []})
    if checked.error_messages:
        return entry, [_problem_text(error) for error in checked.errors]
    try:
        narrowed(validate(desired_server(params)), params["only"])
    except DeclarationError as exc:
        return entry, exc.problems
    return entry, []


def _problem_text(error: Exception) -> str:
    """An error of Ansible's; of what is unknown it tells the names alone."""
    unknown = "unknown: " if isinstance(error, UnsupportedError) else ""
    return show(f"{unknown}{error}", 2000)


def _given(spec: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a spec that are set, without their aliases, in lists of options too."""
    found: dict[str, Any] = {}
    for name, option in spec.items():
        value = params.get(name)
        if value is not None:
            nested = option.get("options")
            found[name] = [_given(nested, item) for item in value] if nested else value
    return found


def _narrowed(entries: list[Entry], only: set[str]) -> list[Entry]:
    found = []
    for entry in entries:
        own = entry.options.get("only")
        names = [
            user["name"]
            for user in entry.options["users"]
            if user["name"] in only and (own is None or user["name"] in own)
        ]
        if names:
            found.append(Entry(entry.label, {**entry.options, "only": names}))
    return found
