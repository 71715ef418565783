# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Settings whose fields nobody published: compared, set and cleared, and looked at again.

portal-api, "A later edition": GET, PUT and DELETE of one path, whose bodies are not known. A PUT or a
DELETE may be sent twice. Where its answer got lost, a look shows whether it was carried out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .._api.finding import find_server, id_of, server_among
from .._api.parsing import without_keys
from .._api.portal import Portal
from .._errors import (
    Cancelled,
    DeclarationError,
    NotFoundError,
    NotTakenError,
    OutcomeUnknownError,
    RejectedError,
    RequestError,
    WireguardError,
)
from .._text import HIDDEN, Scrubber, show

Fields = Mapping[str, Any]

_MISSING = 404
_SECRET_NAME = re.compile(r"pass|secret|token|credential|(?<!public)[_-]?key$", re.IGNORECASE)
_MOST_SHOWN = 600
# What is longer is an identifier, not a quantity.
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


@dataclass(frozen=True)
class Setting:
    """A setting: its name, under which the portal may wrap it, its path, and whose it is."""

    name: str
    path: str
    owner: str


@dataclass(frozen=True)
class FieldsChange:
    """What stood there before and what stands there now, or (check mode) would."""

    before: Fields | None
    after: Fields | None
    changed: bool


def find_dns(portal: Portal, server: Any, given: Fields) -> tuple[Setting, Fields | None]:
    """A server's setting and what stands there. A server that is not there is an error."""
    found = find_server(portal, server)
    setting = Setting("dns", f"/servers/{found.id}/dns", f"server {found.label()}")
    try:
        return setting, portal.setting(setting.path, setting.name, given)
    except RejectedError as exc:
        if not exc.may_be_gone:
            raise
        if id_of(server) is not None:
            # It was taken as an id, and nobody has looked whether there is such a server.
            named = _server_among(portal, server, exc)
            if named != found.id:
                return find_dns(portal, named, given)
        if exc.status != _MISSING:
            raise
        return setting, None


def look(portal: Portal, setting: Setting, given: Fields) -> Fields | None:
    """What stands there; None for nothing. For a setting of what is known to be there."""
    try:
        return portal.setting(setting.path, setting.name, given)
    except RejectedError as exc:
        if exc.status != _MISSING:
            raise
        return None


def set_fields(
    portal: Portal, setting: Setting, before: Fields | None, given: Fields, *, check_mode: bool
) -> FieldsChange:
    """Have the given fields stand there: one PUT, then a GET. None is sent where they do already.

    Raises a ``NotTakenError`` where the portal took them and they do not stand there, and a ``NotFoundError``
    where it does not know the setting (portal-api, "A later edition").
    """
    if stands(given, before):
        return FieldsChange(before, before, False)
    if check_mode:
        return FieldsChange(before, merged(before, given), True)

    def put() -> RequestError | None:
        try:
            portal.put_setting(setting.path, given)
        except OutcomeUnknownError as exc:
            return exc
        except RejectedError as exc:
            if exc.status == _MISSING:
                message = f"{exc}. The portal does not know this setting ({setting.name})"
                raise NotFoundError(message, **exc.result()) from exc
            raise
        return None

    doubt, after = _carried_out(portal, setting, given, put)
    if not stands(given, after):
        raise doubt or _not_taken(setting, before, after, given)
    return FieldsChange(before, after, True)


def dropped_fields(before: Any, after: Any, given: Any) -> dict[str, Any]:
    """What stood there, was not given, and does not stand there any more: a PUT may replace it all.

    A field that only has another value counts where that is none: null, nothing, zero.
    """
    gone: dict[str, Any] = {}
    there = after if isinstance(after, Mapping) else {}
    wanted = given if isinstance(given, Mapping) else {}
    for name, value in (before or {}).items():
        if isinstance(value, Mapping):
            inner = dropped_fields(value, there.get(name), wanted.get(name))
            gone.update({name: inner} if inner else {})
        elif name not in wanted and value and not there.get(name):
            gone[name] = value
    return gone


def clear_fields(
    portal: Portal, setting: Setting, before: Fields | None, *, check_mode: bool
) -> FieldsChange:
    """Have nothing stand there, as far as the portal leaves it at that."""
    if is_unset(before):
        return FieldsChange(before, before, False)
    if check_mode:
        return FieldsChange(before, None, True)

    def delete() -> RequestError | None:
        try:
            portal.delete_setting(setting.path)
        except (OutcomeUnknownError, RejectedError) as exc:
            if isinstance(exc, RejectedError) and not exc.may_be_gone:
                raise
            return exc
        return None

    doubt, after = _carried_out(portal, setting, {}, delete)
    if doubt and not is_unset(after):
        raise doubt
    return FieldsChange(before, after, before != after)


