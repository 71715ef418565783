# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts, servers, users and port forwards, in memory. Knows nothing of HTTP."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import keys, rules
from .refusal import Foreign, Refusal, UnknownId

# Every server gives out 10.66.66.N (rule "the .conf"); .1 is the server itself.
NETWORK = "10.66.66."
HOSTS = range(2, 255)

# Users and port forwards count from different numbers, so that mixing up the two kinds of id shows.
FIRST_USER_ID = 101
FIRST_FORWARD_ID = 501


def now() -> str:
    """The time as the portal writes it in ``created_at``."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Account:
    """A customer: its API keys (at most 5) and its servers."""

    name: str
    api_keys: list[str]
    servers: dict[int, Server] = field(default_factory=dict)


@dataclass
class Server:
    """A dedicated server; its id is the ``assignment_id`` of E1."""

    id: int
    account: Account
    name: str | None = None
    hostname: str | None = None
    ip: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    #: What E13 to E15 are about.
    unpublished: dict[str, Any] = field(default_factory=dict)
    #: Which forward holds an external port and transport (rule "one external port and protocol").
    ports: dict[tuple[int, str], PortForward] = field(default_factory=dict)

    @cached_property
    def keys(self) -> keys.KeyPair:
        """Made when first needed, as for users."""
        return keys.make_key_pair()

    @property
    def endpoint(self) -> str:
        """Where clients connect to. A seed may leave the address out of the listing: invent one."""
        return self.ip or f"192.0.2.{self.id % 254 + 1}"

    def next_free_ip(self) -> str:
        """Rule "creating a user": assigns the next free IP."""
        taken = {user.client_ip for user in self.users.values()}
        for host in HOSTS:
            if (ip := f"{NETWORK}{host}") not in taken:
                return ip
        raise Refusal(422, "server_full", "The server has no free IP address left.")


@dataclass
class User:
    """A user (device) of a server. It looks alive only if the seed says so."""

    id: int
    server: Server
    client_name: str
    client_ip: str
    created_at: str = field(default_factory=now)
    online: Any = False
    last_seen: Any = None
    rx_bytes: Any = 0
    tx_bytes: Any = 0
    extra: dict[str, Any] = field(default_factory=dict)
    forwards: dict[int, PortForward] = field(default_factory=dict)
    #: What E10 to E12 are about.
    unpublished: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def keys(self) -> keys.KeyPair:
        """Made when first needed: a seed of thousands of users is ready at once."""
        return keys.make_key_pair()

    @cached_property
    def preshared_key(self) -> str:
        """The same on every reading, as E5 wants it."""
        return keys.make_preshared_key()

    @property
    def config(self) -> str:
        """The whole .conf text."""
        return keys.conf_text(
            private_key=self.keys.private,
            address=self.client_ip,
            server_public_key=self.server.keys.public,
            preshared_key=self.preshared_key,
            endpoint=self.server.endpoint,
        )


@dataclass
class PortForward:
    """A port forward of a user."""

    id: int
    user: User
    external_port: int
    internal_port: int
    protocol: str
    comment: str | None = None
    status: str = "active"
    created_at: str = field(default_factory=now)


class State:
    """All that the portal knows, and the only way to change it."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.servers: dict[int, Server] = {}
        self.users: dict[int, User] = {}
        self.forwards: dict[int, PortForward] = {}
        self._account_of_key: dict[str, Account] = {}
        self._next_user_id = FIRST_USER_ID
        self._next_forward_id = FIRST_FORWARD_ID

    # Looking things up, as one account sees them

    def account_of_key(self, api_key: str | None) -> Account | None:
        """The account that an API key belongs to; one key reaches all its servers (rule "keys")."""
        return None if api_key is None else self._account_of_key.get(api_key)

    def server(self, account: Account, server_id: str | int) -> Server:
        """A server of the account."""
        server = self.servers.get(_number(server_id))
        if server is None:
            raise UnknownId("server")
        if server.account is not account:
            raise Foreign("server")
        return server

    def user(self, account: Account, user_id: str | int) -> User:
        """A user of one of the account's servers."""
        user = self.users.get(_number(user_id))
        if user is None:
            raise UnknownId("user")
        if user.server.account is not account:
            raise Foreign("user")
        return user

    def forward(self, account: Account, forward_id: str | int) -> PortForward:
        """A port forward of one of the account's users."""
        forward = self.forwards.get(_number(forward_id))
        if forward is None:
            raise UnknownId("port forward")
        if forward.user.server.account is not account:
            raise Foreign("port forward")
        return forward

    # What the API can do

    def create_user(self, server: Server, client_name: Any, *, unique_in_account: bool) -> User:
        """E3. A name is taken on its server, or (setting ``names_unique``) in the whole account."""
        name = rules.check_name(client_name)
        servers = server.account.servers.values() if unique_in_account else [server]
        if any(user.client_name == name for each in servers for user in each.users.values()):
            raise Refusal(409, "duplicate_name", f"A user named {name} already exists.")
        user = self.add_user(server, name)
        # E3 hands the keys out at once; making them here keeps E5's first reading as quick as any.
        _read = user.keys, user.preshared_key
        return user

    def delete_user(self, user: User) -> None:
        """E6: access is revoked; the port forwards end with their user."""
        for forward in list(user.forwards.values()):
            self.delete_forward(forward)
        del user.server.users[user.id]
        del self.users[user.id]

    def create_forward(self, user: User, body: dict[str, Any]) -> PortForward:
        """E8."""
        return self.add_forward(user, rules.check_forward(body))

    def delete_forward(self, forward: PortForward) -> None:
        """E9."""
        ports = forward.user.server.ports
        for transport in rules.transports(forward.protocol):
            del ports[forward.external_port, transport]
        del forward.user.forwards[forward.id]
        del self.forwards[forward.id]

    # What a seed can do as well

    def add_account(self, name: str, api_keys: list[str]) -> Account:
        """An account with its keys."""
        account = self.accounts[name] = Account(name, api_keys)
        for api_key in api_keys:
            self._account_of_key[api_key] = account
        return account

    def add_server(self, server: Server) -> None:
        """A server of an account."""
        self.servers[server.id] = server.account.servers[server.id] = server

    def add_user(
        self,
        server: Server,
        client_name: str,
        *,
        user_id: int | None = None,
        client_ip: str | None = None,
        **details: Any,
    ) -> User:
        """A user whose name is not looked at: a seed may hold names that the API would refuse."""
        client_ip = client_ip or server.next_free_ip()
        if user_id is None:
            user_id = self._next_user_id
        # One count for all servers, and no number twice.
        self._next_user_id = max(self._next_user_id, user_id + 1)
        user = User(user_id, server, client_name, client_ip, **details)
        self.users[user_id] = server.users[user_id] = user
        return user

    def add_forward(
        self, user: User, wanted: rules.Forward, *, forward_id: int | None = None, **details: Any
    ) -> PortForward:
        """A port forward, unless another of the server holds the port (409 ``port_in_use``)."""
        ports = user.server.ports
        claims = [
            (wanted.external_port, transport) for transport in rules.transports(wanted.protocol)
        ]
        for claim in claims:
            if claim in ports:
                raise Refusal(
                    409,
                    "port_in_use",
                    f"External port {wanted.external_port}/{ports[claim].protocol} "
                    "is already forwarded on this server.",
                )
        if forward_id is None:
            forward_id = self._next_forward_id
        self._next_forward_id = max(self._next_forward_id, forward_id + 1)
        forward = PortForward(forward_id, user, *wanted, **details)
        self.forwards[forward_id] = user.forwards[forward_id] = forward
        for claim in claims:
            ports[claim] = forward
        return forward


def _number(text: str | int) -> int:
    """An id as it stood in a path; -1, which nothing has, where it is no number."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", str(text)) else -1
