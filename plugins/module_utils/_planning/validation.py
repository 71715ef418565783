# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What is wrong with a declaration: all of it, before any request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .._errors import DeclarationError
from .._model import PROTOCOLS, PortForward, is_client_name
from .._text import show
from .._wg_fields import is_key
from .desired import Desired, DesiredForward, DesiredUser, Slot, present_forwards
from .expiry import expires_problem

# portal-api, rows "ports" and "comment".
RESERVED_PORTS = (22, 51820, 56561)
MAX_COMMENT = 100

# What YAML made of a name that is no text.
_KINDS = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "NoneType": "nothing",
    "list": "a list",
    "dict": "a dictionary",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong. ``where`` counts from 0: the user, and the port forward of it (empty: the whole)."""

    text: str
    where: tuple[int, ...] = ()


def validate(desired: Desired) -> Desired:
    """The declaration itself, or a ``DeclarationError`` that lists everything wrong with it."""
    problems = problems_of(desired)
    if problems:
        raise DeclarationError([problem.text for problem in problems])
    return desired


def problems_of(desired: Desired) -> list[Problem]:
    """Everything that is wrong with a declaration."""
    problems: list[Problem] = []
    if desired.max_deletions is not None and desired.max_deletions < 0:
        problems.append(Problem(f"max_deletions must be at least 0, not {desired.max_deletions}"))
    if desired.max_age < 0:
        problems.append(Problem(f"refresh_max_age must be at least 0, not {desired.max_age}"))
    seen: set[str] = set()
    for number, user in enumerate(desired.users):
        problems += _user_problems(number, user, seen)
    if not any(text_problem(user.client_name) for user in desired.users):
        number_of = {user.client_name: number for number, user in enumerate(desired.users)}
        problems += [Problem(text, (number_of[name],)) for name, text in _contradictions(desired)]
    return problems


def rule_problem(rule: PortForward) -> str | None:
    """Why the portal would not create this rule today, by the limits that are published."""
    if rule.external_port in RESERVED_PORTS:
        return f"external_port {rule.external_port} is reserved by the portal"
    if len(rule.comment) > MAX_COMMENT:
        return f"its comment has {len(rule.comment)} characters, {MAX_COMMENT} are allowed"
    return None


def _user_problems(number: int, user: DesiredUser, seen: set[str]) -> Iterator[Problem]:
    """What is wrong with one user. ``seen`` are the names before it, to which its own is added."""
    where = (number,)
    problem = name_problem(user.client_name)
    if problem:
        yield Problem(problem, where)
    if text_problem(user.client_name):
        return
    label = f"user {show(user.client_name, 80)!r}"
    if user.client_name in seen:
        yield Problem(f"{label} is declared more than once", where)
    seen.add(user.client_name)
    problem = expires_problem(user.expires)
    if problem:
        yield Problem(f"{label}: {problem}", where)
    for key in sorted(user.revoked_public_keys):
        if not is_key(key):
            what = "is not a WireGuard public key (base64 of 32 bytes)"
            yield Problem(f"{label}: one of revoked_public_keys {what}", where)
    for index, forward in enumerate(user.port_forwards or ()):
        for problem in _forward_problems(forward):
            yield Problem(f"{label}: {problem}", (number, index))
        if forward.present and not user.present:
            rule = f"{forward.external_port}/{forward.protocol}"
            text = f"{label} should be absent, but has {rule} declared"
            yield Problem(text, (number, index))


def _forward_problems(forward: DesiredForward) -> Iterator[str]:
    if forward.protocol not in PROTOCOLS:
        yield f"protocol {show(forward.protocol, 40)!r} is none of {', '.join(PROTOCOLS)}"
    if not _is_port(forward.external_port):
        yield f"external_port {show(forward.external_port, 40)} is not a port from 1 to 65535"
    elif forward.external_port in RESERVED_PORTS and forward.present:
        reserved = ", ".join(map(str, RESERVED_PORTS))
        yield f"external_port {forward.external_port} is reserved by the portal ({reserved} are)"
    if forward.internal_port is None:
        if forward.present:
            yield f"internal_port is missing for external_port {show(forward.external_port, 40)}"
    elif not _is_port(forward.internal_port):
        yield f"internal_port {show(forward.internal_port, 40)} is not a port from 1 to 65535"
    if forward.comment is not None and len(forward.comment) > MAX_COMMENT:
        yield (
            f"the comment of external_port {show(forward.external_port, 40)} has"
            f" {len(forward.comment)} characters, {MAX_COMMENT} are allowed:"
            f" {show(forward.comment, 30)}"
        )


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def _contradictions(desired: Desired) -> Iterator[tuple[str, str]]:
    """One slot that is declared to lead to two places, or both to lead somewhere and nowhere: of whom, and how."""
    gone = _known_unwanted(desired)
    led: dict[Slot, tuple[str, DesiredForward]] = {}
    reported: set[tuple[int, str, str]] = set()
    for name, forward in present_forwards(desired):
        for protocol in sorted(PROTOCOLS.get(forward.protocol, ())):
            slot = (forward.external_port, protocol)
            if (name, slot) in gone:
                yield (
                    name,
                    f"{slot[0]}/{protocol} of user {name!r} is declared both present and absent",
                )
            first_name, first = led.setdefault(slot, (name, forward))
            if _agree(first_name, first, name, forward):
                if first.comment is None:
                    # From here on this one speaks for the slot: it says more.
                    led[slot] = (name, forward)
                continue
            # A `both` that contradicts a `both` does so twice; once is enough to read.
            pair = (slot[0], _target_label(first_name, first), _target_label(name, forward))
            if pair not in reported:
                reported.add(pair)
                what = f"external port {slot[0]}/{protocol} is declared twice"
                yield name, f"{what}, for {pair[1]} and for {pair[2]}"


def _known_unwanted(desired: Desired) -> set[tuple[str, Slot]]:
    """``unwanted``, of a declaration whose protocols are not checked yet."""
    known = tuple(
        replace(
            user,
            port_forwards=tuple(f for f in user.port_forwards or () if f.protocol in PROTOCOLS),
        )
        for user in desired.users
    )
    return Desired(known).unwanted


def _agree(first_name: str, first: DesiredForward, name: str, forward: DesiredForward) -> bool:
    return (
        first_name == name
        and first.internal_port == forward.internal_port
        and (None in (first.comment, forward.comment) or first.comment == forward.comment)
    )


def _target_label(name: str, forward: DesiredForward) -> str:
    comment = f" ({show(forward.comment, 30)})" if forward.comment else ""
    return f"{show(name, 80)}:{show(forward.internal_port, 10)}{comment}"


def name_problem(name: Any) -> str | None:
    """What is wrong with a client name, if anything."""
    if not isinstance(name, str):
        return text_problem(name)
    if is_client_name(name):
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
    if isinstance(name, (list, dict)):
        return f"name must be a text, not {kind}: {show(name, 80)}"
    return f"name must be a text, and {show(name, 80)} is {kind} in YAML: write it in quotes"
