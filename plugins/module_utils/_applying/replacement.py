# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A group that takes something away to put it back: looked at, written down, and made sure of.

A user is looked at again directly before its own deletion: at the rate limit, minutes may have passed
since the plan was made. Its bandwidth limit ends with it, and is put back as it was read.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .._api.parsing import without_keys
from .._errors import (
    AnswerError,
    ChangedMeanwhileError,
    RejectedError,
    StepError,
    WireguardError,
)
from .._model import User
from .._planning.approval import refuse_unapproved
from .._planning.desired import Desired
from .._planning.presence import as_devices_are
from .._planning.replacing import has_revoked_key, refuse_lossy, replacement
from .._planning.steps import Group, Step, replaced_users
from .._planning.taken import at_stake, entry_of, note_of
from .._text import show
from .journal import Journal, OpenEntry
from .loading import public_key_of
from .restoring import Restored
from .server_state import ServerState
from .unpublished import Setting, is_unset, look, set_fields, stands

Limit = Mapping[str, Any]


class Replacement:
    """One such group, from the last look before it to its end. ``group`` is what is to be run."""

    def __init__(
        self, server: ServerState, desired: Desired, journal: Journal, warnings: list[str]
    ) -> None:
        self._server = server
        self._desired = desired
        self._journal = journal
        self._warnings = warnings
        self._limits: dict[str, Limit] = {}
        self._old: dict[str, int | None] = {}
        self._entry: OpenEntry | None = None

    def looked_at(self, group: Group) -> Group:
        """The group, planned anew from what its users have now (E5, E7).

        Raises a ``ChangedMeanwhileError`` where a user has other keys than those to replace.
        """
        for name in replaced_users(group):
            self._look_at(name)
            desired = as_devices_are(self._desired, self._server.current)
            user = next(one for one in desired.users if one.client_name == name)
            if not has_revoked_key(user, self._server.current):
                raise ChangedMeanwhileError(f"user {name!r} was given new keys meanwhile")
            group = replacement(desired, user, self._server.current)
            refuse_lossy([group])
            refuse_unapproved(desired.approved, group, self._server.current, whole=False)
        return group

    def begin(self, group: Group) -> None:
        """Write down what has to stand afterwards, where anything could be lost. Nothing is deleted yet."""
        if at_stake(group, self._desired, bool(self._limits)):
            self._server.learn_users({step.name for step in group})
            entry = entry_of(
                self._server.server_id, time.time(), group, self._server.current, self._limits
            )
            self._entry = self._journal.begin(entry)

    def before(self, step: Step) -> None:
        """A step is about to be carried out."""
        if self._entry and step.action == "create" and step.rule is None:
            self._entry.note({"making": step.name})

    def after(self, step: Step) -> None:
        """A step was carried out."""
        if self._entry:
            user = self._server.current.users.get(step.name)
            self._entry.note(note_of(self._entry.entry, step, user.id if user else None))

    def done(self, group: Group, keys: Mapping[str, str]) -> None:
        """All stands. ``keys`` are the public keys that the users had before."""
        if self._limits:
            with self._server.portal.pacer.must_finish():
                self._put_limits_back()
        self._close()
        for step in group:
            if step.rule is None and step.action == "create":
                self._refuse_same_key(step, keys.get(step.name))

    def put_back(self, restored: Restored, group: Group) -> None:
        """The group failed, and this is what became of it: what is lost waits for the next task."""
        self._put_limits_back()
        replaced, users = replaced_users(group), self._server.current.users
        if self._entry and (restored.lost or replaced - set(users)):
            names = {rule.client_name for rule in restored.lost} - replaced
            owners = {name: users[name].id for name in sorted(names & set(users))}
            self._entry.missing(restored.lost, owners)
            restored.notes.append(
                "the next task that changes this server gives back what is missing"
                f" ({show(self._entry.path, 300)})"
            )
            self._journal.leave(self._entry)
            self._entry = None
        self._close()

    def release(self) -> None:
        """However it ended: what is not closed is for the next task."""
        if self._entry:
            self._entry.release()

    def _close(self) -> None:
        if self._entry:
            self._entry.close()
            self._entry = None

    def _look_at(self, name: str) -> None:
        """The rules last: nothing comes between them and the deletion."""
        portal, number = self._server.portal, self._server.user_id(name)
        user = self._server.current.users[name]
        try:
            key = public_key_of(portal, user)
            limit = self._limit_of(user)
            rules = portal.port_forwards(number)
        except RejectedError as exc:
            listed = {one.id for one in portal.users(self._server.server_id)}
            if not exc.may_be_gone or number in listed:
                raise
            self._server.current = self._server.current.without_user(name)
            raise ChangedMeanwhileError(f"user {name!r} was removed meanwhile") from exc
        current = self._server.current.with_public_key(name, key)
        self._server.current = current.with_forwards(name, rules)
        if limit and not is_unset(limit):
            self._limits[name], self._old[name] = without_keys(limit), number

    def _limit_of(self, user: User) -> Limit | None:
        try:
            return look(self._server.portal, bandwidth_of(user), {})
        except (AnswerError, RejectedError) as exc:
            self._warnings.append(
                f"whether user {show(user.client_name, 80)!r} has a bandwidth limit could not be read"
                f" ({exc}); if it had one, new keys end it"
            )
            return None

    def _put_limits_back(self) -> None:
        for name, limit in self._limits.items():
            user = self._server.current.users.get(name)
            # Who was not deleted has it still.
            if user and user.id != self._old[name]:
                problem = put_limit_back(self._server, name, limit)
                if problem:
                    self._warnings.append(problem)
                elif self._entry:
                    self._entry.note({"limited": name})

    def _refuse_same_key(self, step: Step, old: str | None) -> None:
        name = step.name
        secrets = self._server.secrets.get(name)
        new = ((secrets and secrets.keys) or {}).get("client_public_key")
        if new is None:
            self._server.user_id(name)
            new = public_key_of(self._server.portal, self._server.current.users[name])
        if new.strip() == old:
            cause = WireguardError(
                f"user {name!r} was deleted and created again, and the portal gave it the same public key"
            )
            raise StepError(str(cause), cause, step)


def bandwidth_of(user: User) -> Setting:
    """The setting that ends with a user."""
    owner = f"user {show(user.client_name, 80)}"
    return Setting("bandwidth", f"/users/{user.id}/bandwidth", owner)


def put_limit_back(server: ServerState, name: str, limit: Limit) -> str | None:
    """Have a limit stand there again, unless another one does. What is wrong, if anything."""
    text = f"the bandwidth limit of user {show(name, 80)!r}, {show(dict(limit), 300)},"
    try:
        server.user_id(name)
        setting = bandwidth_of(server.current.users[name])
        there = look(server.portal, setting, limit)
        if there is None or is_unset(there):
            set_fields(server.portal, setting, there, limit, check_mode=False)
        elif not stands(limit, there):
            return f"{text} was not put back: another one is set by now, {show(dict(there), 300)}"
    except WireguardError as exc:
        return f"{text} could not be put back ({exc}). Set it with wg_user_bandwidth"
    return None
