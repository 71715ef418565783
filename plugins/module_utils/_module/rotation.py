# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""New keys for users: who is there to get them, and the declaration that replaces these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .._api.parallel import each
from .._api.parsing import without_keys
from .._api.portal import Portal
from .._applying.loading import current_of, load_forwards, public_key_of
from .._applying.outcome import Outcome
from .._applying.replacement import bandwidth_of
from .._applying.unpublished import is_unset, look
from .._errors import AnswerError, DeclarationError, NotFoundError, RejectedError
from .._model import Server, User
from .._planning.current import Current, in_order
from .._planning.desired import Desired, DesiredUser
from .._planning.validation import name_problem
from .._text import case_hint, listing, show


def check_names(names: Iterable[str]) -> list[str]:
    """The names, each once; a ``DeclarationError`` where there is none, or one that no user can have."""
    found = list(dict.fromkeys(names))
    problems = [problem for problem in map(name_problem, found) if problem]
    if not found:
        problems.append("users is an empty list: name the users that get new keys")
    if problems:
        raise DeclarationError(problems)
    return found


def begin(
    portal: Portal,
    server: Server,
    users: Iterable[User],
    names: Sequence[str],
    promised: set[str],
    *,
    check_configs: bool = False,
) -> Current:
    """The server with these users' rules and keys. One E7 and one E5 for each user that is there.

    Raises a ``NotFoundError`` that names those who are not, and that no task which was cut off is to have
    back (``promised``). ``check_configs``: raises, too, where what the portal sends of one must not be
    written.
    """
    needed = [name for name in names if name not in promised]
    seen = current_of(users, Desired(tuple(map(DesiredUser, names))))
    _refuse_missing(server, needed, seen)
    seen = load_forwards(portal, server.id, seen, names)
    _refuse_missing(server, needed, seen)  # they may have gone since they were listed
    there = [seen.users[name] for name in names if name in seen.users]
    keys = each(there, lambda user: public_key_of(portal, user, check_config=check_configs))
    for user, key in zip(there, keys, strict=True):
        seen = seen.with_public_key(user.client_name, key)
    return seen


def desired_of(names: Iterable[str], seen: Current, *, allow_loss: bool) -> Desired:
    """The declaration that replaces the users who have these keys still, and leaves all else alone.

    Who is removed meanwhile does not come back.
    """
    users = (
        DesiredUser(
            name,
            revoked_public_keys=frozenset(key for key in [seen.public_keys.get(name)] if key),
            may_create=False,
        )
        for name in names
    )
    return Desired(tuple(users), allow_loss=allow_loss)


def replaced(outcome: Outcome, names: Sequence[str]) -> list[str]:
    """The users that got new keys in this run, or (check mode) would."""
    made = {
        step["name"]
        for step in outcome.step_log.result()
        if (step["action"], step["kind"]) == ("create", "user")
        and step["status"] in ("done", "planned")
    }
    return [name for name in names if name in made]


def refuse_gone(server: Server, names: Iterable[str], outcome: Outcome) -> None:
    """Raise a ``NotFoundError`` for users who were removed by somebody else while keys were replaced."""
    gone = [name for name in names if name not in outcome.after.users]
    if gone:
        raise NotFoundError(
            f"removed from server {server.label()} meanwhile, and not made again: {listing(gone)}"
        )


def limits_of(portal: Portal, seen: Current, names: Iterable[str]) -> dict[str, str]:
    """The bandwidth limits of these users, as text. One E10 for each; what can't be read is said so."""
    there = [seen.users[name] for name in names if name in seen.users]
    found = each(there, lambda user: _limit_of(portal, user))
    return {user.client_name: text for user, text in zip(there, found, strict=True) if text}


def _limit_of(portal: Portal, user: User) -> str:
    try:
        limit = look(portal, bandwidth_of(user), {})
    except (AnswerError, RejectedError):
        return "a bandwidth limit, if it has one, which could not be read"
    if limit is None or is_unset(limit):
        return ""
    return f"the bandwidth limit {show(without_keys(limit), 300)}"


def lines(
    names: Iterable[str], held: Current, limits: Mapping[str, str], *, check_mode: bool
) -> Iterator[str]:
    """What each user keeps, for people to read."""
    gets, keeps = ("gets", "keeps") if check_mode else ("has", "kept")
    for name in names:
        rules = in_order(held.forwards.get(name, ()))
        texts = [*(rule.text() for rule in rules), *(limits[x] for x in [name] if x in limits)]
        rest = f"and {keeps} {', '.join(texts)}" if texts else "and has no port forwards"
        yield f"{show(name, 80)} {gets} new keys {rest}"


def _refuse_missing(server: Server, names: Iterable[str], seen: Current) -> None:
    missing = [name for name in names if name not in seen.users]
    if not missing:
        return
    hint = case_hint(missing, seen.users)
    raise NotFoundError(
        f"not found on server {server.label()}: {listing(missing)}{hint}; nothing was changed"
    )
