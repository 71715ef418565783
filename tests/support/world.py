# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a simulated portal holds: filled for a test, and read back after it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

from simulator.process import Simulator

from .environment import KEY

FRA = {"id": 5, "name": "fra1", "hostname": "fra1.example.net", "ip": "192.0.2.5"}
AMS = {"id": 6, "name": "ams1", "hostname": "ams1.example.net", "ip": "192.0.2.6"}


def rule(text: str, comment: str = "") -> dict[str, Any]:
    """A port forward out of ``443/tcp -> 8443``, as a task declares it and as a seed holds it."""
    source, _separator, internal = text.partition(" -> ")
    external, _separator, protocol = source.partition("/")
    made = {
        "external_port": int(external),
        "internal_port": int(internal),
        "protocol": protocol or "tcp",
    }
    return {**made, "comment": comment} if comment else made


def fill(
    simulator: Simulator,
    users: Mapping[str, list[dict[str, Any]]],
    elsewhere: Mapping[str, list[dict[str, Any]]] | None = None,
) -> None:
    """Users with their port forwards: on server 5, and ``elsewhere`` on server 6.

    Users count from 101 in this order, port forwards from 501.
    """
    servers = [{**FRA, "users": _users(users)}, {**AMS, "users": _users(elsewhere or {})}]
    simulator.reset(seed(*servers))


def seed(*servers: dict[str, Any]) -> dict[str, Any]:
    """A seed of one account that has these servers."""
    return {"accounts": [{"name": "acme", "key": KEY, "servers": list(servers)}]}


def _users(users: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [{"client_name": name, "port_forwards": rules} for name, rules in users.items()]


def rules(simulator: Simulator, server: int = 5) -> dict[str, list[str]]:
    """Each user's port forwards, ``443/tcp -> 8443 (HTTPS)``, in the order of the ports."""
    found: dict[str, list[str]] = {name: [] for name in ids(simulator, server)}
    for forward in simulator.state()["port_forwards"]:
        if forward["server"] == server:
            found[forward["user"]].append(_text(forward))
    return {name: sorted(texts) for name, texts in found.items()}


def rule_ids(simulator: Simulator) -> dict[int, str]:
    """The ids of all port forwards: one that is removed and made again has another."""
    return {
        forward["id"]: f"{forward['user']} {_text(forward)}"
        for forward in simulator.state()["port_forwards"]
    }


def _text(forward: Mapping[str, Any]) -> str:
    comment = f" ({forward['comment']})" if forward["comment"] else ""
    return (
        f"{forward['external_port']}/{forward['protocol']} -> {forward['internal_port']}{comment}"
    )


def ids(simulator: Simulator, server: int = 5) -> dict[str, int]:
    """The users of a server and their ids."""
    users = simulator.state()["users"]
    return {user["client_name"]: user["id"] for user in users if user["server"] == server}


def api(simulator: Simulator, method: str, path: str, body: Any = None) -> Any:
    """What the portal itself answers, without any of the collection's code in between."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(simulator.url + path, data, headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


def secrets(simulator: Simulator, name: str, server: int = 5) -> dict[str, Any]:
    """``config`` and ``keys`` of a user, from the portal itself (in its default shapes)."""
    answer = api(simulator, "GET", f"/users/{ids(simulator, server)[name]}")
    return {"config": answer["config"], "keys": answer["keys"]}


def secret_texts(simulator: Simulator, name: str, server: int = 5) -> list[str]:
    """What must not be seen anywhere of a user: the private and the preshared key."""
    keys = secrets(simulator, name, server)["keys"]
    return [keys["client_private_key"], keys["preshared_key"]]
