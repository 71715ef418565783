# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be set about the portal besides its shapes, at the start and at run time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Settings:
    """The settings and their defaults.

    * ``rate_limit``: requests of a key that the window admits; 0: no limit
    * ``window``: its length in seconds
    * ``latency``: milliseconds that every answer takes longer
    * ``create_delay``: milliseconds that creating a user (E3) takes longer, "a few seconds" at the
      portal
    * ``names_unique``: where a client name may stand only once, on its ``server`` or in the
      ``account`` (not published)
    """

    rate_limit: int = 60
    window: float = 60.0
    latency: float = 0.0
    create_delay: float = 0.0
    names_unique: str = "server"

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """These settings with some replaced; ValueError says what is wrong with a value."""
        for name, value in values.items():
            if name not in self.__dataclass_fields__:
                raise ValueError(f"no such setting: {name}; there are {', '.join(vars(self))}")
            if name == "names_unique":
                if value not in ("server", "account"):
                    raise ValueError("names_unique must be server or account")
            elif not _is_number(value) or value < 0:
                raise ValueError(f"{name} must be a number, 0 or more")
            elif name == "rate_limit" and not isinstance(value, int):
                raise ValueError("rate_limit must be a whole number")
            elif name == "window" and value == 0:
                raise ValueError("window must be more than 0")
        return replace(self, **values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
