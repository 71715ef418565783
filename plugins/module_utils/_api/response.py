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
import time
from collections.abc import Iterator, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .._errors import OutcomeUnknownError, RejectedError, RequestError, TooManyRequestsError
from .._text import Scrubber, show

if TYPE_CHECKING:
    from requests import Response

# portal-api, row "Retry-After": where a 429 names no time, the 60 s window has to pass.
WINDOW = 60.0

# Far above any listing. What is larger is refused unread, so that no answer can fill the memory.
MAX_BODY = 16 * 1024 * 1024

_CHUNK = 64 * 1024


class _UnreadableError(Exception):
    """The body is not the JSON that an answer has to be; says what it is instead."""


def read_answer(response: Response, method: str, path: str, timeout: float, scrub: Scrubber) -> Any:
    """The JSON of a good answer. A PUT's or a DELETE's may be missing: then None.

    ``timeout`` (seconds) bounds the reading of the whole body, ``scrub`` takes secrets out of what the
    portal says of an error. Raises ``TooManyRequestsError``, ``RejectedError``, or
    ``OutcomeUnknownError`` where the answer does not tell what happened.
    """
    status = response.status_code
    try:
        content = _content(response, timeout)
        if method in ("PUT", "DELETE") and 200 <= status < 300 and not content.strip():
            return None  # portal-api, "a delete's answer": 200 with a body or 204 with none
        body, unreadable = _json(content, response), ""
    except _UnreadableError as exc:
        body, unreadable = None, str(exc)
    if 200 <= status < 300 and not unreadable:
        return body
    code, api_message = _said(body, scrub)
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
        explained += f", {api_message or code}" + (f" ({code})" if api_message and code else "")
    elif unreadable:
        explained += f", {unreadable}"
    if status == 429:
        return TooManyRequestsError(explained, seconds=_retry_after(response), **facts)
    if 300 <= status < 400:
        return RejectedError(f"{explained}, a redirect; none is followed: check api_url", **facts)
    if 400 <= status < 500:
        return RejectedError(explained + _HINTS.get(status, ""), **facts)
    # portal-api, rows "errors" and "statuses": with these the portal itself says that it has ended.
    ended = status == 500 and (api_message or code) is not None
    return OutcomeUnknownError(explained, ended=ended, **facts)


_HINTS = {401: ". Check api_key", 403: ". It belongs to another account, or is gone"}


def _content(response: Response, timeout: float) -> bytes:
    deadline = time.monotonic() + timeout
    content = bytearray()
    for chunk in _chunks(response):
        content += chunk
        if len(content) > MAX_BODY:
            raise _UnreadableError(f"with more than {MAX_BODY // 1024 // 1024} MiB")
        if time.monotonic() > deadline:
            raise _UnreadableError(f"with a body that was not there after {timeout:g} s")
    return bytes(content)


def _chunks(response: Response) -> Iterator[bytes]:
    """The body as it arrives. An answer that drips must not keep the deadline from being looked at."""
    read1 = getattr(response.raw, "read1", None)
    if read1 is None:  # urllib3 before 2.1: it reads on until it has as much as was asked for
        yield from response.iter_content(1024)
        return
    while chunk := read1(_CHUNK, decode_content=True):
        yield chunk


def _json(content: bytes, response: Response) -> Any:
    if not content.strip():
        raise _UnreadableError("with nothing in it")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        html = "html" in response.headers.get("Content-Type", "").lower()
        if html or content.lstrip()[:1] == b"<":
            raise _UnreadableError(
                "with HTML instead of JSON: a proxy or firewall answered in its place"
            ) from None
        raise _UnreadableError("with something that is not JSON") from None


def _said(body: Any, scrub: Scrubber) -> tuple[str | None, str | None]:
    """The API's own code and message (portal-api, row "errors"), without secrets and made fit to print."""
    if not isinstance(body, Mapping):
        return None, None
    code, message = body.get("code"), body.get("error")
    return (
        show(scrub(str(code)), 80) if isinstance(code, (str, int)) else None,
        show(scrub(message)) if isinstance(message, str) else None,
    )


def _retry_after(response: Response) -> float:
    """Seconds to wait after a 429: a number, an HTTP date (perhaps past), or the whole window."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(int(value)))
    except (ValueError, OverflowError):
        pass
    moment = _moment(value)
    if moment is None:
        return WINDOW
    # Measured by the portal's own clock where it tells it: ours may be off.
    now = _moment(response.headers.get("Date", ""))
    return max(0.0, moment - (time.time() if now is None else now))


def _moment(value: str) -> float | None:
    """An HTTP date in seconds since the epoch."""
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp()
