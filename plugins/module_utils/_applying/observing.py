# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads what a server holds now, as far as what is desired needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .._api.finding import forwards_of, refuse_namesakes, server_and_users, user_among
from .._api.portal import Portal
from .._errors import RejectedError, UnknownUserError
from .._model import Server, User
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.plan import make_plan


def current_of(users: Iterable[User], desired: Desired | None = None) -> Current:
    """Users by their names, with no port forwards looked at yet.

    Raises where two have one name and what is ``desired`` (None: whatever it is) involves them: what is
    done next could be done to the wrong one. Others of one name are left out.
    """
    named: dict[str, User] = {}
    twice: set[str] = set()
    for user in users:
        name = user.client_name
        first = named.setdefault(name, user)
        if first is not user:
            if desired is None or _involves(desired, name):
                refuse_namesakes(first, user)
            twice.add(name)
    return Current({name: user for name, user in named.items() if name not in twice})


def _involves(desired: Desired, name: str) -> bool:
    """Whether a user of that name is declared, or may be deleted for not being so."""
    set_aside = name in (desired.aside or ())
    declared = any(user.client_name == name for user in desired.users)
    return declared or (desired.purge_users and not set_aside)


def load_forwards(portal: Portal, state: Current, names: Iterable[str]) -> Current:
    """``state`` with the port forwards of these users listed anew (E7, once each).

    A user that is only planned has no id and no rules: there is nothing to list.
    """
    names = [name for name in names if name in state.users and state.users[name].id is not None]
    listed = forwards_of(portal, [state.users[name] for name in names])
    for name, rules in zip(names, listed, strict=True):
        state = state.with_forwards(name, rules)
    return state


def user_by_id(
    portal: Portal, server: Server, user_id: int, declared: Callable[[str], Desired]
) -> tuple[str, Current]:
    """A user's name and rules, found by id; ``declared`` is what is wanted of a user of that name.

    One request where everything is as declared. Only for a change the user's name is looked up, and
    that it is a user of this server: an id says neither.
    """
    try:
        rules = portal.port_forwards(user_id)
    except RejectedError as exc:
        if not exc.may_be_gone:
            raise
        raise UnknownUserError(f"user {user_id} was not found", **exc.result()) from exc
    name = str(user_id)
    seen = current_of([User(user_id, name)]).with_forwards(name, rules)
    if not make_plan(declared(name), seen).steps:
        return name, seen
    server, users = server_and_users(portal, server.id)
    name = user_among(users, user_id, server).client_name
    return name, current_of(users, declared(name)).with_forwards(name, rules)
