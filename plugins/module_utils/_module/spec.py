# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Options against their argument spec, each element of a list by itself.

Ansible's own check says that something is wrong in a list of users. This one says with which of them, so
that what fits can be looked at too, and everything is found at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible.module_utils.errors import UnsupportedError

from .._planning.validation import Problem
from .._text import show

_KINDS = {"users": "user", "port_forwards": "port forward"}


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
            params, wrong = element, [Problem(f"must be a dictionary, not {show(element, 60)!r}")]
        label = _label(name, number, params)
        found.append(params)
        problems += [Problem(f"{label}: {one.text}", (number, *one.where)) for one in wrong]
    return found, problems


def _label(name: str, number: int, params: Any) -> str:
    called = params.get("name") if isinstance(params, dict) else None
    kind = _KINDS.get(name, name)
    return f"{kind} {show(called, 80)!r}" if isinstance(called, str) else f"{kind} {number + 1}"


def _text(error: Exception) -> str:
    """An error of Ansible's; of what is unknown it tells the names alone."""
    unknown = "unknown: " if isinstance(error, UnsupportedError) else ""
    return show(f"{unknown}{error}".rstrip("."), 2000)
