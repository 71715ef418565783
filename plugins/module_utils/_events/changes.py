# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What changed between two looks at a server's users. Pure: users in, changes out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from .._model import User

TYPES = ("removed", "added", "online", "offline", "traffic")
"""In the order in which one look tells them: a user that was made anew is removed, then added."""


@dataclass(frozen=True)
class Change:
    """One change of one user. ``before`` is None for a new user, ``after`` for one that is gone."""

    type: str
    before: User | None
    after: User | None

    @property
    def user(self) -> str:
        """The client name."""
        known = self.after or self.before
        return known.client_name if known else ""


def changes(
    before: Sequence[User],
    after: Sequence[User],
    *,
    traffic_over: float | None = None,
    wanted: Collection[str] = TYPES,
) -> list[Change]:
    """Each change that is ``wanted``, once: by type in the order of ``TYPES``, then by client name.

    ``traffic_over`` is the number of bytes, received and sent together, above which a user's traffic
    between the two looks is told; None: never. A user that was not there before, or is not any more,
    is told as ``added`` or ``removed`` and as nothing else. Neither order of the users matters.
    """
    then, now = _by_key(before), _by_key(after)
    found = [Change("removed", user, None) for key, user in then.items() if key not in now]
    found += [Change("added", None, user) for key, user in now.items() if key not in then]
    for key in then.keys() & now.keys():
        found += _of_one(then[key], now[key], traffic_over)
    return sorted((change for change in found if change.type in wanted), key=_place)


def remembered(before: Sequence[User], after: Sequence[User]) -> list[User]:
    """``after``, and of each user that does not say whether it is online, what it said last.

    So a portal that leaves the field out for a while neither hides a change nor tells one twice.
    """
    then = _by_key(before)
    return [
        replace(user, online=then[key].online) if user.online is None and key in then else user
        for key, user in _by_key(after).items()
    ]


def traffic(before: User, after: User) -> int:
    """Bytes that a user received and sent between two looks; what is not known counts as none.

    A counter that fell began anew (the server restarted, say), so all that it shows is new.
    """
    pairs = ((before.rx_bytes, after.rx_bytes), (before.tx_bytes, after.tx_bytes))
    return sum(
        now - then if now >= then else now
        for then, now in pairs
        if then is not None and now is not None
    )


def _of_one(before: User, after: User, traffic_over: float | None) -> list[Change]:
    found = []
    known = before.online is not None and after.online is not None
    if known and before.online != after.online:
        found.append(Change("online" if after.online else "offline", before, after))
    if traffic_over is not None and traffic(before, after) > traffic_over:
        found.append(Change("traffic", before, after))
    return found


def _by_key(users: Sequence[User]) -> Mapping[tuple[int | None, str], User]:
    # The API has no renaming: an id with another name, or a name with another id, is another user.
    return {(user.id, user.client_name): user for user in users}


def _place(change: Change) -> tuple[int, str, int]:
    known = change.after or change.before
    return TYPES.index(change.type), change.user, (known.id if known else None) or 0
