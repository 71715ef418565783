# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Steps of a plan, and the groups in which they belong together."""

from __future__ import annotations

from dataclasses import dataclass

from .._model import PortForward
from .current import Current


@dataclass(frozen=True)
class Step:
    """One request that changes the portal. ``rule`` is None for a step about the user itself.

    ``any_comment``: the rule is there, whatever comment it bears (nobody declared one).
    ``restored``: it gives back what a run that was cut off took away.
    """

    action: str
    name: str
    rule: PortForward | None = None
    any_comment: bool = False
    restored: bool = False

    @property
    def kind(self) -> str:
        return "user" if self.rule is None else "port_forward"


Group = tuple[Step, ...]
"""Steps that belong together: where one fails, what the earlier ones removed is put back."""


@dataclass(frozen=True)
class Plan:
    """Groups of steps, and what the server looks like before and after them."""

    groups: tuple[Group, ...]
    before: Current
    after: Current

    @property
    def steps(self) -> list[Step]:
        return [step for group in self.groups for step in group]

    def names(self) -> set[str]:
        """The users that the plan touches."""
        return {step.name for step in self.steps}


def replaces(group: Group) -> bool:
    """Whether it removes something that it is to create again, or something else in its place."""
    return {"delete", "create"} <= {step.action for step in group}


def replaced_users(group: Group) -> set[str]:
    """The users that a group deletes and creates again."""
    about_users = [step for step in group if step.rule is None]
    created = {step.name for step in about_users if step.action == "create"}
    return {step.name for step in about_users if step.action == "delete"} & created
