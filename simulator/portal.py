# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One portal: everything that a simulator remembers. Two of them have nothing in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import seed
from .faults import Faults
from .journal import Journal
from .limiter import Limiter
from .settings import Settings
from .shapes import Shapes
from .state import State


@dataclass(frozen=True)
class Start:
    """What a portal starts with, and goes back to on a reset."""

    seed: Any
    settings: Settings
    shapes: Shapes


class Portal:
    """State, settings, shapes, faults, journal and limiter of one simulator."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.state: State
        self.settings: Settings
        self.shapes: Shapes
        self.faults = Faults()
        self.journal = Journal()
        self.limiter = Limiter()
        self.reset()

    def reset(self, document: Any = None) -> None:
        """As at the start, or with another seed. A seed that is wrong changes nothing."""
        self.state = seed.build(self._start.seed if document is None else document)
        self.settings = self._start.settings
        self.shapes = self._start.shapes
        self.faults.clear()
        self.journal.clear()
        self.limiter.clear()

    @property
    def unique_in_account(self) -> bool:
        """Whether a client name may stand only once in the account, not only on the server."""
        return self.settings.names_unique == "account"
