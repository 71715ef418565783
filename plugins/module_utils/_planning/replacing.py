# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Replaces users whose keys are revoked: there is no update, so they are deleted and created again. Pure.

Their port forwards end with them and are created again, as they stood or as they are desired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._errors import GuardError
from .._model import LostForward, PortForward, protocol_name
from .current import Current
from .desired import Desired, DesiredUser
from .steps import Group, Step, replaced_users, replaces
from .validation import rule_problem


def has_revoked_key(user: DesiredUser, current: Current) -> bool:
    """Whether the user has to be replaced."""
    return current.public_keys.get(user.client_name) in user.revoked_public_keys


def replacements(desired: Desired, current: Current) -> Iterator[Group]:
    """A group for each user that is to be replaced."""
    for user in desired.users:
        if user.present and has_revoked_key(user, current):
            yield replacement(desired, user, current)


def replacement(desired: Desired, user: DesiredUser, current: Current) -> Group:
    """The steps that give a user other keys, and all that it has to have."""
    name = user.client_name
    kept = [
        Step("create", name, rule, any_comment)
        for old in current.forwards.get(name, ())
        for rule, any_comment in _kept(desired, user, old)
        if not desired.allow_loss or rule_problem(rule) is None
    ]
    return (Step("delete", name), Step("create", name), *kept)


def refuse_lossy(groups: Iterable[Group]) -> None:
    """Raise ``GuardError`` where a rule would be removed that could not be created again."""
    lost = [
        f"{step.rule.text()} of user {step.name!r}: {problem}"
        for group in groups
        if replaces(group)
        for step in group
        if step.action == "create" and step.rule and (problem := rule_problem(step.rule))
    ]
    if lost:
        remedy = (
            "remove it in the portal first, or use wg_rotate_keys with allow_loss"
            if any(replaced_users(group) for group in groups)
            else "remove it in the portal first, or declare a comment that is short enough"
        )
        raise GuardError(
            f"nothing was changed, since the portal would not create this again: {'; '.join(lost)}."
            f" To go on, {remedy}"
        )


def given_up(desired: Desired, current: Current) -> Iterator[str]:
    """The rules that are lost where ``allow_loss`` is set, each in full."""
    for user in desired.users:
        if not (desired.allow_loss and user.present and has_revoked_key(user, current)):
            continue
        for rule in current.forwards.get(user.client_name, ()):
            if rule_problem(rule):
                lost = LostForward(user.client_name, rule)
                yield (
                    "LOST, as allow_loss is set and the portal would not create it again:"
                    f" {lost.text()}"
                )


def _kept(
    desired: Desired, user: DesiredUser, old: PortForward
) -> Iterator[tuple[PortForward, bool]]:
    """What there is to be in place of a rule that ends with its user, and if any comment will do."""
    name, port = user.client_name, old.external_port
    purged = desired.purge_port_forwards and user.port_forwards is not None
    parts: dict[tuple[int, str, bool], set[str]] = {}
    for protocol in sorted(old.protocols):
        target = desired.targets.get((port, protocol))
        if target and target.client_name == name:
            any_comment = target.comment is None
            comment = old.comment if target.comment is None else target.comment
            part = (target.internal_port, comment, any_comment)
        elif target or purged or (name, (port, protocol)) in desired.unwanted:
            continue
        else:
            part = (old.internal_port, old.comment, False)
        parts.setdefault(part, set()).add(protocol)
    for (internal_port, comment, any_comment), protocols in parts.items():
        protocol = protocol_name(frozenset(protocols))
        yield PortForward(None, port, internal_port, protocol, comment), any_comment
