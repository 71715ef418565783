# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Several servers in one task: validated together, converged one after the other, reported in lines."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._errors import (
    Cancelled,
    ConfFileError,
    DeclarationError,
    GuardError,
    NotFoundError,
    WireguardError,
)
from .._files.text_file import TextFile
from .._model import Server
from .._pages.plan import PlannedServer, plan_markdown
from .._planning.approval import ServerPlan, from_json, is_plan, to_json, to_variable
from .._planning.current import Current
from .._planning.desired import ApprovedStep
from .._planning.drift import counted, counts, file_lines
from .._text import listing, show
from .declarations import Entry, resolved, validated_entries
from .declared import REFRESH
from .server_task import ServerTask

OPTIONS: dict[str, Any] = {
    **REFRESH,
    "servers": {"type": "list", "elements": "raw", "required": True},
    "only": {"type": "list", "elements": "str"},
    "plan_path": {"type": "list", "elements": "path"},
    "plan_expected": {"type": "raw"},
    # The module is not even run with it: see its action.
    "validate_only": {"type": "bool", "default": False},
}
"""The options of ``wg_servers``, without those of the connection."""

NOTHING_DONE = {
    "users_created": 0,
    "users_deleted": 0,
    "port_forwards_created": 0,
    "port_forwards_deleted": 0,
    "configs_written": 0,
}
"""The ``summary`` of a server that nothing was planned for."""


def converge_servers(task: ServerTask) -> dict[str, Any]:
    """The result of ``wg_servers``. One E1; then, server by server, the requests of ``wg_server``.

    Nothing is sent before all is validated. Raises a ``NotFoundError``, before any change, for servers that
    the account does not have, and a ``WireguardError`` with all that was done where a server failed.
    """
    files = PlanFiles(task.params)
    entries = validated_entries(with_refresh(task.params), task.params["only"])
    for entry in entries:
        task.for_server(dict(entry.params)).check_files(entry.desired)
    found = resolved(task.portal.servers(), entries)
    if found.missing:
        raise NotFoundError(f"{'; '.join(found.missing)}; nothing was changed")
    runs = [_Run(task, entry, server) for entry, server in found.found]
    if files.approved is not None:
        _compare(runs, files.approved)
    for run in runs:
        run.run()
    done = not task.module.check_mode
    plans = [run.plan() for run in runs]
    files.write(plans, [run.planned() for run in runs], done=done)
    values = {
        "servers": [run.result() for run in runs],
        "differences": sum(len(run.lines) for run in runs),
        "lines": [line for run in runs for line in run.readable()],
        "not_refreshed": sum(run.not_refreshed for run in runs),
    }
    failed = [run for run in runs if run.error]
    if failed:
        first = failed[0].error.result() if failed[0].error else {}
        raise WireguardError(_message(failed, len(runs)), **{**first, **values})
    return task.result(**values, **({} if done else {"plan_json": to_variable(plans)}))


def with_refresh(params: dict[str, Any]) -> list[Any]:
    """The declared servers; where one does not say how to refresh, the task's own options count."""
    given = {name: params[name] for name in REFRESH if params[name] is not None}
    return [{**given, **one} if isinstance(one, Mapping) else one for one in params["servers"]]


def _compare(runs: Sequence[_Run], approved: Approved) -> None:
    """Look at all servers, and refuse, before any change, a plan that is not the approved one."""
    lines = []
    for run in runs:
        try:
            run.look(approved.get(run.server.id, ()))
        except WireguardError as exc:
            changes = exc.details.get("plan_changes") or [show(exc, 2000)]
            lines += [f"{run.label}: {change}" for change in changes]
    others = set(approved) - {run.server.id for run in runs}
    lines += [f"server {number}: approved, but not declared now" for number in sorted(others)]
    if lines:
        raise GuardError(
            f"the plan is not the one that was approved; nothing was changed: {listing(lines)}",
            plan_changes=lines,
        )


