# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another writer: someone else of the same account who acts just before or after a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from .faults import Fault
from .refusal import Refusal
from .state import PortForward, Server, State, User

Thing = TypeVar("Thing")


def act(fault: Fault, state: State, *, unique_in_account: bool) -> None:
    """Do all that a fault of the kind ``meanwhile`` says; the portal's rules hold for others too.

    What cannot be done (the name is taken, the user is gone) is noted in the fault.
    """
    for action in fault.options["do"]:
        try:
            _act(action, state, unique_in_account)
        except Refusal as refusal:
            fault.errors.append(f"{action['action']}: {refusal.message}")


def _act(action: Mapping[str, Any], state: State, unique_in_account: bool) -> None:
    what = action["action"]
    if what == "create_user":
        server = _server(action, state)
        state.create_user(server, action.get("client_name"), unique_in_account=unique_in_account)
    elif what == "delete_user":
        state.delete_user(_user(action, state))
    elif what == "create_port_forward":
        state.create_forward(_user(action, state), dict(action))
    else:
        state.delete_forward(_forward(action, state))


def _server(action: Mapping[str, Any], state: State) -> Server:
    return _found(state.servers.get(action.get("server", -1)), "server")


def _user(action: Mapping[str, Any], state: State) -> User:
    if "id" in action:
        return _found(state.users.get(action["id"]), "user")
    users = _server(action, state).users.values()
    named = (user for user in users if user.client_name == action.get("client_name"))
    return _found(next(named, None), "user")


def _forward(action: Mapping[str, Any], state: State) -> PortForward:
    if "id" in action:
        return _found(state.forwards.get(action["id"]), "port forward")
    wanted = (action.get("external_port"), action.get("protocol"))
    for user in _server(action, state).users.values():
        for forward in user.forwards.values():
            if (forward.external_port, forward.protocol) == wanted:
                return forward
    raise Refusal(404, "not_found", "No such port forward.")


def _found(thing: Thing | None, what: str) -> Thing:
    if thing is None:
        raise Refusal(404, "not_found", f"No such {what}.")
    return thing
