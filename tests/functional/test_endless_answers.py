# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that never end, or that swell: each ends by the deadline, or is refused for its size."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import deadline
from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.settings import ApiSettings
from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.transport import Transport
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    OutcomeUnknownError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.cancel import (
    Uninterrupted,
)
from tests.support.modules import Modules

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
USERS = json.dumps({"users": []}).encode()


class Server:
    """Answers every request with these bytes, and then with the last of them again and again."""

    def __init__(self) -> None:
        self.first, self.then, self.pause = b"", b"", 0.02
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api/wg"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.requests.append(connection.recv(65536))
                connection.sendall(self.first)
                while self.then:
                    connection.sendall(self.then)
                    time.sleep(self.pause)
            except OSError:
                pass  # nobody reads on

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


ENDLESS = {
    "nothing at all": (b"", b""),
    "a status line": (b"HTTP/1.1 2", b"0"),
    "a header line": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "header lines": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body": (HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "a body in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a body without a length": (HEAD + b"Connection: close\r\n\r\n", b" "),
}


@pytest.mark.parametrize(("first", "then"), ENDLESS.values(), ids=ENDLESS)
def test_it_ends_by_the_deadline(
    module: Modules, server: Server, first: bytes, then: bytes
) -> None:
    server.first, server.then = first, then
    if not first + then:
        server.first, server.then, server.pause = HEAD[:1], b"H", 30
    began = time.monotonic()
    options = {"api_url": server.url, "timeout": 0.4, "max_wait": 0, "server": "5"}
    done = module("wg_user_info", **options)
    # A bound that a test on a busy machine keeps; without a deadline it never ended.
    assert time.monotonic() - began < 20
    assert done.last.failed
    assert "0.4 s" in done.last.msg
    assert done.last["error"]["method"] == "GET"


BOMB = gzip.compress(gzip.compress(b" " * 20_000_000))


@pytest.mark.parametrize(
    ("encoding", "body", "said"),
    [
        ("gzip, gzip", BOMB, "an encoding that was not asked for"),
        ("gzip", gzip.compress(b" " * 20_000_000), "more than 4 MiB"),
        ("br", b"x", "an encoding that was not asked for"),
        ("gzip", b"no gzip", "can't be unpacked"),
        ("", b"[" + b"{}," * 200_000 + b"{}]", "more than 300000 values"),
        ("", b"[" + b'"%s"' % (b"x" * 5_000_000) + b"]", "more than 4 MiB"),
        ("", b"[NaN]", "not JSON"),
    ],
)
def test_what_swells_is_refused(
    module: Modules, server: Server, encoding: str, body: bytes, said: str
) -> None:
    head = HEAD + (b"Content-Encoding: %s\r\n" % encoding.encode() if encoding else b"")
    server.first = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    done = module("wg_server_info", api_url=server.url, max_wait=0)
    assert done.last.failed
    assert said in done.last.msg
    assert b"Accept-Encoding: identity" in server.requests[0]


def test_what_is_packed_once_is_read(module: Modules, server: Server) -> None:
    """By a proxy that does not care what was asked for."""
    body = gzip.compress(b'{"servers": [{"assignment_id": 5}]}')
    server.first = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert module("wg_server_info", api_url=server.url).last["servers"] == [{"assignment_id": 5}]


def test_pages_are_bounded_together(module: Modules, server: Server) -> None:
    body = b'{"users": [], "next": "?page=2", "pad": "%s"}' % (b"x" * 3_000_000)
    server.first = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
    done = module("wg_user_info", server="5", api_url=server.url, max_wait=0)
    assert done.last.failed
    assert "more than 4 MiB" in done.last.msg
    assert done.last["requests"] == 2


def test_more_users_than_are_read(module: Modules, server: Server) -> None:
    users = [{"id": number, "client_name": f"u{number}"} for number in range(10_001)]
    body = json.dumps(users).encode()
    server.first = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    done = module("wg_user_info", server="5", api_url=server.url, max_wait=0)
    assert done.last.failed
    assert "more than 10000 entries" in done.last.msg


def test_a_write_of_a_job_that_was_cancelled_is_not_waited_for_as_long(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given some seconds to be answered, however long its time-out is."""
    monkeypatch.setattr(deadline, "GRACE", 0.2)
    server.first, server.then = HEAD + b"Content-Length: 1000000\r\n\r\n", b" "

    class Cancelled(Uninterrupted):
        def cancelled_for(self) -> float | None:
            return 0.0

    settings = ApiSettings("wg_key", server.url, timeout=600, rate_limit=0, max_wait=0)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknownError):
        Transport(settings, None, Cancelled()).post("/servers/5/users", {"client_name": "x"})
    assert time.monotonic() - began < 20
    assert len(server.requests) == 1
