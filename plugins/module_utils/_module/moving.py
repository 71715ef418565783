# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Moves users to another server: made there first, removed from the old one once their device was seen there.

Nothing is remembered between runs. Where each user stands is read from the two servers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._api.finding import server_among
from .._api.parallel import each
from .._api.reading import forwards_of_one, list_secrets
from .._applying.loading import load_current
from .._errors import ConflictError, DeclarationError, NotFoundError, WireguardError
from .._files.folders import check_folder
from .._model import PortForward, Server, User
from .._pages.qr import SEGNO_IMPORT_ERROR
from .._planning.current import Current
from .._planning.desired import Desired, DesiredForward, DesiredUser
from .._planning.drift import counted
from .._planning.validation import validate
from .._text import listing, show
from .declarations import Entry, declared_users, resolved, validated_entries
from .handout_files import handout_files, write
from .offboard import Leaver, names_of, remove
from .server_task import ServerTask


@dataclass
class _Move:
    """What a run knows of a move. ``old`` and ``new`` are the users that are there, by name.

    ``kept``: converge leaves users alone that are not declared on the new server.
    """

    source: Server
    target: Server
    servers: list[Server]
    names: list[str]
    old: dict[str, User]
    new: dict[str, User]
    everybody: list[User]
    declared: dict[tuple[int, str], DesiredUser]
    kept: bool
    rules: dict[str, list[PortForward]] = field(default_factory=dict)

    @property
    def to_move(self) -> list[str]:
        """The users that are still on the old server."""
        return [name for name in self.names if name in self.old]


def move(task: ServerTask) -> dict[str, Any]:
    """The result of ``wg_move``.

    Raises a ``WireguardError`` at its end, with all that was done, where a user could not be removed.
    """
    names, declared = names_of(task.params["users"], "users"), task.params["declared"]
    entries = [] if declared is None else validated_entries(declared)
    _check_export(task)
    found = _look(task, names, entries)
    after = _make(task, found)
    arrived = [name for name in found.to_move if task.params["now"] or _was_seen(found.new, name)]
    handouts = _hand_out(task, found, after)
    leavers = [Leaver(found.source, found.old[name], found.rules[name]) for name in arrived]
    remove(task, leavers)
    failed = {one.user.client_name: one.error for one in leavers if one.error}
    if not task.module.check_mode:
        # What a task that was cut off took from them there is not given back any more.
        task.taken.end(found.source.id, set(arrived) - failed.keys())
    moved = [
        name for name in names if name not in found.old or name in set(arrived) - failed.keys()
    ]
    _warn_of_converge(task, found, moved)
    values = {
        "moved": moved,
        "waiting": [name for name in found.to_move if name not in arrived],
        "handouts": handouts,
        "lines": [_line(task, found, name, arrived, failed) for name in names],
    }
    if failed:
        text = "; ".join(f"{one.label}: {show(one.error, 500)}" for one in leavers if one.error)
        raise WireguardError(text, **values)
    return task.result(**values)


def _check_export(task: ServerTask) -> None:
    path = task.params["export_dir"]
    if path and SEGNO_IMPORT_ERROR:
        task.module.fail_json(missing_required_lib("segno"), exception=SEGNO_IMPORT_ERROR)
    if path:
        check_folder(path)


def _look(task: ServerTask, names: Sequence[str], entries: list[Entry]) -> _Move:
    """Where each of them is. E1, E2 of both servers, and E7 of each who is still on the old one."""
    portal = task.portal
    servers = portal.servers()
    source, target = (server_among(servers, task.params[name].strip()) for name in ("from", "to"))
    if source.id == target.id:
        raise DeclarationError([f"from and to both mean {source.label()}"])
    declared = resolved(servers, entries).found
    here, there = each([source, target], lambda server: portal.users(server.id))
    move = _Move(
        source,
        target,
        servers,
        list(names),
        _by_name(here, names, source),
        _by_name(there, names, target),
        there,
        declared_users(declared),
        not any(one.desired.purge_users for one, server in declared if server.id == target.id),
    )
    nowhere = [name for name in names if name not in move.old and name not in move.new]
    if nowhere:
        raise NotFoundError(
            f"neither on {source.label()} nor on {target.label()}: {listing(nowhere)}; nothing was changed"
        )
    users = [move.old[name] for name in move.to_move]
    read = each(users, lambda user: forwards_of_one(portal, user))
    move.rules = dict(zip(move.to_move, read, strict=True))
    return move