def _carried_out(
    portal: Portal, setting: Setting, given: Fields, send: Callable[[], RequestError | None]
) -> tuple[RequestError | None, Fields | None]:
    """The doubt that ``send`` leaves, and what stands there then.

    A signal takes effect after that; what is sent and answered by then is reported as a change.
    """
    answered = False
    try:
        with portal.pacer.interrupt.hold():
            doubt = send()
            answered = doubt is None
            return doubt, _look_again(portal, setting, given, doubt)
    except Cancelled as exc:
        if not answered:
            raise
        message = f"cancelled by {exc}, after {setting.name} was changed"
        raise WireguardError(message, changed=True) from exc


def _look_again(
    portal: Portal, setting: Setting, given: Fields, doubt: RequestError | None
) -> Fields | None:
    try:
        return look(portal, setting, given)
    except RequestError as exc:
        if doubt:
            raise doubt from exc
        more = f"{setting.name} was changed, and could not be looked at then"
        raise exc.saying(more, changed=True) from exc


def _server_among(portal: Portal, server: Any, gone: RejectedError) -> int:
    try:
        return server_among(portal.servers(), str(server).strip()).id
    except NotFoundError as exc:
        raise NotFoundError(str(exc), **gone.result()) from gone


def _not_taken(
    setting: Setting, before: Fields | None, after: Fields | None, given: Fields
) -> WireguardError:
    wanted = {name: value for name, value in given.items() if not stands({name: value}, after)}
    return NotTakenError(
        f"PUT {setting.path}: the portal took it, and {setting.name} is not as given after it:"
        f" given {_field_text(wanted)}, there {_field_text(part(after, wanted))}",
        changed=before != after,
        before=_scrubbed(before),
        after=_scrubbed(after),
    )


def fields_result(fields: Fields | None) -> dict[str, Any] | None:
    """Fields as results and diffs show them."""
    return None if fields is None else without_keys(fields)


def _field_text(fields: Any) -> str:
    return show(json.dumps(_scrubbed(fields), ensure_ascii=False, default=str), _MOST_SHOWN)


def _scrubbed(value: Any) -> Any:
    """What a failure shows: without what is a secret by its name or by its looks."""
    if isinstance(value, Mapping):
        return {
            str(name): HIDDEN if _SECRET_NAME.search(str(name)) else _scrubbed(inner)
            for name, inner in without_keys(value).items()
        }
    if isinstance(value, list):
        return [_scrubbed(inner) for inner in value]
    return Scrubber()(value) if isinstance(value, str) else value


def validate_fields(given: Mapping[Any, Any] | None, option: str) -> dict[str, Any]:
    """The fields of an option, their names as text; a ``DeclarationError`` where there are none."""
    if not given:
        raise DeclarationError([f"{option} names no field"])
    return {str(name): value for name, value in given.items()}


def stands(given: Any, there: Any) -> bool:
    """Whether all that is given stands there.

    Of an object the given fields count, of a list every item in its order. A number is as good as its
    text (portal-api, row "types"), and a field that is null as one that is missing.
    """
    if isinstance(given, Mapping):
        if not isinstance(there, Mapping):
            return not given and is_unset(there)
        return all(stands(value, there.get(str(name))) for name, value in given.items())
    if isinstance(given, list):
        return (
            isinstance(there, list)
            and len(given) == len(there)
            and all(stands(one, other) for one, other in zip(given, there, strict=True))
        )
    return _same(given, there)


def is_unset(there: Any) -> bool:
    """Whether nothing stands there: nothing at all, or nulls alone, at whatever depth."""
    if isinstance(there, Mapping):
        return all(map(is_unset, there.values()))
    return there is None or there == []


def merged(there: Any, given: Any) -> Any:
    """What will stand there once the given fields are set, as far as that can be known."""
    if not isinstance(given, Mapping):
        return given
    kept = dict(there) if isinstance(there, Mapping) else {}
    return {**kept, **{str(k): merged(kept.get(str(k)), value) for k, value in given.items()}}


def part(there: Any, given: Any) -> Any:
    """Of what stands there, the part that the given fields are about."""
    if not isinstance(given, Mapping) or not isinstance(there, Mapping):
        return there
    return {k: part(there[k], given[k]) for k in given if k in there}


def _same(given: Any, there: Any) -> bool:
    if isinstance(given, bool) or isinstance(there, bool):
        return given is there
    if isinstance(given, str) and isinstance(there, str):
        return given == there
    one, other = _number(given), _number(there)
    return given == there if one is None or other is None else one == other


def _number(value: Any) -> Decimal | None:
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    text = value.strip() if isinstance(value, str) else ""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
