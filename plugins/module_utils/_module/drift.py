# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What differs between a listed server and its declaration: what check mode would say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._api.portal import Portal
from .._applying.converge import converge
from .._applying.journal import Journal
from .._applying.loading import current_of, load_public_keys
from .._errors import ConflictError, GuardError
from .._model import PortForward, Server, User
from .._planning.desired import Desired
from .._planning.drift import Drift, differences


def drift_of(
    portal: Portal,
    server: Server,
    desired: Desired,
    users: Sequence[tuple[User, Sequence[PortForward]]],
    taken: Journal,
) -> Drift:
    """What differs, of users and port forwards; files are not looked at.

    One request for each user of whom revoked keys are declared (E5).
    """
    try:
        seen = load_public_keys(
            portal, desired, current_of((user for user, _rules in users), desired)
        )
        names = {user.client_name: tuple(rules) for user, rules in users}
        seen = replace(seen, forwards={name: names[name] for name in seen.users})
        outcome = converge(portal, server, desired, seen, taken, check_mode=True)
    except (ConflictError, GuardError) as exc:
        return Drift(error=str(exc))
    return Drift(differences(outcome.step_log.result(), outcome.before.forwards))
