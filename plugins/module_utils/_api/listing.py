# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Lists what an account has: its servers, their users, and the users' port forwards.

1 + S requests for S servers, and one more for each user whose port forwards are wanted. All raise a
``WireguardError`` where any request fails: it is all or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from .._errors import NotFoundError
from .._model import PortForward, Server, User
from .._text import show
from .finding import forwards_of, servers_named
from .parallel import each
from .portal import Portal

Listed = tuple[Server, list[User]]
ListedForwards = tuple[Server, list[tuple[User, list[PortForward]]]]


def list_users(portal: Portal, wanted: Sequence[str] = ()) -> list[Listed]:
    """The ``wanted`` servers (all, if none is named), each once, with their users."""
    once = servers_named(portal.servers(), wanted)
    portal.turns.expect(len(once))
    return list(zip(once, each(once, lambda server: portal.users(server.id)), strict=True))


def list_forwards(portal: Portal, listed: Sequence[Listed]) -> list[ListedForwards]:
    """The same, each user with its port forwards."""
    rules = iter(forwards_of(portal, [user for _server, users in listed for user in users]))
    return [(server, [(user, next(rules)) for user in users]) for server, users in listed]


def only_users(listed: Sequence[Listed], names: Sequence[str]) -> list[Listed]:
    """The users of these names alone (all, if none is named), wherever they are.

    Raises where a name is on none of the servers.
    """
    there = {user.client_name for _server, users in listed for user in users}
    missing = [name for name in dict.fromkeys(names) if name not in there]
    if missing:
        alike = sorted(x for x in there if x.lower() in {name.lower() for name in missing})
        hint = f"; {show(alike[0], 80)!r} differs in case only" if alike else ""
        said = ", ".join(repr(show(name, 80)) for name in missing)
        raise NotFoundError(f"no server has a user {said}{hint}")
    return [
        (server, [user for user in users if not names or user.client_name in names])
        for server, users in listed
    ]
