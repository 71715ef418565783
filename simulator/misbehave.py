# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, done to a connection: each kind of ``faults.py`` but ``meanwhile`` is a function here."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from . import answers
from .faults import Fault
from .journal import Entry
from .listener import Listener
from .refusal import Refusal

HTML = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
    "<body><h1>{title}</h1><p>The proxy could not reach the server.</p></body></html>\n"
)
GARBAGE = b'\x00\xff\xfe{"users": [<this is not JSON>'
STAND_IN = {"message": "This answer was made up by the simulator, and nothing was done."}
MEGABYTE = 1024 * 1024


class NoAnswer(web.Response):
    """For aiohttp, which wants a response where the connection has been dealt with already."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Send nothing."""
        return None

    async def write_eof(self, data: Any = b"") -> None:
        """Send nothing."""


@dataclass
class Scene:
    """A request with a fault. ``real`` is the answer to it, where it was carried out."""

    request: web.Request
    fault: Fault
    entry: Entry
    listener: Listener
    real: web.StreamResponse | None = None

    def option(self, name: str) -> Any:
        """A field of the fault."""
        return self.fault.options[name]

    @property
    def status(self) -> int:
        """The status of the fault or the real answer, or else what success looks like."""
        if (status := self.fault.options.get("status")) is not None:
            return int(status)
        if self.real is not None:
            return self.real.status
        return 201 if self.request.method == "POST" else 200

    @property
    def body(self) -> bytes:
        """The real answer's body, or one that stands in for it."""
        body = self.real.body if isinstance(self.real, web.Response) else None
        return body if isinstance(body, bytes) and body else json.dumps(STAND_IN).encode()


async def misbehave(scene: Scene) -> web.StreamResponse:
    """Let a fault happen; the journal learns which status the client got to see."""
    response = await _KINDS[scene.fault.kind](scene)
    if not isinstance(response, NoAnswer):
        scene.entry.status = response.status
    return response


# Answers


async def _status(scene: Scene) -> web.StreamResponse:
    status = scene.option("status")
    if scene.option("body") == "json":
        response = answers.refused(Refusal(status, scene.option("code"), scene.option("message")))
    elif scene.option("body") == "html":
        response = _html_page(status)
    else:
        response = web.Response(status=status)
    return _with_retry_after(response, scene.option("retry_after"))


async def _rate_limited(scene: Scene) -> web.StreamResponse:
    return _with_retry_after(answers.rate_limited(None), scene.option("retry_after"))


async def _html(scene: Scene) -> web.StreamResponse:
    return _html_page(scene.option("status"))


async def _redirect(scene: Scene) -> web.StreamResponse:
    return web.Response(status=scene.status, headers={"Location": scene.option("location")})


async def _empty(scene: Scene) -> web.StreamResponse:
    return web.Response(status=scene.status, content_type="application/json")


async def _garbage(scene: Scene) -> web.StreamResponse:
    return web.Response(status=scene.status, body=GARBAGE, content_type="application/json")


async def _json(scene: Scene) -> web.StreamResponse:
    return web.json_response(scene.option("body"), status=scene.status)


async def _deep(scene: Scene) -> web.StreamResponse:
    depth = scene.option("depth")
    body = b"[" * depth + b"]" * depth
    return web.Response(status=scene.status, body=body, content_type="application/json")


async def _huge(scene: Scene) -> web.StreamResponse:
    # Valid JSON, and no Content-Length: a client learns the size only by reading.
    def chunks() -> Any:
        yield b'{"data": "'
        for _turn in range(scene.option("megabytes")):
            yield b"x" * MEGABYTE
        yield b'"}'

    return await _stream(scene, chunks(), pause=0)


async def _slow(scene: Scene) -> web.StreamResponse:
    body = scene.body
    length = len(body)
    drops = (body[index : index + 1] for index in range(length))
    return await _stream(scene, drops, pause=scene.option("seconds"), length=length)


# Connections


async def _reset(scene: Scene) -> web.StreamResponse:
    if (transport := scene.request.transport) is not None:
        # Not to linger at all makes the kernel send RST where it would have sent FIN.
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return NoAnswer()


async def _close(scene: Scene) -> web.StreamResponse:
    if (transport := scene.request.transport) is not None:
        transport.close()
    return NoAnswer()


async def _timeout(scene: Scene) -> web.StreamResponse:
    await _wait(scene.request, scene.option("seconds"))
    return await _close(scene)


async def _truncated(scene: Scene) -> web.StreamResponse:
    """Half of the body. The length told is that of the whole ("full"), true ("cut") or missing."""
    body = scene.body
    half = body[: len(body) // 2]
    length = {
        "full": f"Content-Length: {len(body)}\r\n",
        "cut": f"Content-Length: {len(half)}\r\n",
        "none": "",
    }[scene.option("length")]
    # By hand, as aiohttp knows better than to send such a thing.
    head = (
        f"HTTP/1.1 {scene.status} Truncated\r\n"
        f"Content-Type: application/json\r\n{length}Connection: close\r\n\r\n"
    )
    scene.entry.status = scene.status
    if (transport := scene.request.transport) is not None:
        transport.write(head.encode() + half)
        transport.close()
    return NoAnswer()


async def _refused(scene: Scene) -> web.StreamResponse:
    scene.listener.interrupt(scene.option("seconds"))
    # Not "or": a response is also a mapping, and an empty one.
    response = NoAnswer() if scene.real is None else scene.real
    response.force_close()
    return response


_KINDS: dict[str, Callable[[Scene], Awaitable[web.StreamResponse]]] = {
    "status": _status,
    "rate_limited": _rate_limited,
    "html": _html,
    "redirect": _redirect,
    "empty": _empty,
    "garbage": _garbage,
    "json": _json,
    "deep": _deep,
    "huge": _huge,
    "slow": _slow,
    "reset": _reset,
    "close": _close,
    "timeout": _timeout,
    "truncated": _truncated,
    "refused": _refused,
}


# What several of them need


def _html_page(status: int) -> web.Response:
    title = f"{status} {web.Response(status=status).reason}"
    return web.Response(status=status, text=HTML.format(title=title), content_type="text/html")


def _with_retry_after(response: web.Response, value: int | str | None) -> web.Response:
    if value is not None:
        response.headers["Retry-After"] = answers.http_date(2) if value == "date" else str(value)
    return response


async def _wait(request: web.Request, seconds: float) -> None:
    """Wait, but no longer than the client does."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0 and request.transport is not None:
        await asyncio.sleep(min(left, 0.05))


async def _stream(
    scene: Scene, chunks: Any, *, pause: float, length: int | None = None
) -> web.StreamResponse:
    response = web.StreamResponse(status=scene.status)
    response.content_type = "application/json"
    response.content_length = length
    # The client has the status long before the end, and may leave before it.
    scene.entry.status = response.status
    try:
        await response.prepare(scene.request)
        for chunk in chunks:
            await response.write(chunk)
            if pause:
                await _wait(scene.request, pause)
    except ConnectionError:
        return NoAnswer()
    return response
