# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Runs a plan's steps in their order, group by group. Nothing else changes the portal."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

from .._api.portal import Portal
from .._errors import (
    NotReachedError,
    OtherMadeError,
    RejectedError,
    StepError,
    WaitRefusedError,
    WireguardError,
)
from .._model import PortForward, Secrets
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.steps import Group, Plan, Step, replaced_users, replaces
from .journal import Journal
from .replacement import Replacement
from .restoring import put_back, restore_rule
from .server_state import ServerState, cause_of
from .step_log import DONE, FAILED, StepLog


class Applier:
    """Applies plans to one server, and keeps account of them in a journal."""

    def __init__(
        self,
        portal: Portal,
        server_id: int,
        desired: Desired,
        step_log: StepLog,
        taken: Journal,
        warnings: list[str],
    ) -> None:
        self.server = ServerState(portal, server_id)
        self._pacer = portal.pacer
        self._desired = desired
        self._step_log = step_log
        self._taken = taken
        self._warnings = warnings

    @property
    def current(self) -> Current:
        """What the server holds, as far as is known."""
        return self.server.current

    @property
    def secrets(self) -> dict[str, Secrets]:
        """The configurations and keys that creations answered."""
        return self.server.secrets

    def apply(self, plan: Plan) -> None:
        """Run every step. Raises ``StepError`` at the first that fails; no later one is run."""
        self.server.current = plan.before
        if not plan.groups:
            return
        self._begin(plan.steps)
        try:
            self._pacer.expect(len(plan.steps))
        except WaitRefusedError as exc:
            self._step_log.stop()
            raise StepError(str(exc), exc, plan.steps[0]) from exc
        for group in plan.groups:
            self._run_group(group)
        self._complete(plan.steps[-1])

    def give_back(self, step: Step) -> None:
        """Carry out one step that gives something back. Raises a ``StepError`` where that was broken off."""
        self._begin([step])
        try:
            self._carry_out(step, None)
        except WireguardError:
            self._step_log.failed(step)
            raise
        except BaseException as exc:
            self._step_log.stop()
            raise StepError(str(cause_of(exc)), cause_of(exc), step) from exc

    def give_rule_back(
        self, step: Step, rule: PortForward
    ) -> list[tuple[PortForward, WireguardError | None]]:
        """Create a rule again (E8), or what of it can be; with what went wrong, of each part.

        Raises a ``StepError`` where that was broken off.
        """
        self._begin([step])
        try:
            # Trying again is not interrupted; a signal takes effect after it.
            with self._pacer.interrupt.hold(), self._pacer.interrupt.shield():
                parts = list(restore_rule(self.server, step.name, rule))
                if any(problem is None for _part, problem in parts):
                    self._step_log.done(step)
                else:
                    self._step_log.failed(step)
        except BaseException as exc:
            self._step_log.stop()
            raise StepError(str(cause_of(exc)), cause_of(exc), step) from exc
        return parts

    def _begin(self, steps: Iterable[Step]) -> None:
        """Note, before the first write, that what was seen of these users counts no more."""
        names = {step.name for step in steps}
        problem = self._taken.memories.begin(self.server.server_id, names)
        if problem:
            self._warnings.append(problem)

    def _run_group(self, group: Group) -> None:
        replacement = (
            Replacement(self.server, self._desired, self._taken, self._warnings)
            if replaces(group)
            else None
        )
        step, before, begun = group[0], self.current, False
        with ExitStack() as held:
            try:
                if replacement:
                    held.callback(replacement.release)
                    held.enter_context(self._pacer.reserved(_requests(group)))
                    group = self._looked_at(replacement, group)
                    step, before = group[0], self.current
                    replacement.begin(group)
                begun = True
                for step in group:
                    self._carry_out(step, replacement)
            except BaseException as exc:
                # BaseException: a job that is cancelled in the middle puts back what it removed.
                done = group if begun else ()
                raise self._failed(done, step, before, exc, replacement) from exc
            if replacement:
                with self._pacer.interrupt.shield():
                    replacement.done(group, before.public_keys)

    def _looked_at(self, replacement: Replacement, group: Group) -> Group:
        """A group that replaces a user, planned anew from what the user has now."""
        again = replacement.looked_at(group)
        if again != group:
            self._step_log.swap(group, again)
            return again
        return group

    def _carry_out(self, step: Step, replacement: Replacement | None) -> None:
        # What is done is booked before a signal can take effect.
        with self._pacer.interrupt.hold():
            if replacement:
                replacement.before(step)
            self.server.carry_out(step)
            self._step_log.done(step)
            if replacement:
                replacement.after(step)
        self._pacer.progress(*self._step_log.progress())

    def _failed(
        self,
        group: Group,
        step: Step,
        before: Current,
        exc: BaseException,
        replacement: Replacement | None,
    ) -> StepError:
        """What became of a group that ended at ``step``, once what it removed is put back.

        ``group`` is empty where it was not begun.
        """
        cause = cause_of(exc)
        with self._pacer.must_finish() if replacement and group else self._pacer.without_waiting():
            note = self._logged(step, cause, begun=bool(group))
            self._step_log.stop()
            restored = put_back(self.server, group, before)
            if replacement and group:
                replacement.put_back(restored, group)
        self._step_log.put_back(restored.undone, restored.created)
        notes = [note, *restored.notes]
        details = cause.result()
        cancelled = self._pacer.interrupt.pending()
        if cancelled:
            # Nothing is planned again for a job that was cancelled meanwhile.
            cause = cause_of(cancelled)
            notes.append(str(cause))
        return StepError("; ".join(notes), cause, step, lost=restored.lost, **details)

    def _logged(self, step: Step, cause: WireguardError, *, begun: bool) -> str:
        """Book what became of the step that ended a group, and say it."""
        entry, what = (
            self._step_log.entry(step),
            f"{step.action} {step.kind.replace('_', ' ')} {_named(step)}",
        )
        if entry.status == DONE:
            return f"{cause}, after {what} was done"
        happened = self.server.happened(step) if begun and not _never_happened(cause) else False
        entry.status = DONE if happened else FAILED
        entry.other_made = isinstance(cause, OtherMadeError)
        unknown = "; whether it was carried out could not be seen" if happened is None else ""
        return f"{what}: {cause}{unknown}"

    def _complete(self, last: Step) -> None:
        try:
            self.server.learn_ids()
        except BaseException as exc:
            cause = cause_of(exc)
            message = f"every step was done, but a listing afterwards failed: {cause}"
            raise StepError(message, cause, last) from exc


def _requests(group: Group) -> int:
    """The requests that a replacement takes, those of its way back included."""
    looks = 7 if replaced_users(group) else 0  # at rules, key and limit; and the limit put back
    return looks + len(group) + sum(step.action == "delete" for step in group)


def _never_happened(cause: WireguardError) -> bool:
    """Whether the cause of a failure shows that the step was not carried out."""
    # And no earlier try of it was: that would be the cause.
    return isinstance(cause, (NotReachedError, WaitRefusedError, RejectedError))


def _named(step: Step) -> str:
    return f"{step.rule.text()} of user {step.name!r}" if step.rule else repr(step.name)
