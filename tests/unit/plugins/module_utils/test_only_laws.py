# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The law of ``only``: what is planned for the named users is what the whole plan has for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import ConflictError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    narrowed,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import make_plan
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step

from .model_portal import ModelPortal
from .strategies import NAMES, declarations, examples, servers

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")


def planned(desired: Desired, current: Current) -> list[Step] | None:
    """The steps; None where somebody who may not be touched is in the way."""
    try:
        return make_plan(desired, current).steps
    except ConflictError:
        return None


def texts(steps: list[Step]) -> list[str]:
    return sorted(f"{step.action} {step.name} {step.rule and step.rule.text()}" for step in steps)


def beside(steps: list[Step], ports: set[int]) -> list[Step]:
    """The steps that are not about any of these ports."""
    return [step for step in steps if not step.rule or step.rule.external_port not in ports]


@examples(300)
@hypothesis.given(declarations(), servers(), st.sets(st.sampled_from(NAMES)))
def test_the_named_users_get_what_the_whole_plan_has_for_them(
    declared: Desired, portal: ModelPortal, names: set[str]
) -> None:
    whole = replace(declared, takeover=False)
    part = narrowed(whole, names & {user.client_name for user in whole.users})
    steps, of_all = planned(part, portal.observed()), planned(whole, portal.observed())
    if steps is None:
        return
    not_selected = part.not_selected or frozenset()
    assert not not_selected & {step.name for step in steps}
    if of_all is not None:
        # A port that somebody set aside is to get can only move when both are converged.
        moving = {
            port
            for (port, _rest), target in whole.targets.items()
            if target.client_name in not_selected
        }
        mine = [step for step in of_all if step.name not in not_selected]
        assert texts(beside(steps, moving)) == texts(beside(mine, moving))


@examples(100)
@hypothesis.given(declarations(), servers())
def test_all_of_them_are_the_whole(declared: Desired, portal: ModelPortal) -> None:
    everybody = narrowed(declared, [user.client_name for user in declared.users])
    assert planned(everybody, portal.observed()) == planned(declared, portal.observed())
