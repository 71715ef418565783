# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A whole server as a task declares it: its options, and what the planner makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible.module_utils.errors import UnsupportedError

from .._planning.desired import Desired, DesiredForward, DesiredUser, narrowed
from .._planning.expiry import as_of
from .._planning.validation import Problem, validate
from .._text import show
from .argspec import FORWARD, HOOKS, REVOKED, SERVER, STATE
from .server_task import desired_forward

WHILE_ONLINE: dict[str, Any] = {"while_online": {"type": "bool"}}
USER: dict[str, Any] = {
    # raw: Ansible would make the text "False" of a name that is no text to YAML.
    "name": {"type": "raw", "required": True, "aliases": ["client_name"]},
    "port_forwards": {"type": "list", "elements": "dict", "options": {**FORWARD, **WHILE_ONLINE}},
    **WHILE_ONLINE,
    "expires": {"type": "str"},
    **REVOKED,
    **STATE,
}
REFRESH: dict[str, Any] = {
    "refresh": {"type": "str", "choices": ["full", "changed"]},
    "refresh_max_age": {"type": "int"},
}
DECLARED: dict[str, Any] = {
    "users": {"type": "list", "elements": "dict", "required": True, "options": USER},
    "only": {"type": "list", "elements": "str"},
    "purge_users": {"type": "bool", "default": False},
    "purge_port_forwards": {"type": "bool", "default": False},
    "max_deletions": {"type": "int", "default": 10},
    "refresh": {**REFRESH["refresh"], "default": "full"},
    "refresh_max_age": {**REFRESH["refresh_max_age"], "default": 86400},
    "config_dir": {"type": "path"},
    "return_configs": {"type": "bool", "default": False},
    **HOOKS,
    **SERVER,
}


def desired_server(params: dict[str, Any]) -> Desired:
    """What the options of ``DECLARED`` declare, ``only`` left aside."""
    return Desired(
        users=tuple(desired_user(user) for user in params["users"]),
        purge_users=params["purge_users"],
        purge_port_forwards=params["purge_port_forwards"],
        max_deletions=params["max_deletions"],
        max_age=params["refresh_max_age"],
    )


def declared_server(params: dict[str, Any]) -> Desired:
    """What the options of ``DECLARED`` declare, validated, as of now, and narrowed to ``only``.

    Raises a ``DeclarationError`` that lists everything wrong with it.
    """
    whole = validate(desired_server(params))
    return narrowed(as_of(whole, datetime.now(timezone.utc)), params["only"])


@dataclass(frozen=True)
class Readable:
    """The users that can be looked at in options that do not fit ``DECLARED``.

    What does not fit is left out; of a user that does not, the name stays. ``places`` are, for each user,
    its number in the options and those of its port forwards.
    """

    users: tuple[DesiredUser, ...]
    places: list[tuple[int, list[int]]]

    def where(self, problem: Problem) -> tuple[int, ...]:
        """The place in the options of what is wrong with one of these users."""
        number, forwards = self.places[problem.where[0]]
        return (number, *(forwards[index] for index in problem.where[1:]))


def readable_users(params: dict[str, Any], problems: Iterable[Problem]) -> Readable:
    """The users of options, with what is known to be wrong with these."""
    wrong = {problem.where for problem in problems}
    users: list[DesiredUser] = []
    places: list[tuple[int, list[int]]] = []
    for number, user in enumerate(params.get("users") or ()):
        if not isinstance(user, dict) or not isinstance(user.get("name"), str):
            continue
        if (number,) in wrong:
            users.append(DesiredUser(user["name"]))
            places.append((number, []))
            continue
        given = user["port_forwards"]
        fitting = [index for index in range(len(given or ())) if (number, index) not in wrong]
        forwards = None if given is None else [given[index] for index in fitting]
        users.append(desired_user({**user, "port_forwards": forwards}))
        places.append((number, fitting))
    return Readable(tuple(users), places)


def desired_user(params: dict[str, Any]) -> DesiredUser:
    """One of the users of ``DECLARED``."""
    forwards = params["port_forwards"]
    return DesiredUser(
        params["name"],
        params["state"] == "present",
        None if forwards is None else tuple(_forward(params, forward) for forward in forwards),
        frozenset(key.strip() for key in params["revoked_public_keys"]),
        expires=params["expires"] or None,
    )


def _forward(user: dict[str, Any], params: dict[str, Any]) -> DesiredForward:
    own = params["while_online"]
    forward = desired_forward(params)
    return replace(forward, while_online=user["while_online"] if own is None else own)


_KINDS = {"users": "user", "port_forwards": "port forward"}


# Ansible's own check says that something is wrong in a list of users. This one says with which of them, so that what
# fits can be looked at too, and everything is found at once.
def checked(
    spec: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """The options in their types and with their defaults, and what does not fit, each with its place."""
    flat = {name: _without_elements(one) for name, one in spec.items()}
    result = ArgumentSpecValidator(flat).validate(dict(given))
    params: dict[str, Any] = dict(result.validated_parameters)
    problems = [Problem(_text(error)) for error in result.errors]
    for name, one in spec.items():
        if "options" in one and isinstance(params.get(name), list):
            params[name], found = _elements(name, one["options"], params[name])
            problems += found
    return params, problems


def _without_elements(option: Mapping[str, Any]) -> dict[str, Any]:
    if "options" not in option:
        return dict(option)
    return {name: value for name, value in option.items() if name not in ("elements", "options")}


def _elements(
    name: str, spec: Mapping[str, Any], given: list[Any]
) -> tuple[list[Any], list[Problem]]:
    found: list[Any] = []
    problems: list[Problem] = []
    for number, element in enumerate(given):
        try:
            params, wrong = checked(spec, check_type_dict(element))
        except TypeError:
            params, wrong = (
                element,
                [Problem(f"each of {name} must be a dictionary, not {show(element, 60)!r}")],
            )
        label = _label(name, number, params)
        found.append(params)
        problems += [Problem(f"{label}: {one.text}", (number, *one.where)) for one in wrong]
    return found, problems


def _label(name: str, number: int, params: Any) -> str:
    called = params.get("name") if isinstance(params, dict) else None
    kind = _KINDS.get(name, name)
    return f"{kind} {show(called, 80)!r}" if isinstance(called, str) else f"{kind} {number + 1}"


def _text(error: Exception) -> str:
    """An error of Ansible's; of what is unknown it has the names alone."""
    unknown = "unknown: " if isinstance(error, UnsupportedError) else ""
    return show(f"{unknown}{error}".rstrip("."), 2000)
