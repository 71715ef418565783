# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Runs a plan's steps in their order, and puts back what a group that fails half-way has removed.

Nothing else changes the portal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .._api.portal import Portal
from .._errors import (
    ContendedError,
    NotFoundError,
    NotReachedError,
    RejectedError,
    StepError,
    WaitRefusedError,
    WireguardError,
)
from .._model import LostForward, PortForward, Secrets, protocol_name
from .._planning.current import Current
from .._planning.plan import Group, Plan, Step
from . import writes
from .journal import DONE, FAILED, Journal


class Applier:
    """Applies plans to one server. ``state`` is what the server holds, as far as is known."""

    def __init__(self, portal: Portal, server_id: int, journal: Journal) -> None:
        self._portal = portal
        self._server_id = server_id
        self._journal = journal
        self.state = Current()
        self.secrets: dict[str, Secrets] = {}
        self._cancelled: WireguardError | None = None

    def apply(self, plan: Plan) -> None:
        """Run every step. Raises ``StepError`` at the first that fails; no later one is run."""
        self.state = plan.before
        self._portal.expect(len(plan.steps))
        for group in plan.groups:
            self._run_group(group)
        if plan.groups:
            self._complete(plan.steps[-1])

    def _run_group(self, group: Group) -> None:
        step = group[0]
        try:
            for step in group:
                self._run(step)
                self._journal.entry(step).status = DONE
        except BaseException as exc:
            # BaseException: a job that is cancelled in the middle puts back what it removed.
            self._journal.entry(step).status = FAILED
            self._journal.stop()
            cause = _cause(exc)
            if not _never_happened(step, cause):
                self._look_again(step)
            notes, lost = self._put_back(group)
            said = [f"{step.action} {step.kind} {_named(step)}: {cause}", *notes]
            details = cause.result()
            if self._cancelled:
                # Nothing is planned again for a job that was cancelled meanwhile.
                said.append(str(self._cancelled))
                cause = self._cancelled
            raise StepError("; ".join(said), cause, step, lost=lost, **details) from exc

    def _run(self, step: Step) -> None:
        if step.rule is None:
            self._run_user(step)
        else:
            self._run_forward(step.action, step.name, step.rule, step.any_comment)

    def _run_user(self, step: Step) -> None:
        if step.action == "create":
            user, secrets = writes.create_user(self._portal, self._server_id, step.name)
            self.state = self.state.with_user(user)
            self.secrets[step.name] = secrets
        else:
            writes.delete_user(self._portal, self._server_id, self.state.users[step.name])
            self.state = self.state.without_user(step.name)

    def _run_forward(
        self, action: str, name: str, rule: PortForward, any_comment: bool = False
    ) -> None:
        user_id = self._user_id(name)
        if action == "create":
            made = writes.create_port_forward(self._portal, user_id, rule, any_comment=any_comment)
            self.state = self.state.with_forward(name, made)
        else:
            writes.delete_port_forward(self._portal, user_id, rule)
            self.state = self.state.without_forward(name, rule)

    def _user_id(self, name: str) -> int:
        """A user's id. Where creating it did not tell, one listing does for all that are new."""
        if self.state.users[name].id is None:
            for user in self._portal.users(self._server_id):
                known = self.state.users.get(user.client_name)
                if known and known.id is None:
                    self.state = self.state.with_user_known(user)
        user_id = self.state.users[name].id
        if user_id is None:
            raise NotFoundError(f"user {name!r} was created, but the server does not list it")
        return user_id

    def _complete(self, last: Step) -> None:
        """Learn the ids that the answers to creations did not tell: results are to have them."""
        try:
            for name, user in self.state.users.items():
                if user.id is None:
                    self._user_id(name)
            for name, rules in self.state.forwards.items():
                if any(rule.id is None for rule in rules):
                    listed = self._portal.port_forwards(self._user_id(name))
                    self.state = self.state.with_forwards(name, listed)
        except BaseException as exc:
            cause = _cause(exc)
            message = f"every step was done, but a listing afterwards failed: {cause}"
            raise StepError(message, cause, last) from exc

    def _look_again(self, step: Step) -> None:
        """After a failure that leaves it open whether the step happened."""
        if step.rule is None:
            return
        user_id = self.state.users[step.name].id
        try:
            rules = self._portal.port_forwards(user_id) if user_id is not None else []
        except BaseException as exc:  # noqa: BLE001 - whatever it is, putting back comes first
            self._note_cancellation(exc)
            if step.action == "delete":
                # It may be gone. To create it again finds it, or restores it, or reports it.
                self.state = self.state.without_forward(step.name, step.rule)
            return
        self.state = self.state.with_forwards(step.name, rules)

    def _put_back(self, group: Group) -> tuple[list[str], list[LostForward]]:
        """Restore what the group removed and nothing serves now: a note on each, and the losses."""
        notes: list[str] = []
        lost: list[LostForward] = []
        for step, rule in _missing(group, self.state):
            lost_before = len(lost)
            for part, problem in self._restored(step.name, rule):
                if problem is None:
                    notes.append(f"the old rule {part.text()} of user {step.name!r} was put back")
                    continue
                lost.append(LostForward(step.name, part))
                notes.append(
                    f"THE OLD RULE {part.text()} OF USER {step.name!r} IS LOST: putting it back"
                    f" failed too ({problem})"
                )
            self._journal.entry(step).put_back = len(lost) == lost_before
        return notes, lost

    def _restored(
        self, name: str, rule: PortForward
    ) -> Iterator[tuple[PortForward, WireguardError | None]]:
        """Create a rule again: what became of it, or of each protocol where it has to be parted."""
        try:
            try:
                self._run_forward("create", name, rule)
            except BaseException as exc:
                if not self._note_cancellation(exc):
                    raise
                # Cancelled in the middle of it. Once more: what did happen already is found.
                self._run_forward("create", name, rule)
        except WireguardError as exc:
            if isinstance(exc, ContendedError) and len(rule.protocols) > 1:
                # Somebody took one of the two protocols meanwhile; the other can still be saved.
                for protocol in sorted(rule.protocols):
                    yield from self._restored(name, replace(rule, protocol=protocol))
            else:
                yield rule, exc
        else:
            yield rule, None

    def _note_cancellation(self, exc: BaseException) -> bool:
        """Whether this is no error of ours. Putting back what is missing goes on all the same."""
        if isinstance(exc, WireguardError):
            return False
        self._cancelled = _cause(exc)
        return True


