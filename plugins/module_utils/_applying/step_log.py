# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The log of a task's steps: which are planned, done, failed, or were not run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .._planning.steps import Step

PLANNED, DONE, FAILED, NOT_RUN = "planned", "done", "failed", "not_run"


@dataclass
class LoggedStep:
    """One step and what became of it."""

    step: Step
    status: str = PLANNED
    put_back: bool = False
    # It failed, and the portal created something else in its place.
    other_made: bool = False


class StepLog:
    """The steps of a task and what became of each."""

    def __init__(self) -> None:
        self._entries: list[LoggedStep] = []

    def plan(self, steps: Iterable[Step]) -> None:
        """Take in new steps. What an earlier plan has not achieved is given up for them."""
        self._entries = [x for x in self._entries if x.status == DONE and not x.put_back]
        self._entries += [LoggedStep(step) for step in steps]

    def steps(self) -> list[Step]:
        """All steps, in their order."""
        return [entry.step for entry in self._entries]

    def entry(self, step: Step) -> LoggedStep:
        return next(entry for entry in self._entries if entry.step is step)

    def done(self, step: Step) -> None:
        """The step is carried out."""
        self.entry(step).status = DONE

    def put_back(self, undone: Iterable[Step], created: Iterable[Step]) -> None:
        """What was removed by these steps is there again; these were carried out at another try."""
        for step in undone:
            self.entry(step).put_back = True
        for step in created:
            self.done(step)

    def swap(self, old: Iterable[Step], new: Iterable[Step]) -> None:
        """A group was planned anew, directly before it is run."""
        gone = [id(step) for step in old]
        first = next(n for n, x in enumerate(self._entries) if id(x.step) in gone)
        kept = [entry for entry in self._entries if id(entry.step) not in gone]
        self._entries = [*kept[:first], *map(LoggedStep, new), *kept[first:]]

    def failed(self, step: Step) -> None:
        """The step was not carried out."""
        self.entry(step).status = FAILED

    def progress(self) -> tuple[int, int]:
        """How many of the steps are done, and how many there are."""
        return sum(entry.status == DONE for entry in self._entries), len(self._entries)

    def users_deleted(self) -> int:
        """How many users are gone that are not created again."""
        done = [x.step for x in self._entries if x.status == DONE and x.step.kind == "user"]
        created = {step.name for step in done if step.action == "create"}
        return sum(step.action == "delete" and step.name not in created for step in done)

    def stop(self) -> None:
        """What is still planned will not be run."""
        for entry in self._entries:
            if entry.status == PLANNED:
                entry.status = NOT_RUN

    @property
    def changed(self) -> bool:
        """Whether anything was done, or would be."""
        return any(x.status in (DONE, PLANNED) or x.other_made for x in self._entries)

    def summary(self) -> dict[str, int]:
        """How much is done, or would be."""
        counts = {
            f"{kind}s_{action}d": 0
            for kind in ("user", "port_forward")
            for action in ("create", "delete")
        }
        for entry in self._entries:
            if entry.status in (DONE, PLANNED) and not entry.put_back:
                counts[f"{entry.step.kind}s_{entry.step.action}d"] += 1
        return counts

    def result(self) -> list[dict[str, Any]]:
        """The ``plan`` that modules return."""
        return [_described(entry) for entry in self._entries]


def _described(entry: LoggedStep) -> dict[str, Any]:
    """A step as modules return it. ``port_forward`` is None where the step is about the user."""
    step = entry.step
    return {
        "action": step.action,
        "kind": step.kind,
        "name": step.name,
        "what": step.rule.text() if step.rule else step.name,
        "port_forward": step.rule.definition() if step.rule else None,
        "status": entry.status,
        "put_back": entry.put_back,
        "restored": step.restored,
    }
