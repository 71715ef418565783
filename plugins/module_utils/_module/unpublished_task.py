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
    Setting,
    clear_fields,
    fields_result,
    find_dns,
    look,
    part,
    set_fields,
    validate_fields,
)
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
        return task.result(before=None, after=None)
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
    return task.result(**sides)


def _text(fields: Fields | None) -> str:
    """A line for each field."""
    lines = (
        f"{show(name, 80)}: {show(json.dumps(value, ensure_ascii=False, default=str))}\n"
        for name, value in (fields or {}).items()
    )
    return "".join(lines)
