# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A task about a setting whose fields nobody published: ``wg_user_bandwidth``, ``wg_server_dns``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._applying.unpublished import (
    Fields,
    FieldsChange,
    Setting,
    clear_fields,
    dropped_fields,
    fields_result,
    find_dns,
    look,
    part,
    set_fields,
    validate_fields,
)
from .._planning.desired import Desired, DesiredUser
from .._text import show
from .task import Task

if TYPE_CHECKING:
    from .server_task import ServerTask


def bandwidth_result(task: ServerTask) -> dict[str, Any]:
    """The result of ``wg_user_bandwidth``."""
    params, given = task.params, _given(task, "limits")
    task.user_label(params["user"])
    server, name, seen = task.find_user(params["server"], params["user"], needed=given is not None)
    if name is None:
        return task.result(before=None, after=None, dropped={})
    if task.taken.entries(server.id):
        # As any task that changes this server: what one that was cut off took away is given back.
        named = DesiredUser(name, may_create=False)
        seen = task.converge(server, Desired((named,)), seen).after
    user = seen.users[name]
    owner = f"user {show(user.client_name, 80)} on server {server.label()}"
    setting = Setting("bandwidth", f"/users/{user.id}/bandwidth", owner)
    # In check mode a user may be one that an earlier task would create.
    before = None if user.id is None else look(task.portal, setting, given or {})
    return _result(task, setting, before, given)


def dns_result(task: Task) -> dict[str, Any]:
    """The result of ``wg_server_dns``."""
    given = _given(task, "settings")
    setting, before = find_dns(task.portal, task.params["server"], given or {})
    return _result(task, setting, before, given)


def _given(task: Task, option: str) -> Fields | None:
    """The fields that are to stand there; None: nothing."""
    if task.params["state"] == "absent":
        return None
    return validate_fields(task.params[option], option)


def _result(
    task: Task, setting: Setting, before: Fields | None, given: Fields | None
) -> dict[str, Any]:
    check_mode = task.module.check_mode
    if given is None:
        done = clear_fields(task.portal, setting, before, check_mode=check_mode)
    else:
        done = set_fields(task.portal, setting, before, given, check_mode=check_mode)
    sides = {"before": fields_result(done.before), "after": fields_result(done.after)}
    header = f"{setting.name} of {setting.owner}"
    # Other fields may be counters: a diff is about what was asked for.
    texts = {
        side: _text(fields if given is None else part(fields or {}, given))
        for side, fields in sides.items()
    }
    task.count(done.changed, {**texts, "before_header": header, "after_header": header})
    dropped = _dropped(task, setting, done, given) if given is not None and done.changed else {}
    return task.result(**sides, dropped=dropped)


def _dropped(task: Task, setting: Setting, done: FieldsChange, given: Fields) -> dict[str, Any]:
    """Warn of the fields that were not given and went, or (check mode) may go."""
    after = None if task.module.check_mode else done.after
    gone = fields_result(dropped_fields(done.before, after, given)) or {}
    if gone:
        shown = ", ".join(text.strip() for text in _text(gone).splitlines())
        task.module.warn(
            f"a portal that replaces {setting.name} as a whole drops what is not given: {shown}"
            if task.module.check_mode
            else f"the portal dropped what was not given of {setting.name}: {shown}"
        )
    return {} if task.module.check_mode else gone


def _text(fields: Fields | None) -> str:
    """A line for each field."""
    lines = (
        f"{show(name, 80)}: {show(json.dumps(value, ensure_ascii=False, default=str))}\n"
        for name, value in (fields or {}).items()
    )
    return "".join(lines)
