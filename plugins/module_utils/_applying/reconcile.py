# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The one way through for everything that changes the portal: plan, then apply.

Check mode stops before the second. Where somebody else was in the way, look at the whole server, plan
again, and go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._api.portal import Portal
from .._errors import ContendedError, StepError, WireguardError
from .._model import LostForward, PortForward, Secrets, Server
from .._planning.current import Current, in_order
from .._planning.desired import Desired
from .._planning.plan import Plan, make_plan
from .._text import show
from .applier import Applier
from .journal import DONE, PLANNED, Journal
from .losses import still_lost, with_losses
from .observing import current_of, load_forwards

# How often the plan is made anew because somebody else changed the server meanwhile.
MAX_ROUNDS = 4


@dataclass
class Outcome:
    """What a declaration led to, or (check mode) would lead to.

    ``shown`` are the users that a diff is about, ``listed`` those whose rules results and diffs
    tell. A look at more of the server (for who holds a port) does not make them tell more.
    ``error`` is set where a step failed; the rest then tells what was done all the same.
    """

    server: Server
    journal: Journal
    before: Current
    state: Current
    shown: set[str]
    listed: set[str]
    secrets: dict[str, Secrets] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: StepError | None = None

    def adopt(self, made: Plan) -> None:
        """Go on with a new plan, made from a look at more of the server."""
        self.journal.plan(made.steps)
        self.shown |= made.names()
        self.listed |= _with_rules(made)
        for name, rules in made.before.forwards.items():
            if name not in self.before.forwards:
                self.before = self.before.with_forwards(name, rules)

    def deleted(self) -> set[str]:
        """The users that were deleted, or (check mode) would be, and are not there any more."""
        steps = self.journal.result()
        return {step["name"] for step in steps if _deletes_user(step)} - set(self.state.users)

    def user_result(self, name: str, secrets: Secrets | None = None) -> dict[str, Any]:
        """A user as modules return it, with its port forwards (None: not looked at)."""
        rules = self.state.forwards.get(name) if name in self.listed else None
        result = self.state.users[name].result(self.server.id)
        result["port_forwards"] = (
            None if rules is None else [rule.result() for rule in in_order(rules)]
        )
        if secrets:
            result.update(config=secrets.config, keys=secrets.keys)
        return result

    def diff(self) -> dict[str, Any]:
        """Before and after, of the declared users and of every user that was touched."""
        return {
            "before": {"users": self._told(self.before).view(self.shown)},
            "after": {"users": self._told(self.state).view(self.shown)},
        }

    def _told(self, state: Current) -> Current:
        forwards = {name: state.forwards[name] for name in state.forwards if name in self.listed}
        return Current(state.users, forwards)


def converge(
    portal: Portal, server: Server, desired: Desired, seen: Current, *, check_mode: bool
) -> Outcome:
    """Bring the server from ``seen`` to ``declaration``; in check mode, only say how."""
    made = make_plan(desired, seen)
    warnings = [*_alike(made), *_not_there(desired, seen)]
    if check_mode:
        made = _with_holders(portal, desired, made, warnings)
    journal = Journal()
    journal.plan(made.steps)
    shown = made.names() | {user.client_name for user in desired.users}
    listed = set(seen.forwards) | _with_rules(made)
    outcome = Outcome(server, journal, made.before, made.after, shown, listed, warnings=warnings)
    if made.steps and not check_mode:
        _apply(portal, desired, made, outcome)
    return outcome


def _deletes_user(step: dict[str, Any]) -> bool:
    about = (step["action"], step["kind"])
    return about == ("delete", "user") and step["status"] in (DONE, PLANNED)


def _with_rules(made: Plan) -> set[str]:
    """The users that a plan makes, or changes the rules of."""
    return {step.name for step in made.steps if step.rule or step.action == "create"}


