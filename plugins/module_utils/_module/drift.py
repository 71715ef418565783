# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What differs between listed servers and what is declared of them, by the plan that would be run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .._api.finding import only_server, server_among
from .._api.portal import Portal
from .._api.reading import ListedForwards
from .._applying.loading import current_of, load_public_keys
from .._errors import ConflictError, NotFoundError
from .._model import PortForward, User
from .._planning.desired import Desired
from .._planning.drift import Drift, drift_of
from .._planning.plan import names_to_list
from .declarations import Entry, desired_of


@dataclass
class Drifts:
    """What was found: by server, and of the declared servers that are not there."""

    by_server: dict[int, Drift] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def drifts(portal: Portal, declared: Sequence[Entry], found: Sequence[ListedForwards]) -> Drifts:
    """What differs, of users and port forwards; files are not looked at.

    One request for each user of whom revoked keys are declared (E5).
    """
    result = Drifts()
    servers = [server for server, _users in found]
    for one in declared:
        try:
            server = server_among(servers, one.server) if one.server else only_server(servers)
        except NotFoundError as exc:
            result.missing.append(str(exc))
            continue
        users = next(users for other, users in found if other.id == server.id)
        drift = _drift(portal, desired_of(one), users)
        earlier = result.by_server.get(server.id, Drift())
        result.by_server[server.id] = Drift(
            [*earlier.differences, *drift.differences], earlier.error or drift.error
        )
    return result


def _drift(
    portal: Portal, desired: Desired, users: Sequence[tuple[User, list[PortForward]]]
) -> Drift:
    try:
        current = current_of((user for user, _rules in users), desired)
    except ConflictError as exc:
        return Drift(error=str(exc))
    current = load_public_keys(portal, desired, current)
    for name in names_to_list(desired, current):
        rules = next(rules for user, rules in users if user.client_name == name)
        current = current.with_forwards(name, rules)
    return drift_of(desired, current)
