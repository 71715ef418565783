# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what a portal may do wrong, to which request, how often; and whose turn it is.

Here is what can be asked for. ``misbehave.py`` does it to a connection, ``meanwhile.py`` to the
state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import checks
from .document import Node
from .endpoints import path_pattern

_METHODS = checks.one_of("*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_STATUS = checks.from_to(100, 599)
_ERROR = checks.from_to(400, 599)
_REDIRECT = checks.from_to(300, 399)
_BODY = checks.one_of("json", "html", "empty")
_LENGTH = checks.one_of("full", "cut", "none")


def _retry_after(value: Any) -> str | None:
    if value is None or value == "date" or checks.whole(value) is None:
        return None
    return 'seconds, "date" or null'


class Option(NamedTuple):
    """A field of a fault: what it may be, and what it is where it is left out."""

    check: checks.Check
    default: Any = None


#: Each kind with the fields of its own. A ``status`` of None is what the endpoint gives on success.
KINDS: dict[str, dict[str, Option]] = {
    # answers
    "status": {
        "status": Option(_ERROR, 500),
        "code": Option(checks.text, "server_error"),
        "message": Option(checks.text, "Something went wrong."),
        "retry_after": Option(_retry_after),
        "body": Option(_BODY, "json"),
    },
    "rate_limited": {"retry_after": Option(_retry_after, 1)},
    "html": {"status": Option(_STATUS, 502)},
    "redirect": {
        "location": Option(checks.filled, Node.REQUIRED),
        "status": Option(_REDIRECT, 302),
    },
    # answers that are none
    "empty": {"status": Option(_STATUS)},
    "garbage": {"status": Option(_STATUS)},
    "json": {"body": Option(checks.anything, Node.REQUIRED), "status": Option(_STATUS, 200)},
    "deep": {"depth": Option(checks.from_to(1, 10_000_000), 100_000), "status": Option(_STATUS)},
    "huge": {"megabytes": Option(checks.from_to(1, 100_000), 64), "status": Option(_STATUS)},
    # connections
    "reset": {},
    "close": {},
    "timeout": {"seconds": Option(checks.number, 3600)},
    "truncated": {"length": Option(_LENGTH, "full")},
    "slow": {"seconds": Option(checks.number, 1)},
    "refused": {"seconds": Option(checks.number, 2)},
    # other writers
    "meanwhile": {"do": Option(checks.list_, Node.REQUIRED)},
}

#: These work on the real answer: there is no "before".
AFTER_ONLY = ("slow", "refused")

ACTIONS: dict[str, tuple[str, ...]] = {
    "create_user": ("server", "client_name"),
    "delete_user": ("id", "server", "client_name"),
    "create_port_forward": (
        "server",
        "client_name",
        "external_port",
        "internal_port",
        "protocol",
        "comment",
    ),
    "delete_port_forward": ("id", "server", "external_port", "protocol"),
}


@dataclass
class Fault:
    """One fault. ``times`` is None for a fault that stays."""

    id: int
    kind: str
    method: str
    path: str
    when: str
    times: int | None
    skip: int
    options: dict[str, Any]
    seen: int = 0
    fired: int = 0
    #: What a meanwhile could not do (the name is taken, the user is gone), for whoever wonders.
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pattern = path_pattern(self.path)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of those that this fault is about."""
        return self.method in ("*", method) and self._pattern.fullmatch(path) is not None

    def is_due(self) -> bool:
        """Whether it has yet to happen, the request that is now there being counted in ``seen``."""
        return self.seen > self.skip and (self.times is None or self.fired < self.times)

    def as_json(self) -> dict[str, Any]:
        """What GET /_simulator/faults shows."""
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        options = shown.pop("options")
        if self.kind != "meanwhile":
            del shown["errors"]
        return {**shown, **options}


class Due(NamedTuple):
    """What is to happen to a request: at most one fault, and any number of other writers."""

    fault: Fault | None
    meanwhile: list[Fault]


class Faults:
    """The faults, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, document: Any) -> Fault:
        """Add what a document describes; DocumentError says what is wrong with it."""
        fault = _parse(document, self._count + 1)
        self._count += 1
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults."""
        self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All of them, those that are used up too."""
        return [fault.as_json() for fault in self._faults]

    def take(self, method: str, path: str) -> Due:
        """What is due for a request, counted as done.

        The first one that matches and has times left wins. Each counts every request that matches
        it, also those that an earlier fault took: ``skip: 2`` is about the third in any case.
        """
        due = Due(None, [])
        for fault in self._faults:
            if not fault.matches(method, path):
                continue
            fault.seen += 1
            if not fault.is_due():
                continue
            if fault.kind == "meanwhile":
                due.meanwhile.append(fault)
            elif due.fault is None:
                due = due._replace(fault=fault)
            else:
                continue
            fault.fired += 1
        return due


def _parse(document: Any, fault_id: int) -> Fault:
    node = Node("fault", document)
    kind = node.get("kind", checks.one_of(*KINDS))
    options = KINDS[kind]
    node.only("kind", "method", "path", "when", "times", "skip", *options)
    default_when = "after" if kind in AFTER_ONLY else "before"
    try:
        fault = Fault(
            id=fault_id,
            kind=kind,
            method=node.get("method", _METHODS, "*"),
            path=node.get("path", checks.filled, ".*"),
            when=node.get("when", checks.one_of("before", "after"), default_when),
            times=node.get("times", checks.optional(checks.from_to(1)), 1),
            skip=node.get("skip", checks.from_to(0), 0),
            options={
                name: node.get(name, option.check, option.default)
                for name, option in options.items()
            },
        )
    except re.error as error:
        raise node.error(f"path must be a path or a regular expression: {error}") from error
    if kind in AFTER_ONLY and fault.when != "after":
        raise node.error(f"{kind} works on the real answer: when can only be after")
    for action in node.items("do") if kind == "meanwhile" else ():
        action.only("action", *ACTIONS[action.get("action", checks.one_of(*ACTIONS))])
        for name in ("id", "server"):
            action.get(name, checks.from_to(1), None)
    return fault