def _never_happened(step: Step, cause: WireguardError) -> bool:
    """Whether the cause of a failure tells that the step was not carried out."""
    if step.action == "delete" and isinstance(cause, (NotReachedError, WaitRefusedError)):
        return True  # and no earlier try of it was: that would be the cause
    return isinstance(cause, RejectedError)


def _missing(group: Group, now: Current) -> list[tuple[Step, PortForward]]:
    """What a failed replacement took away and nothing serves now, as rules to create again.

    Only the protocols that the group was to create: what was declared gone stays gone.
    """
    rules = [rule for rules in now.forwards.values() for rule in rules]
    missing: list[tuple[Step, PortForward]] = []
    for step in group:
        old = step.rule
        if step.action != "delete" or old is None:
            continue
        served = {
            p for rule in rules if rule.external_port == old.external_port for p in rule.protocols
        }
        meant = {
            p
            for other in group
            if other.action == "create" and other.rule
            for p in other.rule.protocols
        }
        protocols = (old.protocols & meant) - served
        if protocols:
            back = replace(old, id=None, protocol=protocol_name(frozenset(protocols)))
            missing.append((step, back))
    return missing


def _cause(exc: BaseException) -> WireguardError:
    """The failure as an error of ours. An interrupt is one; a defect shows as what it is."""
    if isinstance(exc, WireguardError):
        return exc
    return WireguardError(f"interrupted by {type(exc).__name__} {exc}".rstrip())


def _named(step: Step) -> str:
    return f"{step.rule.text()} of user {step.name!r}" if step.rule else repr(step.name)
