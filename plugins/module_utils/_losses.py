# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: nobody outside this collection may build on it.

Rules that a replacement removed and that could not be put back. A later round of planning may make a
loss good; what none does has to be told with whatever ends the task.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._apply import LOST
from ansible_collections.premiervpn.wireguard.plugins.module_utils._declaration import (
    Declaration,
    targets,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import StepError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    protocol_name,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._observed import Observed
from ansible_collections.premiervpn.wireguard.plugins.module_utils._plan import leads_there

Loss = dict[str, Any]
"""A lost rule's definition, and its ``user``."""


def losses_of(error: StepError) -> list[Loss]:
    """What could not be put back when a step failed."""
    return list(error.details.get(LOST, []))


def still_lost(losses: list[Loss], declaration: Declaration, state: Observed) -> list[Loss]:
    """The losses, or those protocols of them, that nothing in ``state`` makes good.

    A slot is made good by the old rule, or by what the declaration wants in its place.
    """
    wanted = targets(declaration)

    def makes_good(name: str, rule: PortForward, protocol: str, loss: Loss) -> bool:
        lost = _rule(loss)
        if rule.external_port != lost.external_port or protocol not in rule.protocols:
            return False
        if name == loss["user"] and rule.same_rule(replace(lost, protocol=rule.protocol)):
            return True
        target = wanted.get((rule.external_port, protocol))
        return target is not None and target.client_name == name and leads_there(rule, target)

    held = [(name, rule) for name, rules in state.forwards.items() for rule in rules]
    rest: list[Loss] = []
    for loss in losses:
        left = frozenset(
            protocol
            for protocol in _rule(loss).protocols
            if not any(makes_good(name, rule, protocol, loss) for name, rule in held)
        )
        if left:
            rest.append({**loss, "protocol": protocol_name(left)})
    return rest


def with_losses(error: StepError, losses: list[Loss]) -> StepError:
    """The error, bearing exactly these losses, of whatever round."""
    unsaid = [_text(loss) for loss in losses if loss not in losses_of(error)]
    message = str(error)
    if unsaid:
        message += f"; LOST IN AN EARLIER ATTEMPT: {', '.join(unsaid)}"
    details = {key: value for key, value in error.details.items() if key != LOST}
    if losses:
        details[LOST] = losses
    return StepError(message, error.cause, error.step, **details)


def _rule(loss: Loss) -> PortForward:
    return PortForward(None, **{key: value for key, value in loss.items() if key != "user"})


def _text(loss: Loss) -> str:
    return f"{_rule(loss).text()} of user {loss['user']!r}"