def _by_name(users: Iterable[User], names: Sequence[str], server: Server) -> dict[str, User]:
    found: dict[str, User] = {}
    for user in users:
        if user.client_name in names and user.client_name in found:
            raise ConflictError(
                f"{server.label()} has two users {show(user.client_name, 80)!r}; nothing was changed"
            )
        found[user.client_name] = user
    return {name: user for name, user in found.items() if name in names}


def _make(task: ServerTask, move: _Move) -> Current:
    """Make on the new server what is missing there: users, and those of their port forwards it has not."""
    named = Desired(tuple(DesiredUser(name, port_forwards=()) for name in move.to_move))
    seen = load_current(task.portal, move.target.id, named, move.everybody)
    users = [
        DesiredUser(name, port_forwards=_missing(move.rules[name], seen.forwards.get(name, ())))
        for name in move.to_move
    ]
    desired = validate(Desired(tuple(users)))
    if any(user.port_forwards for user in users):
        try:
            task.foresee(move.target, desired, seen)
        except ConflictError as exc:
            why = "; ".join(exc.details.get("conflicts") or [str(exc)])
            raise ConflictError(
                f"can't be moved to {move.target.label()}: {why}; nothing was changed. Free the port there first",
                **exc.details,
            ) from exc
    return task.converge(move.target, desired, seen).after


def _missing(
    wanted: Iterable[PortForward], there: Iterable[PortForward]
) -> tuple[DesiredForward, ...]:
    """The port forwards whose port does not lead to the user yet. One that does may have been changed since."""
    held = {(rule.external_port, protocol) for rule in there for protocol in rule.protocols}
    return tuple(
        DesiredForward(rule.external_port, rule.internal_port, rule.protocol, rule.comment or None)
        for rule in wanted
        if any((rule.external_port, protocol) not in held for protocol in rule.protocols)
    )


def _was_seen(users: Mapping[str, User], name: str) -> bool:
    """Whether a user's device was seen on the new server, before this run."""
    user = users.get(name)
    return user is not None and bool(
        user.online or user.last_seen or user.rx_bytes or user.tx_bytes
    )


def _hand_out(task: ServerTask, move: _Move, after: Current) -> list[dict[str, Any]]:
    """Write the hand-outs of who is still to move; before anybody loses the old server."""
    path = task.params["export_dir"]
    there = [after.users[name] for name in move.to_move if after.users[name].id is not None]
    if not path or not there:
        return []
    others = [user for user in move.everybody if user.client_name not in after.users]
    found = list_secrets(task.portal, [(move.target, there)], task.secrets_read())
    everybody = [(move.target, [*others, *after.users.values()])]
    wanted = {
        (move.target.id, name): user
        for name in move.to_move
        for server in (move.source, move.target)
        if (user := move.declared.get((server.id, name)))
    }
    files = handout_files(task, path, found, move.servers, everybody, wanted)
    return write(task, path, files)


def _warn_of_converge(task: ServerTask, move: _Move, moved: Iterable[str]) -> None:
    """Warn of what the next converge would undo, by the declaration that the task was given."""
    there = {name: move.declared.get((move.target.id, name)) for name in move.names}
    back = [
        name
        for name in moved
        if (user := move.declared.get((move.source.id, name))) and user.present
    ]
    ends = [name for name, user in there.items() if not (user.present if user else move.kept)]
    old, new = move.source.label(), move.target.label()
    if back:
        task.module.warn(
            f"still declared on {old}, so that the next converge would make them there again:"
            f" {listing(back)}; move their entries to {new}"
        )
    if ends:
        task.module.warn(
            f"not declared on {new}, so that the next converge would remove them from there:"
            f" {listing(ends)}; declare them"
        )


def _line(
    task: ServerTask,
    move: _Move,
    name: str,
    arrived: Sequence[str],
    failed: Mapping[str, str | None],
) -> str:
    new, old = move.target.label(), move.source.label()
    label = show(name, 80)
    if name not in move.old:
        return f"{label}: has moved to {new}"
    would = "would be " if task.module.check_mode else ""
    rules = move.rules[name]
    made = (
        ""
        if name in move.new
        else f"{would}made on {new} with {counted(len(rules), 'port forward')}, "
    )
    if name in failed:
        return f"{label}: {made}still on {old}: {show(failed[name], 500)}"
    if name in arrived:
        why = "" if task.params["now"] else f"seen on {new}, "
        return f"{label}: {made}{why}{would}removed from {old}"
    return f"{label}: {made}stays on {old} until its device was seen on {new}"
