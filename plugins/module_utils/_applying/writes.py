# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Single writes that end in a known state.

A write whose outcome is unknown, or that met a 409, is settled by looking: what is there now is
adopted, what is not is sent again or reported. A look that contradicts an answer is repeated before it
is believed: a listing may lag behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TypeVar

from .._api.portal import Portal
from .._errors import (
    ConflictError,
    ContendedError,
    NotReachedError,
    OtherMadeError,
    OutcomeUnknownError,
    RejectedError,
    RequestError,
    WaitRefusedError,
)
from .._model import PortForward, Secrets, User
from .._text import show

Made = TypeVar("Made")

# Seconds from one look to the next while a listing may lag behind an answer.
LAG = (0.5, 1.0, 2.0)

# Seconds that a request may go on after its answer was lost, and how many of them have to be waited at
# the least before it is sent once more. Creating a user takes the portal "a few seconds" (portal-api), a
# rule is applied "at once" (E8); who gave up (a gateway, we) has waited long by then.
USER_RUNS, RULE_RUNS = (30.0, 3.0), (10.0, 1.0)

# Seconds from one look to the next while it may; the last is repeated.
LOOKS = (1.0, 2.0, 4.0, 8.0)

# How often a request is sent whose end the portal itself reported (500), and one that may still run.
MOST_SENT, MOST_SENT_IN_DOUBT = 5, 2


def create_user(
    portal: Portal, server_id: int, name: str, gone: Collection[int | None] = ()
) -> tuple[User, Secrets]:
    """The user, created or (somebody was faster, or our own first try was carried out) found.

    ``gone`` are the ids of users that were deleted, and that a listing which lags behind still shows.

    Without an id where the answer does not hold it: only config and keys are published (E3). The
    secrets are empty where they were not part of an answer; E5 gives them at any time. Raises an
    ``OtherMadeError`` where the portal made a user of another name.
    """

    def look() -> tuple[User, Secrets] | None:
        found = [
            user
            for user in portal.users(server_id)
            if user.client_name == name and user.id not in gone
        ]
        if len(found) > 1:
            raise _doubled(f"users {show(name, 80)!r}", [user.id for user in found])
        return (found[0], Secrets()) if found else None

    send = partial(portal.create_user, server_id, name)
    user, secrets = _sent_or_found(portal, send, look, USER_RUNS)
    if user and user.client_name != name:
        made = show(user.client_name, 80)
        raise OtherMadeError(
            f"the portal made a user {made!r} where {name!r} was asked for",
            method="POST",
            path=f"/servers/{server_id}/users",
        )
    return user or User(None, name), secrets


def create_port_forward(
    portal: Portal,
    user_id: int,
    rule: PortForward,
    *,
    any_comment: bool,
    gone: Collection[int | None] = (),
) -> PortForward:
    """The rule, created or found as it was wanted. Without an id where the answer holds none.

    ``gone`` are the ids of rules that were deleted, and that a listing which lags behind still shows.

    What an answer shows may be another rule than was asked for: see ``serves``.
    """

    def create() -> PortForward:
        return portal.create_port_forward(user_id, rule) or replace(rule, id=None)

    def look() -> PortForward | None:
        for found in listed_rules(portal, user_id) or ():
            if found.id not in gone and serves(found, rule, any_comment):
                return found
        return None

    return _sent_or_found(portal, create, look, RULE_RUNS)


def listed_rules(portal: Portal, user_id: int) -> list[PortForward] | None:
    """A user's rules; None where the portal does not know the user, perhaps not yet."""
    try:
        return portal.port_forwards(user_id)
    except RejectedError as exc:
        if not exc.may_be_gone:
            raise
        return None


def delete_user(portal: Portal, server_id: int, user: User) -> None:
    """The user is gone, whoever removed it."""
    if user.id is None:
        return
    user_id = user.id
    _deleted(
        portal,
        lambda: portal.delete_user(user_id),
        lambda: any(other.id == user_id for other in portal.users(server_id)),
    )


def delete_port_forward(portal: Portal, user_id: int, rule: PortForward) -> None:
    """The rule is gone, whoever removed it."""
    if rule.id is None:
        return
    rule_id = rule.id
    _deleted(
        portal,
        lambda: portal.delete_port_forward(rule_id),
        lambda: any(other.id == rule_id for other in portal.port_forwards(user_id)),
    )


