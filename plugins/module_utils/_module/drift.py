# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What differs between listed servers and what is declared of them, by the plan that would be run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._api.finding import server_among
from .._api.listing import ListedForwards
from .._applying.observing import current_of
from .._errors import DeclarationError, NotFoundError, WireguardError
from .._model import Server
from .._pages.account import Difference, Drift
from .._planning.desired import Desired, narrowed
from .._planning.plan import make_plan, names_to_list
from .._planning.steps import Step
from .._planning.validation import validate
from .declared import DECLARED, desired_server


@dataclass(frozen=True)
class DeclaredServer:
    """One entry of a declaration. ``server`` None means the account's only one."""

    server: str | None
    desired: Desired


@dataclass
class Drifts:
    """What was found: by server, and of the declared servers that are not there."""

    by_server: dict[int, Drift] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def declared_servers(entries: Sequence[Mapping[str, Any]]) -> list[DeclaredServer]:
    """The entries of a declaration, each with the options of the module ``wg_server``.

    Raises a ``DeclarationError`` that lists everything wrong with all of them.
    """
    problems: list[str] = []
    found = []
    for number, entry in enumerate(entries):
        try:
            found.append(_declared(entry))
        except DeclarationError as exc:
            label = entry.get("server") or f"number {number + 1}"
            problems += [f"server {label}: {problem}" for problem in exc.problems]
    if problems:
        raise DeclarationError(problems)
    return found


def drifts(declared: Sequence[DeclaredServer], found: Sequence[ListedForwards]) -> Drifts:
    """What differs, of users and port forwards; files are not looked at."""
    result = Drifts()
    servers = [server for server, _users in found]
    for one in declared:
        try:
            server = _server(servers, one.server)
        except NotFoundError as exc:
            result.missing.append(str(exc))
            continue
        users = next(users for other, users in found if other.id == server.id)
        drift = _drift(one.desired, users)
        earlier = result.by_server.get(server.id, Drift())
        result.by_server[server.id] = Drift(
            [*earlier.differences, *drift.differences], earlier.error or drift.error
        )
    return result


def _declared(entry: Mapping[str, Any]) -> DeclaredServer:
    read = ArgumentSpecValidator(DECLARED).validate(dict(entry))
    if read.error_messages:
        raise DeclarationError(list(read.error_messages))
    params = read.validated_parameters
    desired = narrowed(validate(desired_server(params)), params["only"])
    return DeclaredServer(params["server"], desired)


def _server(servers: list[Server], wanted: str | None) -> Server:
    if wanted:
        return server_among(servers, wanted)
    if len(servers) == 1:
        return servers[0]
    raise NotFoundError(f"an entry names no server, and the account has {len(servers)}")


def _drift(desired: Desired, users: Any) -> Drift:
    try:
        current = current_of(user for user, _rules in users)
        for name in names_to_list(desired, current):
            rules = next(rules for user, rules in users if user.client_name == name)
            current = current.with_forwards(name, rules)
        return Drift([_difference(step) for step in make_plan(desired, current).steps])
    except WireguardError as exc:
        return Drift(error=str(exc))


def _difference(step: Step) -> Difference:
    what = step.rule.text() if step.rule else step.name
    return Difference(step.action, step.kind, step.name, what)
