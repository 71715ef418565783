# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seed: what the portal knows when it starts. From a YAML or JSON document to a State.

User names are taken as they come, and so is whatever stands under ``extra``: a seed may hold what
the API would never let in, to see what a client makes of it. Everything else is checked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import checks, rules, unpublished
from .document import DocumentError, Node
from .refusal import Refusal
from .state import Account, Server, State, User

MOST_KEYS = 5

DEFAULT: dict[str, Any] = {
    "accounts": [
        {
            "name": "acme",
            "key": "wg_demo_acme",
            "servers": [
                {"id": 5, "name": "fra1", "hostname": "fra1.example.net", "ip": "192.0.2.5"},
                {"id": 6, "name": "ams1", "hostname": "ams1.example.net", "ip": "192.0.2.6"},
            ],
        },
        {
            "name": "globex",
            "key": "wg_demo_globex",
            "servers": [
                {"id": 9, "name": "nyc1", "hostname": "nyc1.example.net", "ip": "192.0.2.9"},
            ],
        },
    ]
}


def read(path: str) -> Any:
    """The document in a file; DocumentError if there is none."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"cannot read {path}: {error}") from error
    try:
        # YAML would read JSON too, a hundred times as slowly, and its import is not free.
        return json.loads(text)
    except ValueError:
        return _read_yaml(path, text)


def _read_yaml(path: str, text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """YAML without dates: the portal's times are text."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regex) for tag, regex in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise DocumentError(f"{path} is neither YAML nor JSON: {error}") from error


def build(document: Any) -> State:
    """The state that a document describes; DocumentError says what is wrong with it."""
    state = State()
    root = Node("seed", document)
    root.only("accounts")
    for account in root.items("accounts"):
        _account(state, account)
    return state


def _account(state: State, node: Node) -> None:
    node.only("name", "key", "keys", "servers")
    name = node.get("name", checks.filled)
    if name in state.accounts:
        raise node.error(f"there is an account {name} already")
    keys = [node.get("key", checks.filled)] if "key" in node.value else []
    keys += node.get("keys", checks.texts, [])
    if not 1 <= len(keys) <= MOST_KEYS:
        raise node.error(f"must have a key, or keys: a list of 1 to {MOST_KEYS}")
    for key in keys:
        if state.account_of_key(key) is not None or keys.count(key) > 1:
            raise node.error("has a key that stands in the seed twice")
    account = state.add_account(name, keys)
    for server in node.items("servers"):
        _server(state, account, server)


def _server(state: State, account: Account, node: Node) -> None:
    node.only("id", "name", "hostname", "ip", "extra", "dns", "users")
    server = Server(
        id=node.get("id", checks.from_to(1)),
        account=account,
        extra=node.get("extra", checks.object_, {}),
        **{field: node.get(field, checks.filled, None) for field in ("name", "hostname", "ip")},
    )
    if server.id in state.servers:
        raise node.error(f"there is a server {server.id} already")
    server.unpublished[unpublished.DNS] = node.get("dns", checks.object_, None)
    state.add_server(server)
    for user in node.items("users"):
        _user(state, server, user)


def _user(state: State, server: Server, node: Node) -> None:
    live = ("online", "last_seen", "rx_bytes", "tx_bytes")
    node.only(
        "client_name", "id", "client_ip", "created_at", *live, "extra", "bandwidth", "port_forwards"
    )
    details = {field: node.value[field] for field in live if field in node.value}
    if "created_at" in node.value:
        details["created_at"] = node.get("created_at", checks.filled)
    user_id = node.get("id", checks.from_to(1), None)
    if user_id in state.users:
        raise node.error(f"there is a user {user_id} already")
    try:
        user = state.add_user(
            server,
            node.get("client_name", checks.text),
            user_id=user_id,
            client_ip=node.get("client_ip", checks.filled, None),
            extra=node.get("extra", checks.object_, {}),
            **details,
        )
    except Refusal as refusal:
        raise node.error(refusal.message) from refusal
    user.unpublished[unpublished.BANDWIDTH] = node.get("bandwidth", checks.object_, None)
    for forward in node.items("port_forwards"):
        _forward(state, user, forward)


def _forward(state: State, user: User, node: Node) -> None:
    details = ("status", "created_at")
    node.only("id", "external_port", "internal_port", "protocol", "comment", *details)
    forward_id = node.get("id", checks.from_to(1), None)
    if forward_id in state.forwards:
        raise node.error(f"there is a port forward {forward_id} already")
    try:
        state.add_forward(
            user,
            rules.Forward(
                rules.check_external_port(node.get("external_port", checks.anything)),
                rules.check_port("internal_port", node.get("internal_port", checks.anything)),
                rules.check_protocol(node.get("protocol", checks.anything)),
                node.get("comment", checks.text, None),
            ),
            forward_id=forward_id,
            **{field: node.get(field, checks.filled) for field in details if field in node.value},
        )
    except Refusal as refusal:
        raise node.error(refusal.message) from refusal
