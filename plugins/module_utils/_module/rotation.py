# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""New keys for users: what each holds now, and the declaration that replaces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._api.parallel import each
from .._api.portal import Portal
from .._applying.loading import current_of, load_forwards, public_key_of
from .._errors import DeclarationError, NotFoundError
from .._model import Server, User
from .._planning.current import Current
from .._planning.desired import Desired, DesiredForward, DesiredUser
from .._planning.validation import name_problem
from .._text import case_hint, listing
from .recovery import Rotation


def check_names(names: Iterable[str]) -> list[str]:
    """The names, each once; a ``DeclarationError`` that lists those that no user can have."""
    found = list(dict.fromkeys(names))
    problems = [problem for problem in map(name_problem, found) if problem]
    if problems:
        raise DeclarationError(problems)
    return found


def begin(
    portal: Portal,
    server: Server,
    users: Iterable[User],
    names: Sequence[str],
    begun: Sequence[Rotation],
    check_configs: bool = False,
) -> tuple[list[Rotation], Current]:
    """What is to be rotated, ``begun`` first, and the server with these users' rules and keys.

    Whom an earlier run began with is finished, and not begun with once more. One E7 and one E5 for
    each user that is there. Raises a ``NotFoundError`` that names those who are not. ``check_configs``:
    raises, too, where what the portal sends of one must not be written.
    """
    old = [rotation.client_name for rotation in begun]
    new = [name for name in names if name not in old]
    if not new and not old:
        raise DeclarationError(["users is an empty list, and no earlier run is to be finished"])
    seen = current_of(users, Desired(tuple(map(DesiredUser, (*old, *new)))))
    _refuse_missing(server, new, seen)
    seen = load_forwards(portal, server.id, seen, (*old, *new))
    _refuse_missing(server, new, seen)  # they may have gone since they were listed
    there = [seen.users[name] for name in (*old, *new) if name in seen.users]
    keys = each(there, lambda user: public_key_of(portal, user, check_config=check_configs))
    for user, key in zip(there, keys, strict=True):
        seen = seen.with_public_key(user.client_name, key)
    made = [Rotation(name, seen.public_keys[name], seen.forwards[name]) for name in new]
    return [*begun, *made], seen


def desired_of(rotations: Iterable[Rotation]) -> Desired:
    """The declaration that replaces the users who have their old keys still, and gives all their rules."""
    return Desired(tuple(map(_desired_user, rotations)))


def _desired_user(rotation: Rotation) -> DesiredUser:
    rules = tuple(
        DesiredForward(rule.external_port, rule.internal_port, rule.protocol, rule.comment)
        for rule in rotation.rules
    )
    revoked = frozenset({rotation.revoked})
    return DesiredUser(rotation.client_name, True, rules, revoked_public_keys=revoked)


def _refuse_missing(server: Server, names: Iterable[str], seen: Current) -> None:
    missing = [name for name in names if name not in seen.users]
    if not missing:
        return
    hint = case_hint(missing, seen.users)
    raise NotFoundError(
        f"not found on server {server.label()}, nothing was changed: {listing(missing)}{hint}"
    )
