# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Gives back what a task that was cut off took away, before a plan is made for a server."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from .._api.portal import Portal
from .._errors import RejectedError, WireguardError
from .._model import LostForward
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.giving_back import (
    GivenBack,
    give_back,
    leaves_alone,
    names_to_look_at,
    summary,
)
from .._planning.plan import after_steps
from .._planning.presence import as_devices_are
from .._planning.steps import Group, Plan, Step
from .._text import listing, show
from .applier import Applier
from .journal import Journal, OpenEntry, date_of
from .loading import load_forwards
from .replacement import put_limit_back


@dataclass
class _Case:
    """An open entry, and what is done about it."""

    opened: OpenEntry
    found: GivenBack = field(default_factory=GivenBack)
    given: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    @property
    def rules(self) -> Iterable[tuple[Step, LostForward]]:
        steps = (step for step in self.group if step.rule)
        return zip(steps, self.found.rules, strict=True)

    group: Group = ()


class GivingBack:
    """The open entries of one server, and what of them this task gives back."""

    def __init__(self, portal: Portal, server_id: int, desired: Desired, journal: Journal) -> None:
        self.warnings: list[str] = []
        self._portal = portal
        self._server_id = server_id
        self._desired = desired
        self._cases = [
            _Case(opened)
            for opened in journal.open_entries(server_id, self.warnings)
            if not self._left_alone(opened)
        ]

    def __bool__(self) -> bool:
        return bool(self._cases)

    def plan(self, seen: Current) -> Plan:
        """What can be given back, from a look at all who could hold a port, as far as there is room."""
        current = self._looked_at(seen)
        before, groups = current, []
        for case in self._cases:
            entry = case.opened.entry
            case.found = give_back(
                entry, as_devices_are(self._desired, current), current, time.time()
            )
            case.group = case.found.group()
            case.given, case.lost = list(summary(case.found)), list(case.found.lost)
            case.open = list(case.found.waiting)
            if case.group:
                groups.append(case.group)
                current = after_steps([case.group], current)
        return Plan(tuple(groups), before, current)

    def close(self) -> None:
        """Leave what is still open for the next task."""
        for case in self._cases:
            case.opened.release()

    def predict(self) -> list[str]:
        """What check mode has to say. The entries are left as they are."""
        return [text for case in self._cases for text in _report(case, case.opened.path)]

    def run(self, applier: Applier) -> list[str]:
        """Give it back, and end the entries. Returns what to report. Raises ``StepError``."""
        texts: list[str] = []
        for case in self._cases:
            self._run(applier, case)
            texts += self._ended(case)
        return texts

    def _left_alone(self, opened: OpenEntry) -> bool:
        if not leaves_alone(opened.entry, self._desired):
            return False
        opened.release()
        return True

    def _looked_at(self, seen: Current) -> Current:
        names = {n for case in self._cases for n in names_to_look_at(case.opened.entry, seen)}
        unseen = [name for name in seen.users if name not in seen.forwards]
        room = self._portal.pacer.free_now()
        if self._desired.not_selected is None and (room is None or room >= len(unseen)):
            names |= set(unseen)
        missing = [name for name in seen.users if name in names and name not in seen.forwards]
        return load_forwards(self._portal, self._server_id, seen, missing)

    def _run(self, applier: Applier, case: _Case) -> None:
        case.given = []
        absent = {name for name in case.found.make if not self._made(applier, case, name)}
        for step, kept in case.rules:
            if step.name in absent:
                case.open.append(kept.text())
            else:
                self._give_rule(applier, case, step, kept)
        for name in case.found.limits:
            taken = case.opened.entry.user(name)
            if taken and taken.settings and name not in absent:
                problem = put_limit_back(applier.server, name, taken.settings)
                if problem:
                    case.lost.append(problem)
                else:
                    case.opened.note({"limited": name})

    def _made(self, applier: Applier, case: _Case, name: str) -> bool:
        step = next(step for step in case.group if step.name == name and step.rule is None)
        case.opened.note({"making": name})
        try:
            applier.give_back(step)
        except WireguardError as exc:
            case.open.append(f"user {show(name, 80)!r} ({exc})")
            return False
        case.opened.note({"made": name, "id": applier.server.current.users[name].id})
        case.given.append(f"user {show(name, 80)!r}")
        return True

    def _give_rule(self, applier: Applier, case: _Case, step: Step, kept: LostForward) -> None:
        number = case.opened.entry.rules.index(kept) if kept in case.opened.entry.rules else None
        for part, problem in applier.give_rule_back(step, kept.rule):
            text = LostForward(kept.client_name, part).text()
            if problem is None:
                case.given.append(text)
                if number is not None and part.protocols == kept.rule.protocols:
                    case.opened.note({"stands": number})
            elif isinstance(problem, RejectedError):
                case.lost.append(f"{text} ({problem})")
            else:
                case.open.append(f"{text} ({problem})")

    def _ended(self, case: _Case) -> list[str]:
        opened = case.opened
        if case.lost and not case.open:
            return _report(case, opened.set_aside())
        texts = _report(case, opened.path)
        if case.open:
            opened.note({"reported": True})
            opened.release()
        else:
            opened.close()
        return texts


def _report(case: _Case, path: str) -> list[str]:
    """What is given back, what can't be, and what waits; of the last, in full only once."""
    who = f"a task that was cut off on {date_of(case.opened.entry)}"
    where = show(path, 300)
    texts = []
    if case.given:
        texts.append(f"Given back, as {who} had taken it away: {', '.join(case.given)}")
    if case.lost:
        texts.append(
            f"NOT GIVEN BACK, though {who} had taken it away: {'; '.join(case.lost)}. It is kept in {where}"
        )
    if case.open and case.opened.entry.reported:
        names = listing(sorted(case.opened.entry.names()))
        texts.append(f"What {who} took away of {names} is still to be given back: {where}")
    elif case.open:
        texts.append(
            f"Missing since {who}: {'; '.join(case.open)}. A task that names the user gives it back, for"
            f" seven days; it is written down in {where}"
        )
    return texts
