# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Lists what an account has: its servers, their users, and the users' port forwards.

1 + S requests for S servers, and one more for each user whose port forwards are wanted. A server or a user
that goes away between two of them costs one more, and is left out. All raise a ``WireguardError`` where a
request fails for any other reason: it is all or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from .._errors import (
    AnswerError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedConfigError,
    RejectedError,
    WireguardError,
)
from .._model import PortForward, Secrets, Server, User
from .._text import case_hint, show
from .._wg_conf import WgConfError, check_foreign
from .finding import servers_named
from .parallel import each
from .portal import Portal

Found = TypeVar("Found")
Listed = tuple[Server, list[User]]
ListedForwards = tuple[Server, list[tuple[User, list[PortForward]]]]
ListedSecrets = tuple[Server, list[tuple[User, tuple[list[PortForward], Secrets]]]]


def list_users(portal: Portal, wanted: Sequence[str] = ()) -> list[Listed]:
    """The ``wanted`` servers (all, if none is named), each once, with their users."""
    once = servers_named(portal.servers(), wanted)
    portal.pacer.expect(len(once))
    answers = each(once, lambda server: _unless_gone(lambda: portal.users(server.id)))
    refused = {
        server.id: answer
        for server, answer in zip(once, answers, strict=True)
        if isinstance(answer, RejectedError)
    }
    if refused:
        # One that was named is missed by that.
        for server in servers_named(portal.servers(), wanted):
            if server.id in refused:
                raise refused[server.id]
    return [
        (server, users)
        for server, users in zip(once, answers, strict=True)
        if not isinstance(users, RejectedError)
    ]


def list_forwards(portal: Portal, listed: Sequence[Listed]) -> list[ListedForwards]:
    """The same, each user with its port forwards. Who goes away meanwhile is left out."""
    portal.pacer.expect(sum(len(users) for _server, users in listed))

    def read(user: User) -> list[PortForward]:
        return forwards_of_one(portal, user)

    return [(server, read_each_present(portal, server.id, users, read)) for server, users in listed]


def list_secrets(
    portal: Portal, listed: Sequence[Listed], known: Mapping[int | None, Secrets] | None = None
) -> list[ListedSecrets]:
    """The same, each user with its port forwards and its configuration: two requests for each.

    One for a user whose secrets are ``known`` already, by its id.
    """
    portal.pacer.expect(2 * sum(len(users) for _server, users in listed))

    def read(user: User) -> tuple[list[PortForward], Secrets]:
        return forwards_of_one(portal, user), (known or {}).get(user.id) or secrets_of(portal, user)

    return [(server, read_each_present(portal, server.id, users, read)) for server, users in listed]


def _unless_gone(read: Callable[[], list[Found]]) -> list[Found] | RejectedError:
    """What is read, or the answer that it is not there: whether that is so, a new listing shows."""
    try:
        return read()
    except RejectedError as exc:
        if not exc.may_be_gone:
            raise
        return exc


def only_users(listed: Sequence[Listed], names: Sequence[str]) -> list[Listed]:
    """The users of these names alone (all, if none is named), wherever they are.

    Raises a ``NotFoundError`` where a name is on none of the servers.
    """
    there = {user.client_name for _server, users in listed for user in users}
    missing = [name for name in dict.fromkeys(names) if name not in there]
    if missing:
        hint = case_hint(missing, there)
        answers = ", ".join(repr(show(name, 80)) for name in missing)
        raise NotFoundError(f"no server has a user {answers}{hint}")
    return [
        (server, [user for user in users if not names or user.client_name in names])
        for server, users in listed
    ]


def read_each_present(
    portal: Portal, server_id: int, users: list[User], read: Callable[[User], Found]
) -> list[tuple[User, Found]]:
    """What ``read`` gives of each user that is there, in the order of the users.

    portal-api, "status of an unknown id": 404 and 403 can both mean gone, so one more listing decides.
    Raises what a user's reading raised if that user is still listed.
    """
    portal.pacer.expect(len(users))

    def attempt(user: User) -> tuple[Found] | RejectedError:
        try:
            return (read(user),)
        except RejectedError as exc:
            if not exc.may_be_gone:
                raise
            return exc

    results = list(zip(users, each(users, attempt), strict=True))
    failed = [(user, one) for user, one in results if isinstance(one, RejectedError)]
    if failed:
        listed = {user.id for user in portal.users(server_id)}
        for user, error in failed:
            if user.id in listed:
                raise error
    return [(user, one[0]) for user, one in results if isinstance(one, tuple)]


def forwards_of(portal: Portal, users: list[User]) -> list[list[PortForward]]:
    """The port forwards of each user (E7, once each), in the order of the users."""
    portal.pacer.expect(len(users))
    return each(users, lambda user: forwards_of_one(portal, user))


def forwards_of_one(portal: Portal, user: User) -> list[PortForward]:
    """The port forwards of a listed user (E7)."""
    return portal.port_forwards(id_of_listed(user))


def details_of(portal: Portal, user: User, so_far: str = "") -> tuple[User, Secrets]:
    """A user as it is now, with its configuration and keys (E5)."""
    found, secrets = portal.user(id_of_listed(user))
    check_config(portal, user, secrets, so_far=so_far)
    return found, secrets


def check_config(
    portal: Portal, user: User, secrets: Secrets, method: str = "GET", so_far: str = ""
) -> None:
    """Raise a ``RefusedConfigError`` for what must not be passed on: no configuration, or one with unwanted commands.

    Every configuration that is written, returned, drawn or handed out comes through here. ``so_far`` is
    what was done until then, for the message.
    """
    path, name = f"/users/{user.id}", show(user.client_name, 80)
    if secrets.config is None:
        raise RefusedConfigError(
            f"{method} {path}: the answer for user {name!r} holds no config{so_far and '; '}{so_far}",
            method=method,
            path=path,
        )
    try:
        check_foreign(secrets.config, allow_hooks=portal.allow_hooks)
    except WgConfError as exc:
        parts = (str(exc), so_far, exc.remedy)
        raise RefusedConfigError(
            f"the configuration that the portal sent for user {name!r} is refused, and neither written"
            f" nor returned: {'; '.join(part for part in parts if part)}",
            method=method,
            path=path,
        ) from None


def secrets_of(portal: Portal, user: User, so_far: str = "") -> Secrets:
    """A user's configuration and keys; empty for a user that is only planned."""
    return Secrets() if user.id is None else details_of(portal, user, so_far)[1]


def secrets_of_each(
    portal: Portal, users: list[User], so_far: str = ""
) -> list[Secrets | WireguardError | None]:
    """The secrets of each of these users, or what went wrong.

    What concerns one does not keep the others' from being read. None: not tried, as what
    went wrong with another concerns all. ``so_far`` as in ``check_config``.
    """
    over: list[WireguardError] = []

    def read(user: User) -> Secrets | WireguardError | None:
        if over:
            return None
        try:
            return secrets_of(portal, user, so_far)
        except (AnswerError, RejectedError, OutcomeUnknownError) as exc:
            if exc.status == 401:
                over.append(exc)
            return exc
        except WireguardError as exc:
            over.append(exc)
            return exc

    return each(users, read)


def id_of_listed(user: User) -> int:
    """The id that every listing gives (E2); only a user who is yet to be created has none."""
    if user.id is None:
        raise AssertionError("a listed user has an id")
    return user.id
