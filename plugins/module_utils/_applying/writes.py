# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Single writes that end in a known state.

A write whose outcome is unknown, or that met a 409, is settled by looking: what is there now is
adopted, what is not is sent again or reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import TypeVar

from .._api.portal import Portal
from .._errors import (
    ContendedError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    RequestError,
)
from .._model import PortForward, Secrets, User
from .._text import show

Made = TypeVar("Made")


def create_user(portal: Portal, server_id: int, name: str) -> tuple[User, Secrets]:
    """The user, created or (somebody was faster, or our own first try was carried out) found.

    Without an id where the answer does not tell it: only config and keys are published (E3). The
    secrets are empty where they were not part of an answer; E5 gives them at any time.
    """

    def look() -> tuple[User, Secrets] | None:
        user = next((u for u in portal.users(server_id) if u.client_name == name), None)
        return (user, Secrets()) if user else None

    user, secrets = _settled(portal, lambda: portal.create_user(server_id, name), look)
    if user and user.client_name != name:
        made = show(user.client_name, 80)
        raise NotFoundError(f"the portal made a user {made!r} where {name!r} was asked for")
    return user or User(None, name), secrets


def create_port_forward(
    portal: Portal, user_id: int, rule: PortForward, *, any_comment: bool
) -> PortForward:
    """The rule, created or found as it was wanted. Without an id where the answer tells none."""

    def create() -> PortForward:
        return portal.create_port_forward(user_id, rule) or replace(rule, id=None)

    def look() -> PortForward | None:
        for found in portal.port_forwards(user_id):
            if _serves(found, rule, any_comment):
                return found
        return None

    return _settled(portal, create, look)


def delete_user(portal: Portal, server_id: int, user: User) -> None:
    """The user is gone, whoever removed it."""
    if user.id is None:
        return
    user_id = user.id
    _deleted(
        lambda: portal.delete_user(user_id),
        lambda: any(other.id == user_id for other in portal.users(server_id)),
    )


def delete_port_forward(portal: Portal, user_id: int, rule: PortForward) -> None:
    """The rule is gone, whoever removed it."""
    if rule.id is None:
        return
    rule_id = rule.id
    _deleted(
        lambda: portal.delete_port_forward(rule_id),
        lambda: any(other.id == rule_id for other in portal.port_forwards(user_id)),
    )


def _settled(portal: Portal, send: Callable[[], Made], look: Callable[[], Made | None]) -> Made:
    """``send()``, or what ``look()`` finds where sending leaves it open whether it happened."""
    for attempt in count(1):
        try:
            return send()
        except RejectedError as exc:
            if not exc.conflict:
                raise
            found = _looked(look, exc)
            if found is None:
                raise ContendedError(exc.message, **exc.facts()) from exc
            return found
        except OutcomeUnknownError as exc:
            found = _looked(look, exc)
            if found is not None:
                return found
            portal.try_again(attempt, exc)
    raise AssertionError("unreachable: try_again ends the loop")


def _looked(look: Callable[[], Made | None], cause: RequestError) -> Made | None:
    try:
        return look()
    except RequestError as exc:
        raise cause.saying(f"looking whether it happened failed too: {exc}") from exc


def _deleted(delete: Callable[[], None], still_there: Callable[[], bool]) -> None:
    """portal-api, "status of an unknown id": 404 and 403 can both mean gone; the listing decides."""
    try:
        delete()
    except RejectedError as exc:
        if not exc.may_be_gone or _looked(still_there, exc):
            raise
    except OutcomeUnknownError as exc:
        if _looked(still_there, exc):
            raise


def _serves(found: PortForward, wanted: PortForward, any_comment: bool) -> bool:
    return (
        found.external_port == wanted.external_port
        and found.internal_port == wanted.internal_port
        and found.protocols >= wanted.protocols
        and (any_comment or found.comment == wanted.comment)
    )
