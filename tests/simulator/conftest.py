# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator process for each file of tests, as at the start for each test, and clients of it."""

from __future__ import annotations

import socket
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from simulator.process import Simulator

ACME = "wg_demo_acme"
GLOBEX = "wg_demo_globex"


class Client:
    """An account's client; it returns the response, whatever it is."""

    def __init__(self, url: str, api_key: str | None = ACME) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        if api_key is not None:
            self.session.headers["Authorization"] = f"Bearer {api_key}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        return self.session.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self("POST", path, json=body, **options)

    def delete(self, path: str) -> requests.Response:
        return self("DELETE", path)

    def add_user(self, name: str, server: int = 5) -> int:
        response = self.post(f"/servers/{server}/users", {"client_name": name})
        assert response.status_code == 201, response.text
        return int(response.json()["user"]["id"])

    def add_forward(self, user: int, external: int, protocol: str = "tcp") -> int:
        body = {"external_port": external, "internal_port": 80, "protocol": protocol}
        response = self.post(f"/users/{user}/port-forwards", body)
        assert response.status_code == 201, response.text
        return int(response.json()["port_forward"]["id"])

    def names(self, server: int = 5) -> list[str]:
        users = self.get(f"/servers/{server}/users").json()["users"]
        return [user["client_name"] for user in users]


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    """The process."""
    with Simulator(rate_limit=0) as simulator:
        yield simulator
        assert simulator.log() == ""


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    """The process, as it was at its start."""
    running.reset()
    return running


@pytest.fixture
def acme(simulator: Simulator) -> Iterator[Client]:
    """The client of the account acme: servers 5 and 6."""
    client = Client(simulator.url)
    with client.session:
        yield client


@pytest.fixture
def globex(simulator: Simulator) -> Iterator[Client]:
    """The client of another account: server 9."""
    client = Client(simulator.url, GLOBEX)
    with client.session:
        yield client


@pytest.fixture
def nobody(simulator: Simulator) -> Iterator[Client]:
    """A client without a key."""
    client = Client(simulator.url, None)
    with client.session:
        yield client


@pytest.fixture
def client_of() -> Callable[[Simulator], Client]:
    """Makes a client of acme for a simulator of the test's own."""
    return lambda simulator: Client(simulator.url)


@pytest.fixture
def send(simulator: Simulator) -> Callable[..., socket.socket]:
    """Sends a request over a bare socket, for the tests that want to see what comes on the wire."""

    def send(method: str, path: str, body: str = "") -> socket.socket:
        target = urllib.parse.urlsplit(simulator.url)
        connection = socket.create_connection((target.hostname, target.port), timeout=10)
        connection.sendall(
            f"{method} {target.path}{path} HTTP/1.1\r\nHost: {target.netloc}\r\n"
            f"Authorization: Bearer {ACME}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        return connection

    return send
