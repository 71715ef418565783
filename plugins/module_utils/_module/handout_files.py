# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The files of hand-outs: for each user the configuration, its QR code as two pictures, and the page.

All that is to be written is made before the first file is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .._api.reading import Listed, ListedSecrets
from .._errors import ShapeError
from .._files.folders import make_folder
from .._files.private_file import PrivateFile
from .._model import Server, User
from .._pages.handout import Handout, file_names, handout_page, made_on, public_address
from .._pages.qr import QrCode, QrCodeError
from .._planning.desired import DesiredUser
from .._planning.expiry import end_of_user
from .._text import show
from .task import Task

_KINDS = ("conf", "png", "svg", "html")


@dataclass(frozen=True)
class Files:
    """One user's files. ``path`` is theirs without the dot and the kind."""

    user: User
    server: Server
    path: str
    contents: dict[str, str | bytes] = field(repr=False)


def handout_files(
    task: Task,
    path: str,
    found: Sequence[ListedSecrets],
    servers: Sequence[Server],
    everybody: Sequence[Listed],
    declared: Mapping[tuple[int, str], DesiredUser],
) -> list[Files]:
    """What each user's files hold, and where they go.

    Files are named in view of all ``servers`` and of ``everybody`` on them, so that a name does not depend
    on who is selected. Warns of each name that would not do for a file or folder. ``declared`` says when
    access ends.
    """
    folders = file_names((server.id, server.shown_name()) for server in servers)
    _warn(task, "server", {server.id: server.shown_name() for server, _users in found}, folders)
    theirs = {server.id: users for server, users in everybody}
    files = []
    for server, users in found:
        names = file_names((user.id or 0, user.client_name) for user in theirs[server.id])
        _warn(task, "user", {user.id or 0: user.client_name for user, _read in users}, names)
        for user, (rules, secrets) in users:
            base = os.path.join(path, folders[server.id], names[user.id or 0])
            ordered = sorted(rules, key=lambda rule: (rule.external_port, rule.protocol))
            handout = Handout(
                *(user.client_name, server.shown_name(), secrets.config or ""),
                *(public_address(secrets.config or "", server), ordered, names[user.id or 0]),
                ends=end_of_user(declared.get((server.id, user.client_name))),
                **{name: task.params[name] for name in ("title", "contact") if task.params[name]},
            )
            contents = _contents(handout, f"{base}.html")
            files.append(Files(user, server, base, contents))
    return files


def entitled(
    task: Task, selected: Sequence[Listed], declared: Mapping[tuple[int, str], DesiredUser]
) -> list[Listed]:
    """The selected users without those that are declared as absent, or have expired. Warns of each."""
    found = []
    for server, users in selected:
        kept = []
        for user in users:
            wanted = declared.get((server.id, user.client_name))
            if wanted is None or wanted.present:
                kept.append(user)
                continue
            why = (
                f"its access has ended ({show(wanted.expires, 60)})"
                if wanted.expires
                else "it is declared as absent"
            )
            label = f"{show(user.client_name, 80)!r} of server {server.label()}"
            task.module.warn(f"no hand-out for user {label}: {why}")
        found.append((server, kept))
    return found


def write(task: Task, path: str, files: Sequence[Files]) -> list[dict[str, Any]]:
    """Write them into folders that are made where missing; the task's result of each user."""
    folders = dict.fromkeys(os.path.dirname(one.path) for one in files)
    if not os.path.isdir(path):
        task.count_file(make_folder(path, check_mode=task.module.check_mode))
    for folder in folders:
        task.count_file(make_folder(folder, check_mode=task.module.check_mode))
    return [_write(task, one) for one in files]


def written_lines(written: Sequence[dict[str, Any]], check_mode: bool) -> list[str]:
    """What was written, a line for each user."""
    lines = []
    for one in written:
        base = one["files"][0].removesuffix(".conf")
        kinds = ", ".join(f".{kind}" for kind in _KINDS)
        what = "unchanged" if not one["changed"] else "to be written" if check_mode else "written"
        lines.append(f"{show(base)} ({kinds}) for user {show(one['user'], 80)}: {what}")
    return lines or ["no user, so nothing was written"]


def _write(task: Task, one: Files) -> dict[str, Any]:
    written = []
    for kind in _KINDS:
        file = PrivateFile(task.file_options, f"{one.path}.{kind}")
        if os.path.isdir(os.path.dirname(one.path)):
            file.check()
        written.append(task.count_file(file.write(one.contents[kind])))
    return {
        "user": one.user.client_name,
        "server": one.server.id,
        "files": [f"{one.path}.{kind}" for kind in _KINDS],
        "changed": any(written),
    }


def _contents(handout: Handout, path: str) -> dict[str, str | bytes]:
    try:
        code = QrCode(handout.config)
    except QrCodeError as exc:
        name = show(handout.user, 80)
        raise ShapeError(f"the configuration of user {name!r}: {exc}; nothing was written") from exc
    svg = code.svg()
    return {
        "conf": handout.config,
        "png": code.png(),
        "svg": svg,
        "html": _page(handout, svg, path),
    }


def _page(handout: Handout, svg: str, path: str) -> str:
    """The page as it is at ``path``, if only the day has changed since it was written."""
    there = ""
    with suppress(OSError, ValueError):
        if os.path.isfile(path):  # a FIFO would be waited for
            with open(path, encoding="utf-8") as file:
                there = file.read()
    written = made_on(there)
    if written and handout_page(handout, svg, written) == there:
        return there
    return handout_page(handout, svg, datetime.now(timezone.utc).date())


def _warn(task: Task, kind: str, wanted: dict[int, str], names: dict[int, str]) -> None:
    for number, name in wanted.items():
        if names[number] != name:
            task.module.warn(f"the files of {kind} {show(name, 80)!r} are named {names[number]!r}")