def serves(found: PortForward, wanted: PortForward, any_comment: bool) -> bool:
    """Whether a rule that is there is what was wanted, or more (portal-api, E8 and "protocol").

    >>> both = PortForward(7, 443, 8443, "both", "HTTPS")
    >>> serves(both, PortForward(None, 443, 8443, "tcp"), any_comment=True)
    True
    >>> serves(both, PortForward(None, 443, 8443, "tcp", "other"), any_comment=False)
    False
    """
    return (
        found.external_port == wanted.external_port
        and found.internal_port == wanted.internal_port
        and found.protocols >= wanted.protocols
        and (any_comment or found.same_comment(wanted.comment))
    )


def until(portal: Portal, look: Callable[[], bool], delays: Iterable[float] = LAG) -> bool:
    """Whether ``look`` says so, now or at one of a few later looks, seconds apart, that there is time for."""
    if look():
        return True
    return any(portal.pacer.wait(delay) and look() for delay in delays)


def _sent_or_found(
    portal: Portal,
    send: Callable[[], Made],
    look: Callable[[], Made | None],
    runs: tuple[float, float],
) -> Made:
    """``send()``, or what ``look()`` finds where sending leaves it open whether it happened."""
    doubt: OutcomeUnknownError | None = None
    for attempt in count(1):
        try:
            made = send()
        except (NotReachedError, WaitRefusedError, RejectedError) as exc:
            if not exc.conflict:
                if doubt:  # it is still not known what became of that
                    raise doubt.saying(f"sending it again failed: {exc}") from exc
                raise
            see = partial(_looked, exc, look)
            found = _soon(portal, see) if doubt else see()
            if found is None:
                raise ContendedError(exc.message, **exc.facts()) from exc
            return found
        except OutcomeUnknownError as exc:
            found = _awaited(portal, partial(_looked, exc, look), exc, runs)
            if found is not None:
                return found
            if attempt >= (MOST_SENT if exc.ended else MOST_SENT_IN_DOUBT):
                raise exc.saying(f"given up after {attempt} attempts") from exc
            doubt = exc
        else:
            if doubt:
                # The earlier request was given up for lost. If it was not, there are two now.
                look()
            return made
    raise AssertionError("unreachable: each turn returns, raises or comes again")


def _awaited(
    portal: Portal,
    look: Callable[[], Made | None],
    exc: OutcomeUnknownError,
    runs: tuple[float, float],
) -> Made | None:
    """What ``look`` finds for as long as the request may still run. None: it may be sent once more.

    Raises ``exc`` where max_wait ends too soon to know.
    """
    found = look()
    needed, enough = (LAG[0], 0.0) if exc.ended else runs
    waited, delays = 0.0, iter(LOOKS)
    while found is None and waited < needed:
        delay = min(next(delays, LOOKS[-1]), needed - waited, portal.pacer.left())
        if delay <= 0 or not portal.pacer.wait(delay):
            break
        waited += delay
        found = look()
    if found is None and waited < enough:
        why = "max_wait leaves no time to see"
        if portal.pacer.interrupt.cancelled_for() is not None:
            why = "the task was cancelled"
        raise exc.saying(
            f"whether it was carried out is not known: it is not listed, may still be under way, and {why}."
            " It was not sent again"
        )
    return found


def _soon(portal: Portal, look: Callable[[], Made | None]) -> Made | None:
    """What ``look`` finds, now or as soon as the listing has caught up."""
    found = look()
    for delay in LAG:
        if found is not None or not portal.pacer.wait(delay):
            break
        found = look()
    return found


def _looked(cause: RequestError, look: Callable[[], Made]) -> Made:
    try:
        return look()
    except RequestError as exc:
        raise cause.saying(f"looking whether it happened failed too: {exc}") from exc


def _deleted(portal: Portal, delete: Callable[[], None], still_there: Callable[[], bool]) -> None:
    """portal-api, "status of an unknown id": 404 and 403 can both mean gone; the listing decides."""
    try:
        delete()
    except (RejectedError, OutcomeUnknownError) as exc:
        if isinstance(exc, RejectedError) and not exc.may_be_gone:
            raise
        still_listed = partial(_looked, exc, still_there)
        if not until(portal, lambda: not still_listed()):
            raise


def _doubled(what: str, ids: list[int | None]) -> ConflictError:
    return ConflictError(
        f"the portal lists {len(ids)} {what}, with the ids {', '.join(map(str, ids))}: a request that"
        " seemed lost was carried out as well. None was removed; remove the one that is not needed"
    )
