# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run declarations on the portal in memory, and judge what was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.converge import (
    converge,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.journal import Journal
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import Outcome
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.refreshing import (
    Refresh,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.step_log import StepLog
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    RequestError,
    StepError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import Desired
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import (
    names_to_list,
)

from .memory_folder import MemoryFolder, journal
from .model_portal import SERVER, Holder, ModelPortal
from .satisfied import Slot


def converged(
    declaration: Desired,
    portal: ModelPortal,
    *,
    check_mode: bool = False,
    current: Current | None = None,
    folder: MemoryFolder | None = None,
    refresh: Refresh | None = None,
    taken: Journal | None = None,
) -> Outcome:
    """As a module does it, the first listings (of no more than is needed) excepted."""
    seen = current or portal.observed(names_to_list(declaration, portal.observed()))
    anything: Any = portal
    try:
        return converge(
            *(anything, SERVER, declaration, seen, taken or journal(folder)),
            check_mode=check_mode,
            refresh=refresh,
        )
    except RequestError as exc:
        # A look before the first step failed: the task fails, and nothing was changed.
        assert not portal.writes_sent
        error = StepError(str(exc), exc, None)
        return Outcome(SERVER, StepLog(), seen, seen, set(), set(), error=error)


def lost(outcome: Outcome) -> set[tuple[Slot, Holder]]:
    """What the outcome reports as lost, slot by slot."""
    return reported_lost(outcome.error.result() if outcome.error else {})


def reported_lost(values: Mapping[str, Any]) -> set[tuple[Slot, Holder]]:
    """What an error's details, or a failure's result, report as lost, slot by slot."""
    return {
        (
            (rule["external_port"], protocol),
            Holder(rule["user"], rule["internal_port"], rule["comment"]),
        )
        for rule in values.get("lost_port_forwards", [])
        for protocol in ("tcp", "udp")
        if rule["protocol"] in (protocol, "both")
    }
