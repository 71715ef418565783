# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What of a server differs from what is desired: the steps that a plan would take, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._errors import ConflictError, GuardError
from .current import Current
from .desired import Desired
from .plan import make_plan
from .steps import Step


@dataclass(frozen=True)
class Difference:
    """A step that would bring a server to what is declared, in the words of a plan."""

    action: str
    kind: str
    name: str
    what: str


@dataclass(frozen=True)
class Drift:
    """What of a server differs from its declaration; ``error`` is why that can't be known."""

    differences: Sequence[Difference] = ()
    error: str | None = None


def drift_of(desired: Desired, current: Current) -> Drift:
    """What the plan for a server that is known as far as ``names_to_list`` asks for would do."""
    try:
        return Drift([_difference(step) for step in make_plan(desired, current).steps])
    except (ConflictError, GuardError) as exc:
        return Drift(error=str(exc))


def _difference(step: Step) -> Difference:
    what = step.rule.text() if step.rule else step.name
    return Difference(step.action, step.kind, step.name, what)
