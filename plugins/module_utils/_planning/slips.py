# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What is probably a slip of who wrote the declaration: a name in another case. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .._text import case_hint
from .current import Current
from .desired import Desired
from .steps import Plan


def alike(made: Plan) -> Iterator[str]:
    """Warn of a new user whose name another one bears in other case: mostly a slip."""
    there = made.before.users
    new = [x for x in made.steps if x.rule is None and x.action == "create" and x.name not in there]
    lower = {name.lower(): name for name in there}
    for name in (step.name for step in new if step.name.lower() in lower):
        yield f"user {name!r} is new{case_hint([name], [lower[name.lower()]])}"


def not_there(desired: Desired, seen: Current) -> Iterator[str]:
    """Warn of a user who should be absent, and is, while another has the name in other case."""
    gone = [x for x in desired.users if not x.present and x.client_name not in seen.users]
    lower = {name.lower(): name for name in seen.users}
    for name in (user.client_name for user in gone if user.client_name.lower() in lower):
        hint = case_hint([name], [lower[name.lower()]])
        yield f"user {name!r} was not found, so there is nothing to remove{hint}"
