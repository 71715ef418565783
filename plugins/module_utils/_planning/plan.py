# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The planner: from what is desired and what is there to steps in an order that works. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._errors import GuardError
from .._model import User
from .._text import case_hint, listing
from .approval import refuse_unapproved
from .current import Current
from .desired import Desired
from .drift import counted
from .ports import Ports
from .presence import as_devices_are
from .replacing import has_revoked_key, refuse_lossy, replacements
from .steps import Group, Plan, Step


@dataclass(frozen=True)
class Earlier:
    """What this task did and saw before it had to plan again.

    ``deleted`` counts the users that it deleted, ``seen`` are the ids of its first listing: nobody saw
    any other user in a plan. None: this is the first plan.
    """

    deleted: int = 0
    seen: frozenset[int | None] | None = None


def names_to_list(desired: Desired, current: Current) -> list[str]:
    """The users whose rules the planner has to see.

    Those there are of whom rules are declared, and those that are to be replaced.
    """
    return [
        user.client_name
        for user in desired.users
        if user.present
        and user.client_name in current.users
        and (user.port_forwards is not None or has_revoked_key(user, current))
    ]


def names_ending(desired: Desired, current: Current) -> list[str]:
    """The users whose port forwards a plan ends with them, and whose rules nobody has looked at.

    None where the plan deletes more users than allowed, and so is refused.
    """
    names = _to_delete(desired, current, Earlier())
    if desired.max_deletions is not None and len(names) > desired.max_deletions:
        return []
    return [name for name in names if name not in current.forwards]


def make_plan(desired: Desired, current: Current, earlier: Earlier | None = None) -> Plan:
    """The steps that lead from ``current`` to what is ``desired``, in the order to run them.

    Raises ``GuardError`` where more users would be deleted than allowed, a rule would be removed that
    could not be created again, or the plan is not the approved one, and ``ConflictError`` where a
    declared port is held by a user whose rules the declaration may not touch.

        >>> from .desired import DesiredForward, DesiredUser
        >>> web = DesiredUser("web", port_forwards=(DesiredForward(443, 8443),))
        >>> there = Current({"old": User(1, "old")})
        >>> plan = make_plan(Desired((web,), purge_users=True), there)
        >>> [(step.action, step.kind, step.name) for step in plan.steps]
        [('delete', 'user', 'old'), ('create', 'user', 'web'), ('create', 'port_forward', 'web')]
    """
    first, earlier = earlier is None, earlier or Earlier()
    desired = as_devices_are(desired, current)
    to_delete = _to_delete(desired, current, earlier)
    new = [
        user.client_name
        for user in desired.users
        if user.present and user.may_create and user.client_name not in current.users
    ]
    _guard(desired, to_delete, earlier)
    groups: list[Group] = [
        # Deletions first: what a removed user held may be declared for another one.
        *((Step("delete", name),) for name in to_delete),
        *replacements(desired, current),
        *((Step("create", name),) for name in new),
    ]
    remaining = after_steps(groups, current)
    groups += Ports(desired, remaining).groups()
    refuse_lossy(groups)
    plan = Plan(tuple(groups), current, after_steps(groups, current))
    refuse_unapproved(desired.approved, plan.steps, current, whole=first)
    return plan


def _to_delete(desired: Desired, current: Current, earlier: Earlier) -> list[str]:
    absent = [user.client_name for user in desired.users if not user.present]
    declared = {user.client_name for user in desired.users} | (desired.not_selected or set())
    purged = [
        name
        for name, user in sorted(current.users.items())
        if desired.purge_users
        and name not in declared
        and (earlier.seen is None or user.id in earlier.seen)
    ]
    return [name for name in absent + purged if name in current.users]


def _guard(desired: Desired, to_delete: list[str], earlier: Earlier) -> None:
    limit = desired.max_deletions
    if limit is None or earlier.deleted + len(to_delete) <= limit:
        return
    before = f" after {earlier.deleted} that are deleted already" if earlier.deleted else ""
    unchanged = "" if earlier.deleted else "; nothing was changed"
    raise GuardError(
        f"the plan deletes {counted(len(to_delete), 'user')} ({listing(to_delete)}){before}, more than max_deletions"
        f" ({limit}) allows{unchanged}",
        deletions=to_delete,
    )


def after_steps(groups: Iterable[Group], current: Current) -> Current:
    """``current`` once the steps are run. New ids are None: only the portal knows them."""
    # Copied once, not for each step: a plan may have thousands of them.
    users, forwards = dict(current.users), dict(current.forwards)
    keys = dict(current.public_keys)
    for step in (step for group in groups for step in group):
        name, rules = step.name, forwards.get(step.name, ())
        if step.rule is None:
            for values in (users, forwards, keys):
                values.pop(name, None)
            if step.action == "create":
                users[name], forwards[name] = User(None, name), ()
        elif step.action == "create":
            forwards[name] = (*rules, step.rule)
        else:
            forwards[name] = tuple(other for other in rules if other is not step.rule)
    return Current(users, forwards, keys)


def alike(made: Plan) -> Iterator[str]:
    """Warn of a new user whose name another one bears in other case: mostly a slip."""
    there = made.before.users
    new = [x for x in made.steps if x.rule is None and x.action == "create" and x.name not in there]
    lower = {name.lower(): name for name in there}
    for name in (step.name for step in new if step.name.lower() in lower):
        yield f"user {name!r} is new{case_hint([name], [lower[name.lower()]])}"


def not_there(desired: Desired, seen: Current) -> Iterator[str]:
    """Warn of a user who should be absent, and is, while another has the name in other case."""
    gone = [x for x in desired.users if not x.present and x.client_name not in seen.users]
    lower = {name.lower(): name for name in seen.users}
    for name in (user.client_name for user in gone if user.client_name.lower() in lower):
        hint = case_hint([name], [lower[name.lower()]])
        yield f"user {name!r} was not found, so there is nothing to remove{hint}"
