# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Rules that a replacement removed and that could not be put back.

A later round of planning may make a loss good; what none does has to be told with whatever ends the
task.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .._errors import StepError
from .._model import LostForward, PortForward, protocol_name
from .._planning.current import Current
from .._planning.desired import Desired
from .._planning.ports import leads_there


def still_lost(lost: Iterable[LostForward], desired: Desired, state: Current) -> list[LostForward]:
    """The losses, or those protocols of them, that nothing in ``state`` makes good.

    A slot is made good by the old rule, or by what is desired in its place.
    """
    held = [(name, rule) for name, rules in state.forwards.items() for rule in rules]
    rest: list[LostForward] = []
    for loss in lost:
        left = frozenset(
            protocol
            for protocol in loss.rule.protocols
            if not any(_makes_good(name, rule, protocol, loss, desired) for name, rule in held)
        )
        if left:
            rest.append(replace(loss, rule=replace(loss.rule, protocol=protocol_name(left))))
    return rest


def _makes_good(
    name: str, rule: PortForward, protocol: str, loss: LostForward, desired: Desired
) -> bool:
    lost = loss.rule
    if rule.external_port != lost.external_port or protocol not in rule.protocols:
        return False
    if name == loss.client_name and rule.same_rule(replace(lost, protocol=rule.protocol)):
        return True
    target = desired.targets.get((rule.external_port, protocol))
    return target is not None and target.client_name == name and leads_there(rule, target)


def with_lost(error: StepError, lost: list[LostForward]) -> StepError:
    """The error, bearing exactly these losses, of whatever round."""
    not_named = [loss.text() for loss in lost if loss not in error.lost]
    message = str(error)
    if not_named:
        message += f"; LOST IN AN EARLIER ATTEMPT: {', '.join(not_named)}"
    return StepError(message, error.cause, error.step, lost=lost, **error.details)
