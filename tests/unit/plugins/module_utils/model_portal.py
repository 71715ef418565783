# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal in memory that obeys the published rules, with the methods of ``_portal.Portal``.

It is what the applier's laws are tried on: it counts requests, fails where it is told to, and lets
somebody else change the server right before any request.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    AnswerError,
    NotReachedError,
    OutcomeUnknownError,
    RejectedError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Secrets,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.cancel import (
    Uninterrupted,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current

SERVER = Server(5)

# What can happen to a request. `before` and `after`: the outcome is unknown, and the write had not
# or had been carried out.
WRITE_FAULTS = (
    *("rejected", "not_reached", "before", "after", "ended", "ended_after"),
    *("interrupt", "interrupt_after"),
)
READ_FAULTS = ("rejected", "not_reached", "before", "answer")


class KilledHereError(BaseException):
    """A process that is killed, whatever its code says to that."""


class InterruptedHereError(BaseException):
    """A job that is cancelled: no error that anything might handle and go on from."""


@dataclass(frozen=True)
class Holder:
    """Where one protocol of one external port leads."""

    name: str
    internal_port: int
    comment: str


Slots = dict[tuple[int, str], Holder]


@dataclass(frozen=True)
class State:
    """A server at one moment, told in terms of the traffic and not of the rules that carry it."""

    users: frozenset[str]
    slots: Slots


Act = Callable[["ModelPortal"], None]


@dataclass
class ModelTurns:
    """Nobody waits here, and the budget is as large as it is said to be."""

    portal: ModelPortal
    interrupt: Uninterrupted = field(default_factory=Uninterrupted)

    def expect(self, requests: int) -> None:
        """There is time for them."""

    def progress(self, done: int, total: int) -> None:
        """Nobody looks."""

    def free_now(self) -> int | None:
        return None if self.portal.room else 0

    def left(self) -> float:
        return self.portal.patience - self.portal.waited

    def wait(self, seconds: float) -> bool:
        if self.portal.waited + seconds > self.portal.patience:
            return False
        self.portal.waited += seconds
        return True

    @contextmanager
    def reserved(self, requests: int) -> Iterator[None]:
        yield

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        yield

    @contextmanager
    def must_finish(self) -> Iterator[None]:
        yield


@dataclass
class ModelPortal:
    """Requests are numbered from 0; ``faults`` and ``meanwhile`` go by that number.

    ``write_faults`` go by the number of the request among the writes. ``down_from``: nothing is
    reached from that request on. ``terse``: creations answer no more than is published.
    """

    faults: Mapping[int, str] = field(default_factory=dict)
    write_faults: Mapping[int, str] = field(default_factory=dict)
    meanwhile: Mapping[int, Iterable[Act]] = field(default_factory=dict)
    down_from: int | None = None
    # The process is killed at that request: before it reaches the portal, or before its answer comes.
    killed_at: tuple[int, str] | None = None
    on_kill: Callable[[], None] = lambda: None
    terse: bool = False
    room: bool = True

    users_by_id: dict[int, str] = field(default_factory=dict)
    rules: dict[int, tuple[int, PortForward]] = field(default_factory=dict)
    others: dict[int, list[User]] = field(default_factory=dict)

    patience: float = float("inf")
    waited: float = 0.0
    dead: bool = False
    requests_sent: int = 0
    writes_sent: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    # Slots whose rule was removed through the methods of the portal, as they were then.
    removed: list[tuple[tuple[int, str], Holder]] = field(default_factory=list)
    limits: dict[int, dict[str, Any]] = field(default_factory=dict)
    # What somebody else removed, whole users by their names.
    removed_by_others: set[tuple[int, str] | str] = field(default_factory=set)
    _next_id: int = 100
    _cancelled: bool = False

    # -- What tests use ------------------------------------------------------------------------

    @classmethod
    def holding(cls, held: Mapping[str, Iterable[PortForward]], **options: Any) -> ModelPortal:
        """A portal whose server has these users, with these rules."""
        portal = cls(**options)
        for name, rules in held.items():
            portal.add_user(name)
            for rule in rules:
                portal.add_rule(name, rule)
        return portal

    def copy(self, **options: Any) -> ModelPortal:
        """The same server, with faults of its own and nothing counted yet."""
        twin = ModelPortal(**options)
        twin.users_by_id, twin.rules = dict(self.users_by_id), dict(self.rules)
        twin.others, twin._next_id = self.others, self._next_id
        twin.limits = {key: dict(value) for key, value in self.limits.items()}
        return twin

    def observed(self, names: Iterable[str] | None = None) -> Current:
        """What a listing of all users, and of these users' rules (None: everyone's), would show."""
        users = {name: self._user(user_id) for user_id, name in self.users_by_id.items()}
        seen = users if names is None else [name for name in names if name in users]
        return Current(users, {name: tuple(self._rules_of(self._id(name))) for name in seen})

    def state(self) -> State:
        slots: Slots = {}
        for user_id, rule in self.rules.values():
            for slot, holder in _slots(self.users_by_id[user_id], rule):
                assert slot not in slots, "the model let a duplicate in"
                slots[slot] = holder
        names = list(self.users_by_id.values())
        assert len(names) == len(set(names)), "the model let a second user of one name in"
        return State(frozenset(names), slots)

    def add_user(self, name: str) -> bool:
        """Somebody creates a user, if the portal lets them."""
        if name in self.users_by_id.values():
            return False
        self.users_by_id[self._new_id()] = name
        return True

    def add_rule(self, name: str, rule: PortForward) -> PortForward | None:
        """Somebody creates a rule, if the portal lets them."""
        taken = {
            protocol
            for _owner, other in self.rules.values()
            if other.external_port == rule.external_port
            for protocol in other.protocols
        }
        if name not in self.users_by_id.values() or taken & rule.protocols:
            return None
        made = replace(rule, id=self._new_id(), status="active")
        assert made.id is not None
        self.rules[made.id] = (self._id(name), made)
        return made

    def remove_user(self, name: str) -> None:
        """Somebody else removes a user."""
        self.removed_by_others.add(name)
        self._end_user(name)

    def _end_user(self, name: str) -> None:
        for user_id in [key for key, value in self.users_by_id.items() if value == name]:
            del self.users_by_id[user_id]
            self.limits.pop(user_id, None)
            self.rules = {k: v for k, v in self.rules.items() if v[0] != user_id}

    def remove_rule(self, port: int, protocol: str) -> None:
        """Somebody else removes the rule that serves a slot."""
        self.removed_by_others |= {
            slot
            for owner, rule in self.rules.values()
            if rule.external_port == port and protocol in rule.protocols
            for slot, _holder in _slots(self.users_by_id[owner], rule)
        }
        self.rules = {
            key: (owner, rule)
            for key, (owner, rule) in self.rules.items()
            if rule.external_port != port or protocol not in rule.protocols
        }

    # -- The methods of the portal -------------------------------------------------------------

    @property
    def pacer(self) -> ModelTurns:
        return ModelTurns(self)

    def servers(self) -> list[Server]:
        self._read("/servers")
        return [SERVER, *(Server(server_id) for server_id in self.others)]

    def users(self, server_id: int) -> list[User]:
        path = f"/servers/{server_id}/users"
        self._read(path)
        if server_id == SERVER.id:
            return [self._user(user_id) for user_id in self.users_by_id]
        if server_id in self.others:
            return list(self.others[server_id])
        raise _rejected(404, "GET", path)

    def user(self, user_id: int) -> tuple[User, Secrets]:
        path = f"/users/{user_id}"
        self._read(path)
        if user_id not in self.users_by_id:
            raise _rejected(404, "GET", path)
        return self._user(user_id), _secrets(user_id)

    def port_forwards(self, user_id: int) -> list[PortForward]:
        path = f"/users/{user_id}/port-forwards"
        self._read(path)
        if user_id not in self.users_by_id:
            raise _rejected(404, "GET", path)
        return self._rules_of(user_id)

    def create_user(self, server_id: int, client_name: str) -> tuple[User | None, Secrets]:
        path = f"/servers/{server_id}/users"

        def write() -> tuple[User | None, Secrets]:
            elsewhere = [user.client_name for users in self.others.values() for user in users]
            if client_name in elsewhere or not self.add_user(client_name):
                raise self._conflict("POST", path)
            user = self._user(self._id(client_name))
            assert user.id is not None
            return (None if self.terse else user), _secrets(user.id)

        return self._write("POST", path, write)

    def delete_user(self, user_id: int) -> None:
        path = f"/users/{user_id}"

        def write() -> None:
            if user_id not in self.users_by_id:
                raise _rejected(404, "DELETE", path)
            self._end_user(self.users_by_id[user_id])

        self._write("DELETE", path, write)

    def create_port_forward(self, user_id: int, rule: PortForward) -> PortForward | None:
        path = f"/users/{user_id}/port-forwards"

        def write() -> PortForward | None:
            if user_id not in self.users_by_id:
                raise _rejected(404, "POST", path)
            made = self.add_rule(self.users_by_id[user_id], rule)
            if made is None:
                raise self._conflict("POST", path)
            return None if self.terse else made

        return self._write("POST", path, write)

    def delete_port_forward(self, port_forward_id: int) -> None:
        path = f"/port-forwards/{port_forward_id}"

        def write() -> None:
            if port_forward_id not in self.rules:
                raise _rejected(404, "DELETE", path)
            owner, rule = self.rules.pop(port_forward_id)
            self.removed += _slots(self.users_by_id[owner], rule)

        self._write("DELETE", path, write)

    def setting(self, path: str, name: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
        self._read(path)
        user_id = int(path.split("/")[2])
        if name != "bandwidth" or user_id not in self.limits:
            raise _rejected(404, "GET", path)
        return dict(self.limits[user_id])

    def put_setting(self, path: str, fields: Mapping[str, Any]) -> None:
        def write() -> None:
            user_id = int(path.split("/")[2])
            if user_id not in self.users_by_id:
                raise _rejected(404, "PUT", path)
            self.limits[user_id] = dict(fields)

        self._write("PUT", path, write)

    # -- Inside --------------------------------------------------------------------------------

    def _read(self, path: str) -> None:
        fault = self._begin("GET", path)
        if fault:
            raise _failure(fault, "GET", path)

    def _write(self, method: str, path: str, write: Callable[[], Any]) -> Any:
        fault = self._begin(method, path) or self.write_faults.get(self.writes_sent)
        self.writes_sent += 1
        if fault and fault.startswith("interrupt"):
            # A job is cancelled once; whoever cancels it again is not heard.
            fault, self._cancelled = (None if self._cancelled else fault), True
        if fault and not fault.endswith("after"):
            raise _failure(fault, method, path)
        made = write()
        if self.killed_at == (self.requests_sent - 1, "after"):
            self._kill()
        if fault:
            raise _failure(fault, method, path)
        return made

    def _begin(self, method: str, path: str) -> str | None:
        if self.dead:
            raise KilledHereError
        number = self.requests_sent
        self.requests_sent += 1
        if self.killed_at == (number, "before"):
            self._kill()
        self.calls.append((method, path))
        for act in self.meanwhile.get(number, ()):
            act(self)
        if self.down_from is not None and number >= self.down_from:
            return "not_reached"
        return self.faults.get(number)

    def _kill(self) -> None:
        self.dead = True
        self.on_kill()
        raise KilledHereError

    def _conflict(self, method: str, path: str) -> RejectedError:
        self.conflicts.append(f"{method} {path}")
        return _rejected(409, method, path)

    def _rules_of(self, user_id: int) -> list[PortForward]:
        return [rule for owner, rule in self.rules.values() if owner == user_id]

    def _id(self, name: str) -> int:
        return next(user_id for user_id, known in self.users_by_id.items() if known == name)

    def _user(self, user_id: int) -> User:
        return User(user_id, self.users_by_id[user_id], client_ip=f"10.66.66.{user_id % 250}")

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id


def _slots(name: str, rule: PortForward) -> list[tuple[tuple[int, str], Holder]]:
    holder = Holder(name, rule.internal_port, rule.comment)
    return [((rule.external_port, protocol), holder) for protocol in sorted(rule.protocols)]


def public_key(user_id: int) -> str:
    """The public key of the user with this id."""
    return base64.b64encode(hashlib.sha256(str(user_id).encode()).digest()).decode()


def _secrets(user_id: int) -> Secrets:
    keys = {"client_private_key": f"secret {user_id}", "client_public_key": public_key(user_id)}
    return Secrets(f"[Interface] # {user_id}", keys)


def _rejected(status: int, method: str, path: str) -> RejectedError:
    return RejectedError(
        f"{method} {path}: the portal answered {status}", method=method, path=path, status=status
    )


def _failure(fault: str, method: str, path: str) -> BaseException:
    if fault.startswith("interrupt"):
        return InterruptedHereError(fault)
    if fault == "rejected":
        return _rejected(422, method, path)
    if fault.startswith("ended"):
        return OutcomeUnknownError(
            f"{method} {path}: {fault}", method=method, path=path, ended=True
        )
    kind = {"not_reached": NotReachedError, "answer": AnswerError}.get(fault, OutcomeUnknownError)
    return kind(f"{method} {path}: {fault}", method=method, path=path)
