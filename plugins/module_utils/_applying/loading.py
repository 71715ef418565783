# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads what a server holds now, as far as what is desired needs it."""

from __future__ import annotations

from collections.abc import Iterable

from .._api.finding import refuse_namesakes
from .._api.parallel import each
from .._api.portal import Portal
from .._api.reading import details_of, forwards_of_one, id_of_listed, read_each_present
from .._errors import AnswerError, WireguardError
from .._model import PortForward, User
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.plan import names_ending, names_to_list


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
    not_selected = name in (desired.not_selected or ())
    declared = any(user.client_name == name for user in desired.users)
    return declared or (desired.purge_users and not not_selected)


def load_forwards(portal: Portal, server_id: int, state: Current, names: Iterable[str]) -> Current:
    """``state`` with the port forwards of these users listed anew (E7, once each).

    A user that is only planned has no id and no rules: there is nothing to list. One that has gone
    since it was listed is dropped.
    """
    users = [
        state.users[name]
        for name in names
        if name in state.users and state.users[name].id is not None
    ]
    listed = read_each_present(portal, server_id, users, lambda user: forwards_of_one(portal, user))
    state = state.with_all_forwards({user.client_name: rules for user, rules in listed})
    there = {user.client_name for user, _rules in listed}
    for user in users:
        if user.client_name not in there:
            state = state.without_user(user.client_name)
    return state


def load_current(
    portal: Portal, server_id: int, desired: Desired, users: Iterable[User], everyone: bool = False
) -> Current:
    """What the planner has to see of a server with these users; ``everyone``: all of their rules."""
    state = load_public_keys(portal, desired, current_of(users, desired))
    names = list(state.users) if everyone else names_to_list(desired, state)
    return load_forwards(portal, server_id, state, names)


def load_ending(portal: Portal, desired: Desired, state: Current) -> Current:
    """``state`` with the port forwards that end with a deleted user (E7, once for each such user).

    They are only shown: nothing is read where the rate limit has no room for that and the deletions,
    and a user whose rules can't be read is deleted all the same.
    """
    users = [state.users[name] for name in names_ending(desired, state)]
    free_now = portal.pacer.free_now()
    if free_now is not None and free_now < 2 * len(users):
        return state

    def attempt(user: User) -> list[PortForward] | None:
        try:
            return forwards_of_one(portal, user)
        except WireguardError:
            return None

    read = zip(users, each(users, attempt), strict=True)
    return state.with_all_forwards({u.client_name: rules for u, rules in read if rules is not None})


def load_public_keys(portal: Portal, desired: Desired, state: Current) -> Current:
    """``state`` with the public keys of the users that are to have no revoked one (E5, once each)."""
    users = [
        state.users[user.client_name]
        for user in desired.users
        if user.present and user.revoked_public_keys and user.client_name in state.users
    ]
    portal.pacer.expect(len(users))
    for user, key in zip(users, each(users, lambda user: public_key_of(portal, user)), strict=True):
        state = state.with_public_key(user.client_name, key)
    return state


def public_key_of(portal: Portal, user: User, *, check_config: bool = False) -> str:
    """The public key that a user's device has now (E5); an ``AnswerError`` where the answer has none.

    Without ``check_config`` it is given whatever the configuration says: it may be to be revoked.
    """
    read = details_of(portal, user) if check_config else portal.user(id_of_listed(user))
    keys = read[1].keys or {}
    key = keys.get("client_public_key")
    if not key:
        path = f"/users/{user.id}"
        raise AnswerError(
            f"GET {path}: the answer holds no client_public_key", method="GET", path=path
        )
    return key.strip()
