# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No two users of one name: whenever a creation whose answer was lost takes its effect.

The portal of these tests does not look for the name again when it comes to that: it did when the request
came. Time is what is waited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying import writes
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    OutcomeUnknownError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import Secrets, User
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredUser,
)

from .converging import converged
from .model_portal import ModelPortal


@dataclass
class LatePortal(ModelPortal):
    """A creation is answered by a gateway at once, and carried out after so many seconds."""

    delays: list[float] = field(default_factory=list)
    under_way: list[tuple[float, str]] = field(default_factory=list)

    def _begin(self, method: str, path: str) -> str | None:
        for due, name in list(self.under_way):
            if due <= self.waited:
                self.under_way.remove((due, name))
                self.users_by_id[self._new_id()] = name
        return super()._begin(method, path)

    def create_user(self, server_id: int, client_name: str) -> tuple[User | None, Secrets]:
        if not self.delays:
            return super().create_user(server_id, client_name)
        path = f"/servers/{server_id}/users"
        if client_name in self.users_by_id.values():
            return super().create_user(server_id, client_name)
        self._begin("POST", path)
        self.writes_sent += 1
        self.under_way.append((self.waited + self.delays.pop(0), client_name))
        raise OutcomeUnknownError("504", method="POST", path=path, status=504)

    def finish(self) -> list[str]:
        """The names, once all that is under way has come."""
        return [*self.users_by_id.values(), *(name for _due, name in self.under_way)]


delays = st.floats(0, writes.USER_RUNS[0] - 0.1)


@settings(max_examples=300)
@given(st.lists(delays, min_size=1, max_size=4), st.sampled_from([0.0, 1.0, 2.9, 1e9]))
def test_no_two_users_of_one_name(late: list[float], patience: float) -> None:
    """Each creation takes longer than its answer, but not longer than a request may run."""
    portal: Any = LatePortal(delays=list(late), patience=patience)
    outcome = converged(Desired((DesiredUser("ann"), DesiredUser("ben"))), portal)
    names = portal.finish()
    assert len(names) == len(set(names)), names
    if patience > 1e6:
        assert outcome.error is None
        assert sorted(names) == ["ann", "ben"]
    elif outcome.error:
        assert "not known" in str(outcome.error)


def test_two_that_came_all_the_same_are_told_with_their_ids() -> None:
    """Later than a request may run: it was sent once more, and then there are two."""
    portal: Any = LatePortal(delays=[writes.USER_RUNS[0] + 0.5])
    seen = portal.users

    def users(server_id: int) -> list[User]:
        # The first one comes right after the second was created.
        if portal.users_by_id and portal.under_way:
            portal.under_way = [(0.0, name) for _due, name in portal.under_way]
        return seen(server_id)

    portal.users = users
    outcome = converged(Desired((DesiredUser("ann"),)), portal)
    assert outcome.error
    ids = ", ".join(map(str, portal.users_by_id))
    assert f"lists 2 users 'ann', with the ids {ids}" in str(outcome.error)
    assert len(portal.users_by_id) == 2
    assert outcome.step_log.changed
