# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The arguments of the event source, checked before any request."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from .._api.settings import (
    DEFAULTS,
    KEY_IN_ENVIRONMENT,
    OPTIONS,
    ApiSettings,
    validated_settings,
)
from .._errors import OptionError
from .._text import listing, show
from .changes import DEVICES, TYPES

SHORTEST_INTERVAL = 5.0
"""Seconds."""

CHOICES = (*TYPES, DEVICES)

_OWN = ("servers", "interval", "events", "settle", "catch_up", "traffic_over")
# ansible-rulebook's own: where a rulebook sends answers to a source. This one asks nothing.
_FOREIGN = ("eda_feedback_queue",)


@dataclass(frozen=True)
class Watch:
    """What is watched, and which events there are.

    ``servers`` are named as the portal lists them (none: all), ``interval`` is in seconds, ``settle``
    in looks, ``traffic_over`` in bytes an interval (None: there are no events of traffic).
    """

    settings: ApiSettings
    servers: tuple[str, ...] = ()
    interval: float = 30.0
    events: frozenset[str] = frozenset(TYPES)
    settle: int = 2
    catch_up: bool = False
    traffic_over: float | None = None


def validated_watch(args: Mapping[str, Any], environ: Mapping[str, str]) -> Watch:
    """Checked arguments; a connection option that is left out or blank comes from ``environ``.

    Raises an ``OptionError`` that lists all that is wrong.
    """
    problems = _unknown(args)
    own: dict[str, Any] = {}
    checks = {
        "servers": _servers,
        "interval": _interval,
        "events": _events,
        "settle": _settle,
        "catch_up": _catch_up,
    }
    for name, check in checks.items():
        try:
            own[name] = check(args.get(name))
        except ValueError as exc:
            problems.append(f"{name} {exc}")
    try:
        own["traffic_over"] = _traffic_over(args)
    except ValueError as exc:
        problems.append(f"traffic_over {exc}")
    try:
        origin = KEY_IN_ENVIRONMENT if _blank(args.get("api_key")) else "the argument api_key"
        settings = validated_settings(_connection(args, environ), origin)
    except OptionError as exc:
        raise OptionError("; ".join([str(exc), *problems])) from None
    if problems:
        raise OptionError("; ".join(problems))
    return Watch(settings, **own)


def _unknown(args: Mapping[str, Any]) -> list[str]:
    known = {*OPTIONS, *_OWN, *_FOREIGN}
    unknown = [str(name) for name in args if name not in known]
    arguments = listing([*OPTIONS, *_OWN], 20)
    return [f"no arguments: {listing(unknown)} (there are: {arguments})"] if unknown else []


def _connection(args: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The connection options: given, or else of the environment, or else their defaults."""
    found = {}
    for name in OPTIONS:
        places = (args.get(name), environ.get(f"PREMIERVPN_{name.upper()}"), DEFAULTS.get(name))
        found[name] = next((value for value in places if not _blank(value)), None)
    return found


def _blank(value: Any) -> bool:
    return value is None or str(value).strip() == ""


def _list(value: Any) -> list[str]:
    """A list: as it is, one entry, or a text with commas."""
    if _blank(value):
        return []
    given = value.split(",") if isinstance(value, str) else value
    given = given if isinstance(given, (list, tuple)) else [given]
    if any(isinstance(entry, (bool, list, dict)) or _blank(entry) for entry in given):
        raise ValueError(f"is not a list of names: {show(value, 80)}")
    return [str(entry).strip() for entry in given]


def _servers(value: Any) -> tuple[str, ...]:
    return tuple(_list(value))


def _events(value: Any) -> frozenset[str]:
    wanted = _list(TYPES if value is None else value)
    unknown = [name for name in wanted if name not in CHOICES]
    if unknown:
        raise ValueError(f"has no event {listing(unknown)}; there are {', '.join(CHOICES)}")
    if not wanted:
        raise ValueError("names no event, so there would be nothing to send")
    return frozenset(wanted)


def _interval(value: Any) -> float:
    seconds = Watch.interval if _blank(value) else _number(value)
    if seconds < SHORTEST_INTERVAL:
        raise ValueError(f"must be at least {SHORTEST_INTERVAL:g} seconds, not {show(value)}")
    return seconds


def _settle(value: Any) -> int:
    looks = Watch.settle if _blank(value) else _number(value)
    if looks < 1 or looks != int(looks):
        raise ValueError(f"must be a whole number of looks, at least 1, not {show(value)}")
    return int(looks)


def _catch_up(value: Any) -> bool:
    try:
        return Watch.catch_up if _blank(value) else bool(boolean(value))
    except TypeError:
        raise ValueError(f"is neither true nor false: {show(value, 80)}") from None


def _traffic_over(args: Mapping[str, Any]) -> float | None:
    value = args.get("traffic_over")
    if not _blank(value):
        number = _number(value)
        if number < 0:
            raise ValueError(f"must be at least 0 bytes, not {show(value)}")
        return number
    if not _blank(args.get("events")) and "traffic" in _list(args["events"]):
        raise ValueError("is needed: events names traffic, and nothing says how much is too much")
    return None


def _number(value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"is not a number: {show(value, 80)}")
    return number
