# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The one way through for everything that changes the portal: plan, then apply.

Check mode stops before the second. Where somebody else was in the way, look at the whole server, plan
again, and go on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial

from .._api.finding import name_holder
from .._api.portal import Portal
from .._errors import ChangedMeanwhileError, ContendedError, StepError, WireguardError
from .._model import LostForward, PortForward, Server
from .._planning.approval import refuse_unapproved
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.expiry import expired_warnings
from .._planning.memory import Look
from .._planning.plan import Earlier, alike, make_plan, not_there
from .._planning.ports import new_rules
from .._planning.replacing import given_up
from .._planning.steps import Plan, replaces
from .._planning.taken import at_stake
from .._text import show
from .applier import Applier
from .giving_back import GivingBack
from .journal import Journal
from .loading import load_current, load_ending, load_forwards
from .outcome import Outcome, still_lost, with_lost, with_rules
from .refreshing import Refresh
from .server_state import cause_of
from .step_log import StepLog
from .writes import LAG, until

# How often the plan is made anew because somebody else changed the server meanwhile.
MAX_ROUNDS = 4


def converge(
    portal: Portal,
    server: Server,
    desired: Desired,
    seen: Current,
    taken: Journal,
    *,
    check_mode: bool,
    refresh: Refresh | None = None,
    before: Callable[[Current], None] | None = None,
) -> Outcome:
    """Bring the server from ``seen`` to what is ``desired``; in check mode, only say how.

    ``taken`` is where it is written down what replacements take away; what a task that was cut off has
    left there is given back first. ``refresh`` says of whom ``seen`` is only remembered. ``before`` is
    called with what the plan leads to, before the first write.
    Reads by E2, E5 and E7, writes by E3, E6, E8 and E9 (portal-api).
    A step that fails is the outcome's ``error``. Raises, before any write, ``GuardError`` or
    ``ConflictError`` for a plan that may not be carried out, and ``RequestError`` for a failed look.
    """
    refresh, looks = refresh or Refresh(0.0, {}), dict[str, Look]()
    try:
        seen = load_ending(portal, desired, seen)
        with closing(GivingBack(portal, server.id, desired, taken)) as giving:
            outcome, run = _planned(
                portal, server, desired, seen, taken, giving, check_mode, refresh
            )
            if before:
                before(outcome.after)
            if run:
                run()
        looks = refresh.looks(outcome)
    finally:
        problem = taken.memories.end(server.id, looks, forget=refresh.contradicted)
    outcome.warnings += [problem] if problem else []
    return outcome


def _planned(
    portal: Portal,
    server: Server,
    desired: Desired,
    seen: Current,
    taken: Journal,
    giving: GivingBack,
    check_mode: bool,
    refresh: Refresh,
) -> tuple[Outcome, Callable[[], None] | None]:
    """What would be done, and what does it (None: there is nothing to do)."""
    back = giving.plan(seen) if giving else Plan((), seen, seen)
    refuse_unapproved(desired.approved, back.steps, seen, whole=True, restored=True)
    made = make_plan(desired, back.after)
    warnings = [
        *giving.warnings,
        *alike(made),
        *not_there(desired, seen),
        *expired_warnings(desired),
        *given_up(desired, made.before),
    ]
    if check_mode or desired.takeover:
        # A run that may take over plans from what a check sees, so that both do the same.
        made = _with_holders(portal, server.id, desired, made, warnings if check_mode else [])
    if any(at_stake(group, desired, False) for group in made.groups if replaces(group)):
        taken.check()
    step_log = StepLog()
    step_log.plan([*back.steps, *made.steps])
    in_diff = back.names() | made.names() | {user.client_name for user in desired.users}
    listed = set(seen.forwards) | with_rules(back) | with_rules(made)
    before = back.before if back.steps else made.before
    outcome = Outcome(server, step_log, before, made.after, in_diff, listed, warnings=warnings)
    if check_mode:
        warnings += giving.predict()
    if check_mode or not (giving or made.steps):
        return outcome, None
    return outcome, partial(
        _Rounds(portal, desired, outcome, taken, refresh).run, made, giving, back
    )


def _with_holders(
    portal: Portal, server_id: int, desired: Desired, made: Plan, warnings: list[str]
) -> Plan:
    """The plan, made from a look at all who could hold a port that is to be forwarded.

    A real run meets a port that another user holds as a 409; check mode has to look.
    """
    unseen = [name for name in made.before.users if name not in made.before.forwards]
    if not unseen or not new_rules(made.steps, Current() if desired.takeover else made.before):
        return made
    free_now = portal.pacer.free_now()
    if desired.not_selected is None and (free_now is None or free_now >= len(unseen)):
        again = make_plan(desired, load_forwards(portal, server_id, made.before, unseen))
        # The same steps: what was seen besides is not part of the result of a real run either.
        return made if again.steps == made.steps else again
    why = (
        "It would take more requests than the rate limit has room for now"
        if desired.not_selected is None
        else "`only` leaves them alone"
    )
    warnings.append(
        f"not checked: whether one of the {len(unseen)} other users of the server holds a declared"
        f" port. {why}"
    )
    return made


