# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A forward proxy on a loopback address, as small as it can be, that keeps a record."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

SILENT = 0
"""A ``refuse`` that hangs up without a word."""


class Proxy:
    """Tunnels to wherever CONNECT asks. ``heads`` holds what each client sent first, all of it.

    ``refuse`` is a status to answer instead. Whatever cannot be reached is answered with 502.
    """

    def __init__(self, refuse: int | None = None) -> None:
        self.refuse = refuse
        self.heads: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []

    @property
    def asked(self) -> list[str]:
        """The first line of each head."""
        return [head.partition("\r\n")[0] for head in self.heads]

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for opened in (self._socket, *self._open):
            _close(opened)

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = _head(client)
        self.heads.append(head)
        if self.refuse is not None:
            _answer(client, self.refuse)
            return
        method, target, _version = head.partition("\r\n")[0].split(" ")
        if method != "CONNECT":
            _answer(client, 405)
            return
        host, _colon, port = target.rpartition(":")
        try:
            portal = socket.create_connection((host, int(port)), timeout=5)
        except OSError:
            _answer(client, 502)
            return
        portal.settimeout(None)
        self._open.append(portal)
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        threading.Thread(target=_pump, args=(portal, client), daemon=True).start()
        _pump(client, portal)


def _head(client: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received and (chunk := client.recv(4096)):
        received += chunk
    return received.decode("latin-1")


def _answer(client: socket.socket, status: int) -> None:
    if status != SILENT:
        client.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
    _close(client)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    # Whoever hangs up first, both are done.
    _close(source)
    _close(sink)


def _close(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
    opened.close()
