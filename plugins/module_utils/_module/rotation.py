# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""New keys for users: what each holds now, and the declaration that replaces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .._api.finding import secrets_of
from .._api.parallel import each
from .._api.portal import Portal
from .._applying.observing import load_forwards
from .._applying.reconcile import Outcome
from .._errors import AnswerError, DeclarationError, NotFoundError
from .._model import Server
from .._planning.current import Current
from .._planning.desired import Desired, DesiredForward, DesiredUser
from .._planning.names import name_problem
from .._text import listing, show
from .converging import ConvergingTask
from .recovery import Rotation


def check_names(names: Iterable[str]) -> list[str]:
    """The names, each once; a ``DeclarationError`` that lists those that no user can have."""
    found = list(dict.fromkeys(names))
    problems = [problem for problem in map(name_problem, found) if problem]
    if problems:
        raise DeclarationError(problems)
    return found


def begin(
    portal: Portal, server: Server, names: Sequence[str], begun: Sequence[Rotation], seen: Current
) -> tuple[list[Rotation], Current, dict[str, str]]:
    """What is to be rotated, ``begun`` first, the server with these users' rules, and their keys now.

    Whom an earlier run began with is finished, and not begun with once more. One E7 and one E5 for
    each user that is there. Raises a ``NotFoundError`` that names those who are not.
    """
    old = {rotation.client_name for rotation in begun}
    new = [name for name in names if name not in old]
    _refuse_missing(server, new, seen)
    if not new and not begun:
        raise DeclarationError(["users is an empty list, and no earlier run is to be finished"])
    there = [name for name in (*old, *new) if name in seen.users]
    seen = load_forwards(portal, server.id, seen, there)
    keys = dict(zip(there, each(there, lambda name: _key(portal, seen, name)), strict=True))
    rotations = [*begun, *(Rotation(name, keys[name], seen.forwards[name]) for name in new)]
    return rotations, seen, keys


def replace_keys(
    task: ConvergingTask,
    server: Server,
    rotations: Sequence[Rotation],
    seen: Current,
    keys: dict[str, str],
) -> Outcome:
    """Replace the users that have their old keys still, and see that all have their rules."""
    old = [one.client_name for one in rotations if keys.get(one.client_name) == one.revoked]
    gone = task.converge(server, Desired(tuple(DesiredUser(x, False) for x in old)), seen)
    return task.converge(server, Desired(tuple(map(_desired, rotations))), gone.state)


def _desired(rotation: Rotation) -> DesiredUser:
    rules = (
        DesiredForward(rule.external_port, rule.internal_port, rule.protocol, rule.comment)
        for rule in rotation.rules
    )
    return DesiredUser(rotation.client_name, True, tuple(rules))


def _key(portal: Portal, seen: Current, name: str) -> str:
    user = seen.users[name]
    key = (secrets_of(portal, user).keys or {}).get("client_public_key")
    if not key:
        path = f"/users/{user.id}"
        message = f"GET {path}: the answer does not tell the public key of user {show(name, 80)!r}"
        raise AnswerError(message, method="GET", path=path)
    return key


def _refuse_missing(server: Server, names: Iterable[str], seen: Current) -> None:
    missing = [name for name in names if name not in seen.users]
    if not missing:
        return
    alike = [x for x in seen.users if x.lower() in {name.lower() for name in missing}]
    hint = f"; {show(alike[0], 80)!r} differs in case only" if alike else ""
    raise NotFoundError(
        f"not found on server {server.label()}, nothing was changed: {listing(missing)}{hint}"
    )
