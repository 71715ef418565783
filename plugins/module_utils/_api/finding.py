# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Finds the server and the user that somebody named, and reads what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from .._errors import (
    AmbiguousError,
    ConflictError,
    NotFoundError,
    RejectedError,
    UnknownUserError,
)
from .._model import Server, User
from .._text import case_hint, listing, show
from .portal import Portal

Found = TypeVar("Found")


def find_server(portal: Portal, wanted: Any) -> Server:
    """The server that ``wanted`` names (interface, "Naming a server and a user").

    An assignment id is taken as it is, without a request; whether it is there shows when it is used.
    """
    server_id = id_of(wanted)
    if server_id is not None:
        return Server(server_id)
    servers = portal.servers()
    if wanted is None or not str(wanted).strip():
        return only_server(servers)
    return server_among(servers, str(wanted))


def server_among(servers: list[Server], wanted: str) -> Server:
    """The one server whose assignment id, name, hostname or ip is exactly ``wanted`` (portal-api, E1).

    Raises ``AmbiguousError`` where several are, and ``NotFoundError``, which lists all, where none is.

        >>> fra1, ams1 = Server(5, "fra1", ip="203.0.113.5"), Server(6, "ams1")
        >>> [server_among([fra1, ams1], wanted).id for wanted in ("fra1", "203.0.113.5", "6")]
        [5, 5, 6]
        >>> server_among([fra1, ams1], "FRA1")
        Traceback (most recent call last):
        NotFoundError: server 'FRA1' was not found; 'fra1' differs from it in case only; ...
    """
    by_id = [s for s in servers if wanted == str(s.id)]
    found = by_id or [s for s in servers if wanted in (s.name, s.hostname, s.ip)]
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousError(
            f"server {show(wanted)!r} is ambiguous: it names {_labels(found)}; use the assignment id"
        )
    hint = case_hint([wanted], [x for s in servers for x in (s.name, s.hostname) if x])
    raise NotFoundError(
        f"server {show(wanted)!r} was not found{hint}; the account's servers are:"
        f" {_labels(servers)}"
    )


def servers_named(servers: list[Server], wanted: Sequence[str]) -> list[Server]:
    """The servers that are named, each once; all of them, if none is named."""
    found = [server_among(servers, name) for name in wanted] if wanted else servers
    return list({server.id: server for server in found}.values())


def only_server(servers: list[Server]) -> Server:
    """The account's only server (E1). Raises a ``NotFoundError``, which lists them where there are several."""
    if len(servers) == 1:
        return servers[0]
    if not servers:
        raise NotFoundError("the account has no server")
    raise NotFoundError(
        f"the account has {len(servers)} servers, name one with `server`: {_labels(servers)}"
    )


def server_and_users(portal: Portal, wanted: Any) -> tuple[Server, list[User]]:
    """The named server and its users. An id that is not there fails naming those that are."""
    return _server_and(portal, wanted, portal.users)


def server_and_devices(portal: Portal, wanted: Any) -> tuple[Server, list[dict[str, Any]]]:
    """The named server and its devices. An id that is not there fails naming those that are."""
    return _server_and(portal, wanted, portal.devices)


def _server_and(portal: Portal, wanted: Any, read: Callable[[int], Found]) -> tuple[Server, Found]:
    server = find_server(portal, wanted)
    try:
        return server, read(server.id)
    except RejectedError as exc:
        # portal-api, "status of an unknown id": 404 and 403 can both mean that it is not there.
        if not exc.may_be_gone:
            raise
        try:
            named = server_among(portal.servers(), str(wanted))
        except NotFoundError as missing:
            raise NotFoundError(str(missing), **exc.result()) from exc
        if named.id == server.id:
            raise
        # A name of digits, which no server has as its id.
        return named, read(named.id)


def user_among(users: Iterable[User], wanted: Any, server: Server) -> User:
    """The user of exactly this name, or of this id if no user has it as a name.

    Raises an ``UnknownUserError`` where there is none, with a name that differs in case only.
    """
    users = list(users)
    name = str(wanted)
    named = [] if isinstance(wanted, int) else [u for u in users if u.client_name == name]
    by_name = named[0] if named else None
    if by_name:
        refuse_namesakes(by_name, named[-1])
    user_id = id_of(wanted)
    found = by_name or next((u for u in users if u.id == user_id and user_id is not None), None)
    if found:
        return found
    hint = case_hint([name], [user.client_name for user in users])
    raise UnknownUserError(f"user {show(name)!r} was not found on server {server.label()}{hint}")


def id_of(wanted: Any) -> int | None:
    """An id: an integer, or a string of digits."""
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        return wanted
    text = str(wanted).strip() if isinstance(wanted, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def refuse_namesakes(one: User, other: User) -> None:
    """Raise a ``ConflictError`` where two users of one server have one name: which is meant, nobody knows."""
    if one is not other:
        raise ConflictError(
            f"user {show(one.client_name)!r} is ambiguous: the portal lists two of that name, with"
            f" the ids {one.id} and {other.id}; remove one of them in the portal"
        )


def name_holder(portal: Portal, here: Server, name: str) -> str | None:
    """portal-api, "whether a name may stand on two of the account's servers": say where it stands."""
    for server in portal.servers():
        if server.id != here.id and any(u.client_name == name for u in portal.users(server.id)):
            return f"the name {show(name, 80)!r} is held by a user of server {server.label()}"
    return None


def _labels(servers: list[Server]) -> str:
    return listing([server.label() for server in servers])