class _Rounds:
    """Applies a plan; where somebody else was in the way, plans again and goes on."""

    def __init__(
        self,
        portal: Portal,
        desired: Desired,
        outcome: Outcome,
        taken: Journal,
        refresh: Refresh,
    ) -> None:
        self._portal = portal
        self._desired = desired
        self._outcome = outcome
        self._server = outcome.server
        self._taken = taken
        self._refresh = refresh
        self._seen = frozenset(user.id for user in outcome.before.users.values())
        self._applier = Applier(
            portal, outcome.server.id, desired, outcome.step_log, taken, outcome.warnings
        )
        outcome.secrets = self._applier.secrets

    def run(self, made: Plan, giving: GivingBack, back: Plan) -> None:
        """Give back what is missing, then apply the plan."""
        try:
            made = self._given_back(made, giving, back)
        except StepError as exc:
            self._outcome.after = self._applier.current
            self._outcome.error = exc
        else:
            self._run(made)

    def _given_back(self, made: Plan, giving: GivingBack, back: Plan) -> Plan:
        """The plan from where that leads."""
        if not giving:
            return made
        self._applier.server.current = back.before
        self._outcome.warnings += giving.run(self._applier)
        if not back.steps:
            return made
        self._outcome.after = self._applier.current
        try:
            again = make_plan(self._desired, self._applier.current)
        except WireguardError as exc:
            raise StepError(str(exc), exc, back.steps[-1]) from exc
        self._outcome.adopt(again)
        return again

    def _run(self, made: Plan) -> None:
        lost: list[LostForward] = []
        for number in range(MAX_ROUNDS):
            try:
                self._applier.apply(made)
            except StepError as exc:
                self._outcome.after = self._applier.current
                lost += exc.lost
                try:
                    made = self._planned_again(exc, number)
                except StepError as final:
                    remaining = still_lost(lost, self._desired, self._applier.current)
                    self._outcome.error = with_lost(final, remaining)
                    return
                self._outcome.adopt(made)
            else:
                self._outcome.after = self._applier.current
                self._taken.made_good()
                return

    def _planned_again(self, failed: StepError, number: int) -> Plan:
        """A new plan after somebody else was in the way. Raises ``failed``, explained, if it is final."""
        meanwhile = isinstance(failed.cause, ChangedMeanwhileError)
        if not meanwhile and not isinstance(failed.cause, ContendedError):
            raise failed
        try:
            if meanwhile:
                self._outcome.warnings.append(str(failed.cause))
                remembered = self._refresh.remembered
                made = self._plan(self._loaded() if remembered else self._applier.current)
            elif failed.step.rule is None:
                made = self._planned_without_name(failed, number)
            else:
                made = self._planned_without_port(failed.step.rule, number)
        except StepError:
            raise
        except WireguardError as exc:
            raise _explained(failed, str(exc)) from exc
        except BaseException as exc:
            # A job that is cancelled here has something to report all the same.
            raise _explained(failed, str(cause_of(exc))) from exc
        if number + 1 == MAX_ROUNDS:
            raise _explained(failed, f"given up after {MAX_ROUNDS} plans, each of which met a 409")
        if not all(_made_up_for(lost.rule, self._desired) for lost in failed.lost):
            raise _explained(failed, "somebody else was in the way meanwhile")
        return made

    def _planned_without_port(self, rule: PortForward, number: int) -> Plan:
        """A plan that knows who holds the port, by a look at the whole server."""
        current = self._loaded(everyone=True)
        if not current.holds(rule) and self._portal.pacer.wait(LAG[min(number, len(LAG) - 1)]):
            # A 409, and nobody holds it: the listing may lag behind, or the portal itself.
            current = self._loaded(everyone=True)
        return self._plan(current)

    def _planned_without_name(self, failed: StepError, number: int) -> Plan:
        """A plan that knows of a user whom the listing did not show when the portal said 409."""
        name = failed.step.name
        holder = name_holder(self._portal, self._server, name)
        if holder:
            raise _explained(failed, holder)
        current = self._applier.current

        def listed() -> bool:
            nonlocal current
            current = self._loaded()
            return name in current.users

        if not until(self._portal, listed):
            raise _explained(failed, f"no server of the account lists a user {show(name, 80)!r}")
        return self._plan(current)

    def _loaded(self, everyone: bool = False) -> Current:
        self._refresh.looked_at_all()
        users = self._portal.users(self._server.id)
        return load_current(self._portal, self._server.id, self._desired, users, everyone)

    def _plan(self, current: Current) -> Plan:
        deleted = self._outcome.step_log.users_deleted()
        return make_plan(self._desired, current, Earlier(deleted, self._seen))


def _made_up_for(lost: PortForward, desired: Desired) -> bool:
    """Whether what is declared takes the place of all of a lost rule, a comment to keep included."""
    wanted = desired.targets
    slots = [(lost.external_port, protocol) for protocol in lost.protocols]
    return all(
        slot in wanted and (wanted[slot].comment is not None or not lost.comment) for slot in slots
    )


def _explained(failed: StepError, why: str) -> StepError:
    return StepError(
        f"{failed}; {why}", failed.cause, failed.step, lost=failed.lost, **failed.details
    )
