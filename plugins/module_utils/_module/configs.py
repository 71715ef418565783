# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The configurations of a task's users. Those of users who stay are read before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable

from .._api.portal import Portal
from .._api.reading import secrets_of_each
from .._errors import RefusedConfigError, WireguardError
from .._model import Secrets, User


class Configs:
    """What was read of a server's users: each once (E5), unless it was made anew since."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._read: dict[str, tuple[int | None, Secrets | WireguardError | None]] = {}

    def read(self, users: Iterable[User]) -> list[RefusedConfigError]:
        """Read those of users who are to stay; those that must not be passed on.

        What could not be read for another reason is kept for ``of_each``: it is no reason to change nothing.
        """
        users = list(users)
        found = secrets_of_each(self._portal, users, "nothing was changed")
        self._read = {
            user.client_name: (user.id, one) for user, one in zip(users, found, strict=True)
        }
        return [one for one in found if isinstance(one, RefusedConfigError)]

    def known(self, made: set[str]) -> dict[int | None, Secrets]:
        """What was read of users who were not made anew since, by their ids."""
        return {
            number: one
            for name, (number, one) in self._read.items()
            if isinstance(one, Secrets) and name not in made
        }

    def of_each(
        self, users: Iterable[User], made: set[str]
    ) -> dict[str, Secrets | WireguardError | None]:
        """Those of these users, or why they could not be read; None as of ``secrets_of_each``.

        ``made`` were made anew since: what was read before is not theirs.
        """
        users = list(users)
        known = {
            user.client_name: self._read[user.client_name][1]
            for user in users
            if user.client_name not in made
            and user.id is not None
            and self._read.get(user.client_name, (None,))[0] == user.id
        }
        others = [user for user in users if user.client_name not in known]
        read = zip(others, secrets_of_each(self._portal, others), strict=True)
        return {**known, **{user.client_name: one for user, one in read}}