def _alike(made: Plan) -> list[str]:
    """Warn of a new user whose name another one bears in other case: mostly a slip."""
    names = {name.lower(): name for name in made.before.users}
    return [
        f"user {step.name!r} is new; {show(names[step.name.lower()], 80)!r} differs from it in case only"
        for step in made.steps
        if step.rule is None and step.action == "create" and step.name.lower() in names
    ]


def _not_there(desired: Desired, seen: Current) -> Iterator[str]:
    """Warn of a user who shall be absent, and is, while another has the name in other case."""
    names = {name.lower(): name for name in seen.users}
    for user in desired.users:
        near = names.get(user.client_name.lower())
        if not user.present and near and user.client_name not in seen.users:
            yield (
                f"user {user.client_name!r} was not found, so there is nothing to remove;"
                f" {show(near, 80)!r} differs from it in case only"
            )


def _with_holders(portal: Portal, desired: Desired, made: Plan, warnings: list[str]) -> Plan:
    """Check mode. A real run meets a port that another user holds as a 409; this one has to look."""
    unseen = [name for name in made.before.users if name not in made.before.forwards]
    if not unseen or not any(step.action == "create" and step.rule for step in made.steps):
        return made
    if desired.aside is None and portal.has_room_for(len(unseen)):
        again = make_plan(desired, load_forwards(portal, made.before, unseen))
        # The same steps: what was seen besides is not part of the result of a real run either.
        return made if again.steps == made.steps else again
    why = (
        "It would take more requests than the rate limit has room for now"
        if desired.aside is None
        else "`only` leaves them alone"
    )
    warnings.append(
        f"not checked: whether one of the {len(unseen)} other users of the server holds a declared"
        f" port. {why}"
    )
    return made


def _apply(portal: Portal, desired: Desired, made: Plan, outcome: Outcome) -> None:
    applier = Applier(portal, outcome.server.id, outcome.journal)
    outcome.secrets = applier.secrets
    losses: list[LostForward] = []
    for rounds_left in reversed(range(MAX_ROUNDS)):
        try:
            applier.apply(made)
        except StepError as exc:
            outcome.state = applier.state
            losses += exc.lost
            try:
                made = _planned_again(portal, desired, outcome.server, exc, rounds_left)
            except StepError as final:
                remaining = still_lost(losses, desired, applier.state)
                outcome.error = with_losses(final, remaining)
                return
            outcome.adopt(made)
        else:
            outcome.state = applier.state
            return


def _planned_again(
    portal: Portal, desired: Desired, server: Server, failed: StepError, rounds_left: int
) -> Plan:
    """A new plan after somebody else was in the way. Raises ``failed``, explained, if it is final."""
    if not isinstance(failed.cause, ContendedError):
        raise failed
    try:
        if failed.step.rule is None:
            raise _explained(failed, _name_holder(portal, server, failed.step.name))
        users = current_of(portal.users(server.id), desired)
        made = make_plan(desired, load_forwards(portal, users, users.users))
    except StepError:
        raise
    except WireguardError as exc:
        raise _explained(failed, str(exc)) from exc
    except BaseException as exc:
        # A job that is cancelled here has something to tell all the same.
        why = f"interrupted by {type(exc).__name__} {exc}".rstrip()
        raise _explained(failed, why) from exc
    if not rounds_left:
        raise _explained(failed, f"given up after {MAX_ROUNDS} plans, each of which met a 409")
    if not all(_made_up_for(lost.rule, desired) for lost in failed.lost):
        raise _explained(failed, "somebody else was in the way meanwhile")
    return made


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


def _name_holder(portal: Portal, here: Server, name: str) -> str:
    """portal-api, "whether a name may stand on two of the account's servers": say where it stands."""
    for server in portal.servers():
        if server.id != here.id and any(u.client_name == name for u in portal.users(server.id)):
            return f"the name {show(name, 80)!r} is held by a user of server {server.label()}"
    return f"no server of the account lists a user {show(name, 80)!r}"
