# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request below the base goes through before, and after, its endpoint sees it.

Journal, latency, API key (401), rate limit (429), other writers, faults; in this order. A fault is
for those that the portal would have let in: a request that got a 401 or 429 uses none up.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from . import answers, meanwhile
from .endpoints import BASE
from .listener import Listener
from .misbehave import Scene, misbehave
from .portal import Portal
from .refusal import Refusal


def gate(portal: Portal, listener: Listener) -> Middleware:
    """The middleware of the API."""

    @web.middleware
    async def pass_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.rel_url.raw_path.removeprefix(BASE)
        path_and_query = request.rel_url.raw_path_qs.removeprefix(BASE)
        api_key = _api_key(request)
        account = portal.state.account_of_key(api_key)
        account_name = account.name if account else None
        entry = portal.journal.open(request.method, path_and_query, account_name)
        try:
            entry.body = _parse(await request.read())
        except web.HTTPException as error:
            entry.status = error.status
            raise
        request["account"], request["body"] = account, entry.body
        await asyncio.sleep(portal.settings.latency / 1000)

        async def carry_out() -> web.StreamResponse:
            return await _carry_out(request, handler, portal)

        if account is None or api_key is None:
            response: web.StreamResponse = _bad_key()
        elif (wait := _admit(portal, api_key)) is not None:
            response = answers.rate_limited(answers.in_the_form(wait, portal.shapes))
        else:
            due = portal.faults.take(request.method, path)
            entry.meanwhile = len(due.meanwhile)
            _meanwhile(portal, due.meanwhile, "before")
            if due.fault is None:
                response = await carry_out()
                _meanwhile(portal, due.meanwhile, "after")
            else:
                entry.fault = due.fault.kind
                scene = Scene(request, due.fault, entry, listener)
                if due.fault.when == "after":
                    scene.real = await carry_out()
                _meanwhile(portal, due.meanwhile, "after")
                return await misbehave(scene)
        entry.status = response.status
        return response

    return pass_gate


def _api_key(request: web.Request) -> str | None:
    scheme, _separator, api_key = request.headers.get("Authorization", "").partition(" ")
    return api_key.strip() if scheme.lower() == "bearer" else None


def _parse(data: bytes) -> Any:
    """The request's JSON; None where there is none, which E3 and E8 refuse."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _bad_key() -> web.Response:
    refusal = Refusal(401, "unauthorized", "The API key is missing or not valid.")
    return answers.refused(refusal, headers={"WWW-Authenticate": "Bearer"})


def _admit(portal: Portal, api_key: str) -> float | None:
    return portal.limiter.admit(api_key, portal.settings.rate_limit, portal.settings.window)


def _meanwhile(portal: Portal, faults: list[Any], when: str) -> None:
    for fault in faults:
        if fault.when == when:
            meanwhile.act(fault, portal.state, unique_in_account=portal.unique_in_account)


async def _carry_out(request: web.Request, handler: Handler, portal: Portal) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return answers.refused(refusal, portal.shapes)
    except web.HTTPException as error:
        return answers.failed(error)
    except Exception:  # noqa: BLE001 - whatever it is, the client must not take it for the portal's
        traceback.print_exc(file=sys.stderr)
        return answers.refused(Refusal(500, "simulator_bug", "The simulator has a bug."))
