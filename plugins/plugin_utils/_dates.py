# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Lists and dictionaries that hold a date, as YAML reads ``expires: 2027-01-31`` without quotes.

Before ansible-core 2.19 a template that gives such a list gives its text in Python's notation instead, with
``datetime.date(2027, 1, 31)`` in it, which no module could read.
"""

from __future__ import annotations

import ast
import datetime
from typing import Any

_CALLS = {
    "date": datetime.date,
    "datetime": datetime.datetime,
    "timedelta": datetime.timedelta,
    "timezone": datetime.timezone,
}


def with_dates_read(value: Any) -> Any:
    """The list or dictionary that such a text stands for, its dates as texts; anything else as it is."""
    if not isinstance(value, str) or "datetime." not in value or value[:1] not in ("[", "{"):
        return value
    try:
        tree = ast.parse(value, mode="eval")
        return ast.literal_eval(_Dates().visit(tree))
    except (SyntaxError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return value


class _Dates(ast.NodeTransformer):
    """Puts the text of a date in its place, as a newer core gives it. Nothing but dates is made."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        made = _made(node)
        if not isinstance(made, (datetime.date, datetime.datetime)):
            raise ValueError("not a date")
        return ast.copy_location(ast.Constant(str(made)), node)


def _made(node: ast.AST) -> Any:
    if isinstance(node, ast.Call):
        arguments = [_made(one) for one in node.args]
        named = {one.arg: _made(one.value) for one in node.keywords if one.arg}
        return _CALLS[_path(node.func)](*arguments, **named)
    if isinstance(node, ast.Attribute) and ast.unparse(node) == "datetime.timezone.utc":
        return datetime.timezone.utc
    return ast.literal_eval(node)


def _path(node: ast.AST) -> str:
    """The name of one of datetime's types."""
    name = ast.unparse(node)
    if name.startswith("datetime.") and name[9:] in _CALLS:
        return name[9:]
    raise ValueError("not of datetime")