class _Run:
    """One server: what was done, and how it reads."""

    def __init__(self, task: ServerTask, entry: Entry, server: Server) -> None:
        self._whole = task
        self._desired = entry.desired
        self._task = task.for_server(dict(entry.params), server.label())
        self.server = server
        self.label = server.label()
        self.error: WireguardError | None = None
        self.lines: list[str] = []
        self._users: list[dict[str, Any]] | None = None
        self._requests, self._seconds = 0, 0.0
        self._seen: Current | None = None

    def look(self, approved: tuple[ApprovedStep, ...]) -> None:
        """Look at the server, and raise where its plan is not the approved one."""
        self._desired = replace(self._desired, approved=approved)
        users = self._task.portal.users(self.server.id)
        self._seen = self._task.look(self.server, self._desired, users)
        self._task.foresee(self.server, self._desired, self._seen)

    def plan(self) -> ServerPlan:
        """Its steps, and what became of each."""
        return self._task.plan(self.server)

    def planned(self) -> PlannedServer:
        """The same for the page that people read."""
        error = str(self.error) if self.error else None
        return PlannedServer(self.label, self._task.differences(), error, self._task.files_written)

    def run(self) -> None:
        """Converge the server, or keep why that failed."""
        portal, begun = self._task.portal, time.monotonic()
        before = portal.requests_sent
        try:
            if self._whole.cancellation.is_cancelled():
                raise WireguardError("not begun, as the task was cancelled")
            if self._seen is None:
                users = portal.users(self.server.id)
                self._seen = self._task.look(self.server, self._desired, users)
            self._users = self._task.converge_seen(self.server, self._desired, self._seen)
        except WireguardError as exc:
            self.error = exc
        except Cancelled as exc:
            # The servers to come are not begun any more.
            self.error = WireguardError(f"cancelled by {exc}; nothing was under way")
        self._requests, self._seconds = portal.requests_sent - before, time.monotonic() - begun
        self._whole.count_server(self._task)
        done = not self._task.module.check_mode
        self.lines = [one.text() for one in self._task.differences()]
        self.lines += file_lines(self._task.files_written, done)

    @property
    def not_refreshed(self) -> int:
        return self._task.not_refreshed

    def result(self) -> dict[str, Any]:
        """The server's entry in the task's ``servers``."""
        known = self.server.name or self.server.hostname or self.server.ip
        result: dict[str, Any] = {
            "server": self.server.id,
            "server_name": known,
            "changed": self._task.changed,
            "plan": [],
            "summary": NOTHING_DONE,
            **self._task.extra_result(),
            "lines": self.lines,
        }
        if self.error:
            return {**self.error.result(), **result, "failed": True, "msg": str(self.error)}
        return {**result, "users": self._users}

    def readable(self) -> list[str]:
        """The server in lines: what differs, or what was done and what that cost."""
        if self._task.module.check_mode:
            return self._drift()
        heading = [f"{self.label}:"] if self.lines else []
        return [*heading, *self._indented(), f"{self.label}: {self._summary()}"]

    def _drift(self) -> list[str]:
        if self.error:
            return [f"{self.label}: can't be compared: {show(self.error, 2000)}"]
        if not self.lines:
            return [f"{self.label}: as declared"]
        return [f"{self.label}: {counted(len(self.lines), 'difference')}", *self._indented()]

    def _indented(self) -> list[str]:
        return [f"  {line}" for line in self.lines]

    def _summary(self) -> str:
        done = counts(self._task.differences(), self._task.files_written)
        cost = f"{counted(self._requests, 'request')}, {self._seconds:.0f} s"
        if self.not_refreshed:
            cost = f"{counted(self.not_refreshed, 'user')} not looked at; {cost}"
        if self.error:
            return f"failed: {show(self.error, 2000)}; {done or 'nothing was changed'}; {cost}"
        return f"{done or 'as declared, nothing was changed'}; {cost}"


def _message(failed: Sequence[_Run], of: int) -> str:
    """The failed servers and why each failed."""
    reasons = "; ".join(f"{run.label}: {show(run.error, 2000)}" for run in failed)
    return f"{len(failed)} of {counted(of, 'server')} failed: {reasons}"


Approved = dict[int, tuple[ApprovedStep, ...]]
"""The approved steps of each server, by its assignment id."""

SUFFIXES = (".md", ".json")


class PlanFiles:
    """The files of ``plan_path``, and the plan of ``plan_expected`` (None: any plan may be carried out)."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._files = [TextFile(path) for path in params["plan_path"] or ()]
        for file in self._files:
            if not file.path.endswith(SUFFIXES):
                raise DeclarationError(
                    [f"plan_path: {show(file.path)} must end in {' or '.join(SUFFIXES)}"]
                )
            file.check()
        self.approved = _approved(params["plan_expected"]) if params["plan_expected"] else None

    def write(
        self, plans: Sequence[ServerPlan], parts: Sequence[PlannedServer], *, done: bool
    ) -> None:
        """Write the files, in check mode too: a plan is what a check run is for."""
        for file in self._files:
            json = file.path.endswith(".json")
            text = to_json(plans) if json else plan_markdown(parts, done=done)
            file.write(text, backup=False, check_mode=False)


def _approved(given: object) -> Approved:
    """The plan, as it is given or out of the file that is."""
    if isinstance(given, Mapping):
        return from_json(given)
    if not isinstance(given, str):
        raise DeclarationError(["plan_expected must be a file, or the plan itself"])
    if is_plan(given):
        return from_json(given)
    path = os.path.expanduser(given.strip())
    text = TextFile(path).read()
    if text is None:
        raise ConfFileError(f"plan_expected: there is no file {show(path)}", path=path)
    return from_json(text)
