# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What changed on a server, in the form in which Ansible's ``--diff`` shows it.

As text: Ansible would write dictionaries with every character escaped that is not ASCII.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._applying.reconcile import Outcome
from .._text import show


def difference(outcome: Outcome) -> dict[str, Any]:
    """Before and after, and which server it is about."""
    header = f"server {outcome.server.label()}"
    sides = {side: "".join(_lines(view["users"])) for side, view in outcome.diff().items()}
    return {**sides, "before_header": header, "after_header": header}


def _lines(users: Mapping[str, Any]) -> Iterator[str]:
    for name, user in users.items():
        yield f"user {show(name, 80)}\n"
        for rule in user.get("port_forwards", ()):
            yield f"  {rule}\n"
