# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small services, and asking them. Their sockets are on a node; what answers runs in this process."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

from .node import Node

Answer = Callable[[bytes, str], bytes]


def who(said: bytes, peer: str) -> bytes:
    """Answers with the address that the question came from."""
    return peer.encode()


def named(name: str) -> Answer:
    """Answers with a name and what was said."""
    return lambda said, peer: name.encode() + b": " + said


@contextlib.contextmanager
def serving(
    node: Node, port: int, answer: Answer, *addresses: str, plain: bool = False
) -> Iterator[None]:
    """Answer on a port, over TCP and UDP, on these addresses (left out: on all, v4 and v6).

    ``plain``: over UDP from whatever address the kernel takes, as most programs do.
    """
    sockets = [
        node.socket(kind, (address, port))
        for address in addresses or ("::",)
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    ]
    threads = [threading.Thread(target=_serve, args=(each, answer, plain)) for each in sockets]
    for each in sockets:
        if each.type == socket.SOCK_STREAM:
            each.listen(16)
        elif each.family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for each in sockets:
            # A thread that waits in accept() is not woken by close().
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in threads:
            thread.join()


def _serve(listening: socket.socket, answer: Answer, plain: bool) -> None:
    listening.settimeout(0.2)
    while listening.fileno() != -1:
        try:
            if listening.type == socket.SOCK_STREAM:
                _converse(*listening.accept(), answer)
            elif plain:
                said, peer = listening.recvfrom(4096)
                listening.sendto(answer(said, _plain(peer[0])), peer)
            else:
                _answer_packet(listening, answer)
        except TimeoutError:
            continue
        except OSError:
            continue  # the peer is out of reach, or the socket was closed


def _answer_packet(listening: socket.socket, answer: Answer) -> None:
    """Answer from the address that was asked, as servers for hosts with several addresses do.

    Left to itself, the kernel takes the address of the way to the asker: with port forwards alone, not
    the tunnel's.
    """
    said, ancillary, _flags, peer = listening.recvmsg(4096, 256)
    # Only the address: by which interface, the host's rules decide.
    asked = [(level, kind, data[:16] + bytes(4)) for level, kind, data in ancillary]
    listening.sendmsg([answer(said, _plain(peer[0]))], asked, 0, peer)


def _converse(connection: socket.socket, peer: tuple[str, int], answer: Answer) -> None:
    with connection:
        connection.settimeout(3)
        connection.sendall(answer(connection.recv(4096), _plain(peer[0])))


def _plain(address: str) -> str:
    return address.removeprefix("::ffff:")


def ask(node: Node, address: str, port: int, *, udp: bool = False, wait: float = 3) -> str | None:
    """What a service answers a node; None if it doesn't within so many seconds."""
    return node.call(_ask, address, port, udp, wait)


def _ask(address: str, port: int, udp: bool, wait: float) -> str | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as talking:
        talking.settimeout(wait)
        try:
            talking.connect((address, port))
            talking.send(b"hello")
            return talking.recv(4096).decode()
        except OSError:
            return None


def resolver(address: str) -> Answer:
    """Answers every question for a name's address with this one."""

    def answer(said: bytes, peer: str) -> bytes:
        kind = said[said.index(b"\0", 12) + 1 :][:2]
        question = said[12 : said.index(b"\0", 12) + 5]
        if kind != b"\0\1":  # only A; of the others there are none
            return said[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + question
        record = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 60, 4) + socket.inet_aton(address)
        return said[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question + record

    return answer
