# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""From one HTTP response to its JSON, or to the typed error that it amounts to.

No error holds a body: what an answer says about itself is its status and the API's own ``error``
and ``code``.
"""

from __future__ import annotations

import json
import math
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .._errors import OutcomeUnknownError, RejectedError, RequestError, TooManyRequestsError
from .._text import Scrubber, show
from .failures import timed_out

try:
    import requests
    from urllib3.exceptions import HTTPError as Urllib3Error
except ImportError:
    pass  # reported by the transport, before any request

if TYPE_CHECKING:
    from requests import Response

# portal-api, row "Retry-After": where a 429 names no time, the 60 s window has to pass.
WINDOW = 60.0

# A 429 holds up every process that uses the key, so no portal may ask for more than two windows.
MAX_RETRY_AFTER = 2 * WINDOW

# Above any listing of the 10,000 entries that are read at most. What is larger is refused unread, so
# that no answer can fill the memory; and so is what would fill it by being many small values.
MAX_BODY = 4 * 1024 * 1024
MAX_VALUES = 300_000

_CHUNK = 64 * 1024


class Room:
    """How many bytes an answer may have, or all pages of a listing together."""

    def __init__(self, most: int = MAX_BODY) -> None:
        self.left = most


class _UnreadableError(Exception):
    """The body is not the JSON that an answer has to be; says what it is instead."""


def read_answer(
    response: Response,
    method: str,
    path: str,
    timeout: float,
    scrub: Scrubber,
    room: Room | None = None,
) -> Any:
    """The JSON of a good answer. A PUT's or a DELETE's may be missing: then None.

    ``timeout`` (seconds) is how long it may take, for messages; ``scrub`` takes secrets out of what the
    portal says of an error. Raises ``TooManyRequestsError``, ``RejectedError``, or
    ``OutcomeUnknownError`` where the answer does not show what happened.
    """
    status = response.status_code
    try:
        content = _content(response, timeout, room or Room())
        if method in ("PUT", "DELETE") and 200 <= status < 300 and not content.strip():
            return None  # portal-api, "a delete's answer": 200 with a body or 204 with none
        body, unreadable = _json(content, response), ""
    except _UnreadableError as exc:
        body, unreadable = None, str(exc)
    if 200 <= status < 300 and not unreadable:
        return body
    code, api_message = _code_and_message(body, scrub)
    facts: dict[str, Any] = {
        "method": method,
        "path": path,
        "status": status,
        "code": code,
        "api_message": api_message,
    }
    raise _error(response, facts, unreadable)


def _error(response: Response, facts: dict[str, Any], unreadable: str) -> RequestError:
    method, path, status = facts["method"], facts["path"], facts["status"]
    code, api_message = facts["code"], facts["api_message"]
    explained = f"{method} {path}: the portal answered {status}"
    if api_message or code:
        sentence = re.sub(r"(?<=[^.])\.$", "", api_message or "") if code else api_message
        explained += f", {sentence or code}" + (f" ({code})" if sentence and code else "")
    elif unreadable:
        explained += f", {unreadable}"
    if status == 429:
        asked = _retry_after(response)
        if asked > MAX_RETRY_AFTER:
            explained += (
                f"; it asks to wait {asked:.0f} s, and {MAX_RETRY_AFTER:.0f} s are waited at most"
            )
        return TooManyRequestsError(explained, seconds=min(asked, MAX_RETRY_AFTER), **facts)
    if 300 <= status < 400:
        return RejectedError(f"{explained}, a redirect; none is followed: check api_url", **facts)
    if status == 404 and (path == "/servers" or not (code or api_message)):
        # No id is in the first path, and the portal itself says what is not there.
        explained += f". {show(response.url)} is not there: check api_url"
    if 400 <= status < 500:
        return RejectedError(explained + _HINTS.get(status, ""), **facts)
    # portal-api, rows "errors" and "statuses": with these the portal itself says that it has ended.
    ended = status == 500 and (api_message or code) is not None
    return OutcomeUnknownError(explained, ended=ended, **facts)


_HINTS = {401: ". Check the API key (api_key)", 403: ". It belongs to another account, or is gone"}


def _content(response: Response, timeout: float, room: Room) -> bytes:
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    content = bytearray()
    try:
        for chunk in _chunks(response):
            content += unpack(chunk, room.left + 1 - len(content))
            if len(content) > room.left:
                raise _UnreadableError(f"with more than {MAX_BODY // 1024 // 1024} MiB")
    except (requests.exceptions.RequestException, Urllib3Error, OSError) as exc:
        if not timed_out(exc):
            raise
        raise _UnreadableError(f"with a body that was not there after {timeout:g} s") from None
    room.left -= len(content)
    return bytes(content)


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """What unpacks a body, to no more bytes than asked for. Nothing packed was asked for."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return lambda chunk, _most: chunk
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise _UnreadableError("with a body in an encoding that was not asked for")
    packed = zlib.decompressobj(wbits=47)  # gzip or zlib, as its head says

    def unpack(chunk: bytes, most: int) -> bytes:
        try:
            return packed.decompress(chunk, most)
        except zlib.error:
            raise _UnreadableError("with a body that can't be unpacked") from None

    return unpack


def _chunks(response: Response) -> Iterator[bytes]:
    """The body as it arrives, packed as it may be."""
    # Before urllib3 2.1 there is only the one that reads on until it has as much as was asked for.
    read = getattr(response.raw, "read1", response.raw.read)
    while chunk := read(_CHUNK, decode_content=False):
        yield chunk


def _json(content: bytes, response: Response) -> Any:
    if not content.strip():
        raise _UnreadableError("with nothing in it")
    try:
        if sum(map(content.count, (b",", b"{", b"["))) > MAX_VALUES:
            raise _UnreadableError(f"with more than {MAX_VALUES} values")
        return json.loads(content, parse_float=_finite, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        html = "html" in response.headers.get("Content-Type", "").lower()
        if html or content.lstrip()[:1] == b"<":
            raise _UnreadableError(
                "with HTML instead of JSON: a proxy or firewall answered in its place"
            ) from None
        raise _UnreadableError("with something that is not JSON") from None


def _finite(text: str) -> float:
    """A number with a point or an exponent. Python reads 1e999 as Infinity."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not JSON")
    return number


def _no_constant(_name: str) -> None:
    """NaN and Infinity, which Python reads and nobody else does."""
    raise ValueError("not JSON")


def _code_and_message(body: Any, scrub: Scrubber) -> tuple[str | None, str | None]:
    """The API's own code and message (portal-api, row "errors"), without secrets and made fit to print."""
    if not isinstance(body, Mapping):
        return None, None
    code, message = body.get("code"), body.get("error")
    return (
        show(scrub(str(code)), 80) if isinstance(code, (str, int)) else None,
        show(scrub(message)) if isinstance(message, str) else None,
    )


def _retry_after(response: Response) -> float:
    """Seconds that a 429 asks to wait: a number, an HTTP date (perhaps past), or the whole window."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"-?[0-9]+", value, re.ASCII):
        return max(0.0, float(value[:12]))
    moment = _moment(value)
    if moment is None:
        return WINDOW
    # Measured by the portal's own clock where it gives it: ours may be off.
    now = _moment(response.headers.get("Date", ""))
    return max(0.0, moment - (time.time() if now is None else now))


def _moment(value: str) -> float | None:
    """An HTTP date in seconds since the epoch; None for what is none, or none that a clock can show."""
    try:
        date = parsedate_to_datetime(value[:100])
        return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError, AttributeError):
        return None
