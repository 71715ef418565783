# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What changed on a server, in the form in which Ansible's ``--diff`` shows it.

As Ansible shows dictionaries, but made a text here: it would escape every character that is not ASCII.
"""

from __future__ import annotations

import json
from typing import Any

from .._applying.reconcile import Outcome
from .._text import show


def difference(outcome: Outcome) -> dict[str, Any]:
    """Before and after, and which server it is about."""
    header = f"server {outcome.server.label()}"
    sides = {side: _as_text(view["users"]) for side, view in outcome.diff().items()}
    return {**sides, "before_header": header, "after_header": header}


def _as_text(users: dict[str, Any]) -> str:
    shown = {"users": {show(name, 80): user for name, user in users.items()}}
    return json.dumps(shown, indent=4, ensure_ascii=False) + "\n"
