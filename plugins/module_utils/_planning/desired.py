# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a server should have, validated whole before any request.

One user and one port forward are declarations like the many of ``wg_server``; there is one planner
for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from .._errors import DeclarationError
from .._model import PROTOCOLS
from .._text import show


@dataclass(frozen=True)
class DesiredForward:
    """These protocols of this external port lead there, or (``present`` false) nowhere.

    ``comment`` None is not compared. ``internal_port`` is None only for what should be absent.
    ``while_online``: only while the user's device is online; None: nothing is said of that.
    """

    external_port: int
    internal_port: int | None
    protocol: str = "tcp"
    comment: str | None = None
    present: bool = True
    while_online: bool | None = None


@dataclass(frozen=True)
class DesiredUser:
    """A user that should be there or not. ``port_forwards`` None: they are left alone.

    ``revoked_public_keys`` are keys that the user's device must not have. ``may_create`` false: the user
    is named, and not made where it is missing. ``expires`` is as declared; ``expiry.as_of`` acts on it.
    """

    client_name: str
    present: bool = True
    port_forwards: tuple[DesiredForward, ...] | None = None
    revoked_public_keys: frozenset[str] = frozenset()
    may_create: bool = True
    expires: str | None = None


@dataclass(frozen=True)
class ApprovedStep:
    """A step of a plan that somebody approved. ``rule`` None: it is about the user itself.

    ``rule`` is external port, internal port, protocol, comment; ``id`` that of the user or rule which is
    deleted, None for one that is created.
    """

    action: str
    name: str
    rule: tuple[int, int, str, str] | None
    id: int | None
    restored: bool = False


@dataclass(frozen=True)
class Desired:
    """What one server should have.

    ``takeover`` lets a declared port be taken from any user of the server; without it, only from
    one whose own port forwards are declared too. ``max_deletions`` counts users; None: no guard.
    ``allow_loss``: a user may be replaced though a port forward of it could not be created again.
    ``not_selected`` are declared users that this run leaves alone; None: it was not narrowed.
    ``approved`` are the steps that may be carried out; None: whatever is needed. ``max_age`` is for how many
    seconds a look at a user may be remembered.
    """

    users: tuple[DesiredUser, ...]
    purge_users: bool = False
    purge_port_forwards: bool = False
    max_deletions: int | None = None
    takeover: bool | None = None
    not_selected: frozenset[str] | None = None
    allow_loss: bool = False
    approved: tuple[ApprovedStep, ...] | None = None
    max_age: int = 0

    @cached_property
    def targets(self) -> dict[Slot, Target]:
        """Every declared slot and where it leads, in the declared order.

        Entries that agree are one; a comment counts where any of them gives it.
        """
        return _targets(self)

    @cached_property
    def unwanted(self) -> set[tuple[str, Slot]]:
        """The slots that a user must not hold."""
        return _unwanted(self)


@dataclass(frozen=True)
class Target:
    """Where one protocol of one external port should lead. ``entry`` tells declared rules apart."""

    client_name: str
    internal_port: int
    comment: str | None
    entry: int


Slot = tuple[int, str]
"""One external port and one protocol: what can be forwarded once for each server."""


def narrowed(desired: Desired, only: Iterable[str] | None) -> Desired:
    """The declaration with the users ``only`` names, the others set aside. None: as it is.

    Raises a ``DeclarationError`` that lists the names which are not declared.
    """
    if only is None:
        return desired
    names, declared = set(only), {user.client_name for user in desired.users}
    unknown = sorted(names - declared)
    if unknown:
        raise DeclarationError(
            [f"only: {show(name, 80)!r} is not a declared user" for name in unknown]
        )
    users = tuple(user for user in desired.users if user.client_name in names)
    return replace(desired, users=users, not_selected=frozenset(declared - names))


def _targets(desired: Desired) -> dict[Slot, Target]:
    found: dict[Slot, Target] = {}
    for number, (name, forward) in enumerate(present_forwards(desired)):
        if forward.internal_port is None:
            continue
        for protocol in sorted(PROTOCOLS[forward.protocol]):
            slot = (forward.external_port, protocol)
            target = Target(name, forward.internal_port, forward.comment, number)
            earlier = found.get(slot)
            if earlier is None or earlier.comment is None:
                found[slot] = target if earlier is None else _with_comment(earlier, target)
    return found


def _unwanted(desired: Desired) -> set[tuple[str, Slot]]:
    return {
        (user.client_name, (forward.external_port, protocol))
        for user in desired.users
        for forward in user.port_forwards or ()
        if not forward.present
        for protocol in PROTOCOLS[forward.protocol]
    }


def _with_comment(earlier: Target, later: Target) -> Target:
    return Target(earlier.client_name, earlier.internal_port, later.comment, earlier.entry)


def present_forwards(desired: Desired) -> Iterator[tuple[str, DesiredForward]]:
    """The port forwards that should be there, each with its user's client name."""
    for user in desired.users:
        for forward in user.port_forwards or ():
            if forward.present:
                yield user.client_name, forward
