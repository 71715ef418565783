# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Foreign text, made fit for a message.

What a portal sends may hold control characters or terminal escapes. A message shows them escaped
and cut, so that no answer can paint on a terminal or flood a log.
"""

from __future__ import annotations

from typing import Any


def show(value: Any, limit: int = 300) -> str:
    """``value`` as one printable line of at most about ``limit`` characters."""
    text = value if isinstance(value, str) else str(value)
    cut = text[:limit]
    safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in cut)
    return f"{safe}..." if len(text) > limit else safe


def listing(values: list[str], limit: int = 12) -> str:
    """Names in a message: sorted, cut after ``limit`` of them, ``none`` where there are none."""
    shown = [show(value, 60) for value in sorted(values)[:limit]]
    more = f" and {len(values) - limit} more" if len(values) > limit else ""
    return (", ".join(shown) + more) or "none"
