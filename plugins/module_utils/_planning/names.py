# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a client name may be."""

from __future__ import annotations

import re
from typing import Any

from .._text import show

# portal-api, row "client name".
_CLIENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")

_KINDS = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "NoneType": "nothing",
    "list": "a list",
    "dict": "a dictionary",
}


def name_problem(name: Any) -> str | None:
    """What is wrong with a client name, if anything."""
    if not isinstance(name, str):
        return text_problem(name)
    if _CLIENT_NAME.fullmatch(name):
        return None
    return (
        f"{show(name, 80)!r} is not a client name: letters, digits, - and _ only,"
        " and 1 to 50 of them"
    )


def text_problem(name: Any) -> str | None:
    """What is wrong with a name that YAML does not take for a text, as it does not with ``no``."""
    if isinstance(name, str):
        return None
    kind = _KINDS.get(type(name).__name__, "something else")
    return f"name must be a text, and {show(name, 80)} is {kind} in YAML: write it in quotes"
