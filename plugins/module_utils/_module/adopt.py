# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Writes what stands on the account's servers into a file, as a declaration."""

from __future__ import annotations

from typing import Any

from .._api.reading import list_forwards, list_users
from .._errors import ConfFileError, NotFoundError
from .._files.text_file import TextFile
from .._planning.adopting import Adopted, adopted, declaration_text
from .._planning.drift import counted
from .._text import show
from .task import Task


def adopt(task: Task) -> dict[str, Any]:
    """The result of ``wg_adopt``. 1 + S requests for S servers, and one for each user.

    Raises a ``NotFoundError`` where the account has no server.
    """
    path, force = task.params["path"], task.params["force"]
    file = TextFile(path)
    file.check()
    before = file.read()
    _refuse_over(path, before, force)
    listed = list_users(task.portal, [name for name in task.params["servers"] if name.strip()])
    if not listed:
        raise NotFoundError("the account has no server, so there is nothing to declare")
    found = [adopted(*one) for one in list_forwards(task.portal, listed)]
    found.sort(key=lambda one: one.server.id)
    change = file.write(declaration_text(found), backup=force, check_mode=task.module.check_mode)
    task.count_file(change)
    lines = [_written(path, found, change.changed, task.module.check_mode)]
    lines += _replaced(before, change.backup_file, found) if change.changed else []
    left_out = [f"{one.server.label()}: {text}" for one in found for text in one.left_out]
    return task.result(
        path=path,
        declaration=[one.declaration() for one in found],
        left_out=left_out,
        lines=[*lines, *(f"left out: {text}" for text in left_out)],
    )


def _refuse_over(path: str, before: str | None, force: bool) -> None:
    """Refuse, before any request, what must not be written over."""
    if before is None:
        return
    if not force:
        raise ConfFileError(f"{show(path)} exists; name another file, or set force", path=path)
    if before.startswith("$ANSIBLE_VAULT") or "!vault" in before:
        raise ConfFileError(
            f"{show(path)} holds secrets that ansible-vault encrypted, which a declaration does not"
            " replace; name another file",
            path=path,
        )


def _written(path: str, found: list[Adopted], changed: bool, check_mode: bool) -> str:
    verb = "wrote" if not check_mode else "would write"
    users = [user for one in found for user in one.users]
    rules = sum(len(user.port_forwards or ()) for user in users)
    held = f"{counted(len(found), 'server')}, {counted(len(users), 'user')}, {counted(rules, 'port forward')}"
    return f"{verb if changed else 'unchanged:'} {show(path)}: {held}"


def _replaced(before: str | None, backup: str | None, found: list[Adopted]) -> list[str]:
    """What of the earlier file is in the new one no more, as far as a person would miss it."""
    if before is None:
        return []
    lines = [f"the earlier file is kept as {show(backup)}"] if backup else []
    ours = declaration_text(found).splitlines()
    comments = [x for x in before.splitlines() if "#" in x and not _is_ours(x, ours)]
    if comments:
        where = "only in the backup" if backup else "gone"
        lines.append(
            f"{counted(len(comments), 'line')} with a comment of the earlier file: {where}"
        )
    if "- name:" in before and not any(one.users for one in found):
        lines.append("the earlier file declared users; the servers have none now")
    return lines


def _is_ours(line: str, ours: list[str]) -> bool:
    return line in ours or line.strip().startswith(("# left out:", "- server: "))
