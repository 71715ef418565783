# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What an event of the event source asks of a declaration: ports that follow devices, users that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._api.finding import id_of, only_server, server_among
from .._applying.loading import current_of, load_forwards
from .._errors import DeclarationError, NotFoundError, WireguardError
from .._events.belief import is_doubtful
from .._model import Server, User
from .._planning.desired import Desired, DesiredForward, DesiredUser
from .._planning.plan import names_to_list
from .._planning.presence import agreed, as_devices_are
from .._text import listing, show
from .declarations import Entry, validated_entries
from .server_task import ServerTask

PAUSES = (5.0, 5.0, 10.0, 10.0)
"""Seconds between looks for a user that the event names and the listing does not: some looks of the source."""


@dataclass(frozen=True)
class Event:
    """An event, as far as it counts here. ``online`` and ``offline`` are None where it has no such lists."""

    server: int
    server_name: str
    user: str | None
    text: str
    online: Sequence[str] | None
    offline: Sequence[str]

    @property
    def label(self) -> str:
        """How messages name the server."""
        return f"{show(self.server_name, 80)} ({self.server})"


def validated_event(given: Mapping[str, Any]) -> Event:
    """The event, or a ``DeclarationError`` where this is none."""
    server, user = id_of(given.get("server")), given.get("user")
    lists = [given.get("online"), given.get("offline")]
    if (
        server is None
        or not isinstance(given.get("type"), str)
        or not isinstance(user, (str, type(None)))
        or not all(isinstance(names, (list, type(None))) for names in lists)
    ):
        raise DeclarationError(["event is no event of premiervpn.wireguard.wg_status"])
    online, offline = ([str(x) for x in names] if names else names for names in lists)
    name, text = given.get("server_name") or f"server-{server}", given.get("text") or ""
    return Event(server, str(name), user, str(text), online, offline or ())


def put_ports_right(task: ServerTask) -> dict[str, Any]:
    """Open and close the declared ports of all devices of the event's server, by one listing."""
    event = validated_event(task.params["event"])
    entry = _entry(task, event, validated_entries(task.params["servers"], None))
    if entry is None:
        return task.result(lines=[f"{event.label}: no server of that name or id is declared"])
    desired = _following(entry.desired)
    users = _users(task, event, {user.client_name for user in desired.users})
    seen = current_of(users, desired)
    there = tuple(user for user in desired.users if user.client_name in seen.users)
    desired = replace(desired, users=there)
    seen = load_forwards(task.portal, event.server, seen, names_to_list(desired, seen))
    if event.online is not None:
        listed = {name: user.online for name, user in seen.users.items()}
        desired = as_devices_are(desired, seen, agreed(listed, event.online, event.offline))
    outcome = task.converge(Server(event.server, event.server_name), desired, seen)
    steps = outcome.step_log.result()
    return task.result(lines=[f"{event.label}: {line}" for line in _lines(steps, task)])


def refuse_undeclared(task: ServerTask) -> dict[str, Any]:
    """Raise a ``WireguardError`` where nobody declared the event's user or, without one, a user of its server."""
    event = validated_event(task.params["event"])
    entry = _entry(task, event, validated_entries(task.params["servers"], None))
    users = entry and entry.desired.users
    declared = {user.client_name for user in users or () if user.present}
    if event.user is not None:
        if event.user not in declared:
            raise WireguardError(f"Nobody declared this user: {show(event.text)}")
        return task.result(lines=[f"Declared: {show(event.text)}"])
    listed = [user.client_name for user in task.portal.users(event.server)]
    undeclared = sorted(set(listed) - declared)
    if undeclared:
        raise WireguardError(
            f"Nobody declared these users of {event.label}: {listing(undeclared, 50)}"
        )
    return task.result(lines=[f"{event.label}: every user is declared"])


def _entry(task: ServerTask, event: Event, entries: Sequence[Entry]) -> Entry | None:
    """The declaration of the event's server. Takes a request (E1) if a server is named other than by its id."""
    by_id = [entry for entry in entries if id_of(entry.server) == event.server]
    if by_id or all(id_of(entry.server) is not None for entry in entries):
        return by_id[0] if by_id else None
    servers = task.portal.servers()
    for entry in entries:
        try:
            server = server_among(servers, entry.server) if entry.server else only_server(servers)
        except NotFoundError:
            continue
        if server.id == event.server:
            return entry
    return None


def _lines(steps: Sequence[Mapping[str, Any]], task: ServerTask) -> list[str]:
    verb = "would be" if task.module.check_mode else "was"
    did = {"create": f"{verb} opened", "delete": f"{verb} closed"}
    lines = [f"{show(x['name'], 80)}: {x['what']} {did[x['action']]}" for x in steps]
    return lines or ["every port is as it should be"]


def _following(desired: Desired) -> Desired:
    """The users whose ports follow their devices: where nothing is said of that, they do."""
    users = tuple(
        replace(user, port_forwards=rules, revoked_public_keys=frozenset(), may_create=False)
        for user in desired.users
        if user.present and (rules := tuple(_rules(user)))
    )
    return Desired(users)


def _rules(user: DesiredUser) -> Iterator[DesiredForward]:
    for rule in user.port_forwards or ():
        if rule.while_online is not False:
            yield replace(rule, while_online=rule.present)


def _users(task: ServerTask, event: Event, declared: set[str]) -> list[User]:
    """The server's users (E2). One that the event names is looked for again, as a listing can be a wrong one."""
    named = {*(event.online or ()), *event.offline}
    users = task.portal.users(event.server)
    for pause in PAUSES:
        missing = named - {user.client_name for user in users}
        if not missing & declared or not task.portal.pacer.wait(pause):
            break
        users = task.portal.users(event.server)
    missing = named - {user.client_name for user in users}
    if is_doubtful(len(missing), len(named)):
        raise WireguardError(
            f"{event.label} lists {len(named) - len(missing)} of the {len(named)} users that the event"
            " names; such a listing is not acted on"
        )
    return users
