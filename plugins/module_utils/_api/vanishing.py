# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Reads something of each user of a server, though some of them may go away meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._errors import RejectedError
from .._model import User
from .parallel import each
from .portal import Portal

Found = TypeVar("Found")


def read_of_each(
    portal: Portal, server_id: int, users: list[User], read: Callable[[User], Found]
) -> list[tuple[User, Found]]:
    """What ``read`` gives of each user that is there, in the order of the users.

    portal-api, "status of an unknown id": 404 and 403 can both mean gone, so one more listing decides.
    Raises what a user's reading raised if that user is still listed.
    """
    portal.turns.expect(len(users))

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
