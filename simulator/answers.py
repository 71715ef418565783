# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers, as aiohttp sends them."""

from __future__ import annotations

import datetime
import email.utils
import math
from collections.abc import Mapping

from aiohttp import web

from .refusal import Refusal, UnknownId
from .shapes import Shapes


def refused(
    refusal: Refusal, shapes: Shapes | None = None, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Rule "errors": ``{"error": "what went wrong", "code": "error_code"}``."""
    status, code = refusal.status, refusal.code
    if isinstance(refusal, UnknownId) and shapes is not None and shapes.unknown_id == "403":
        status, code = 403, "forbidden"
    return web.json_response(
        {"error": refusal.message, "code": code}, status=status, headers=headers
    )


def failed(error: web.HTTPException) -> web.Response:
    """What the framework itself refuses (unknown path, wrong method), in that form."""
    headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
    # Its name has changed between Pythons.
    code = "content_too_large" if error.status == 413 else error.reason.lower().replace(" ", "_")
    return refused(Refusal(error.status, code, f"{error.reason}."), headers=headers)


def deleted(what: str, shapes: Shapes) -> web.Response:
    """E6, E9, E12 and E15: 200, with a body that is not published, or 204 with none."""
    return _done(shapes.delete, f"The {what} was deleted.")


def put(what: str, shapes: Shapes) -> web.Response:
    """E11 and E14: 200, with a body that is not published, or 204 with none."""
    return _done(shapes.put, f"The {what} was set.")


def _done(shape: str, message: str) -> web.Response:
    if shape == "200_object":
        return web.json_response({"message": message})
    if shape == "200_text":
        return web.Response(text="OK")
    return web.Response(status=204 if shape == "204" else 200)


def rate_limited(retry_after: float | str | None) -> web.Response:
    """429, with a Retry-After of seconds or of a date, or without one."""
    headers = {} if retry_after is None else {"Retry-After": _retry_after(retry_after)}
    refusal = Refusal(429, "rate_limited", "Too many requests; try again later.")
    return refused(refusal, headers=headers)


def in_the_form(seconds: float, shapes: Shapes) -> float | str | None:
    """A wait as the shape ``retry_after`` wants it told."""
    if shapes.retry_after == "missing":
        return None
    return http_date(seconds) if shapes.retry_after == "date" else seconds


def http_date(seconds: float) -> str:
    """The time in so many seconds as HTTP writes it; rounded up, as it has no fractions."""
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    return email.utils.formatdate(math.ceil(now + seconds), usegmt=True)


def _retry_after(value: float | str) -> str:
    return value if isinstance(value, str) else str(math.ceil(value))
