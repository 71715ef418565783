# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""All that can be said of a declaration without a request, with the places where it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .._errors import no_request
from .._planning.desired import Desired
from .._planning.drift import counted
from .._planning.expiry import expired_warnings
from .._text import show
from .declarations import Entry, Finding, looked_through

Place = Callable[[tuple[int, ...]], "tuple[str, int] | None"]


def validated(declared: Sequence[Any], only: Sequence[str] | None, place: Place) -> dict[str, Any]:
    """The result of ``wg_validate``. ``place`` gives the file and line of a server, user or port forward."""
    entries, findings = looked_through(declared, only)
    warnings = [] if findings else list(_warnings(entries))
    problems = [_result(finding, place) for finding in findings]
    result: dict[str, Any] = {
        "changed": False,
        "problems": problems,
        "warnings": [_line(_result(one, place)) for one in warnings],
        "lines": [_line(one) for one in problems] or [_summary(entry) for entry in entries],
    }
    if problems:
        what = f"The declaration has {counted(len(problems), 'problem')}"
        text = f"{what}: {'; '.join(result['lines'])}"
        return {**result, "failed": True, "msg": text, "error": no_request()}
    return result


def _warnings(entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        numbers = {user["name"]: number for number, user in enumerate(entry.params["users"])}
        for user in entry.desired.users:
            where = (entry.number, numbers[user.client_name])
            for text in expired_warnings(Desired((user,))):
                yield Finding(f"{show(entry.label, 80)}: {text}", where)


def _result(finding: Finding, place: Place) -> dict[str, Any]:
    file, line = place(finding.where) or (None, None)
    return {"file": file, "line": line, "message": finding.text}


def _line(problem: dict[str, Any]) -> str:
    where = f"{show(problem['file'])}:{problem['line']}: " if problem["file"] else ""
    return f"{where}{problem['message']}"


def _summary(entry: Entry) -> str:
    users = [user for user in entry.desired.users if user.present]
    rules = sum(len(user.port_forwards or ()) for user in users)
    held = f"{counted(len(users), 'user')}, {counted(rules, 'port forward')}"
    return f"{show(entry.label, 80)}: {held}"
