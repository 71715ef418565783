# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""One HTTP session: signing in, TLS, pacing, and what is sent again.

A GET or a DELETE may be sent twice, so it is sent until it is answered. A POST may not: it is sent
again only where the portal cannot have seen it, or said (429) that it did not carry it out. Whatever
else may have happened to it is an ``OutcomeUnknownError``, which the caller settles by looking.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies_environment

from .._errors import (
    NotReachedError,
    OutcomeUnknownError,
    RejectedError,
    RequestError,
    TooManyRequestsError,
    WaitRefusedError,
)
from .._pacing.allowance import backoff
from .._pacing.budget import Budget
from .._pacing.cancel import Interrupt
from .._pacing.pacer import Pacer
from .._pacing.progress import Report
from .._text import Scrubber
from .deadline import BoundedResponse, exchange_within
from .failures import is_permanent, never_sent, reason, shown_path, where
from .parallel import PARALLEL
from .response import Room, read_answer
from .settings import ApiSettings

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    from urllib3.exceptions import HTTPError as Urllib3Error
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

if TYPE_CHECKING:
    from requests import PreparedRequest, Session


class Transport:
    """One signed-in HTTP session. Safe to share between threads.

    ``requests_sent`` counts every request that went out, the repeated ones too. A write is held
    (``Interrupt``) until it is answered.
    """

    def __init__(
        self,
        settings: ApiSettings,
        report: Report | None = None,
        interrupt: Interrupt | None = None,
    ) -> None:
        self.requests_sent = 0
        budget = Budget(settings.api_url, settings.api_key, settings.rate_limit)
        report = report if settings.show_waits else None
        self.pacer = Pacer(budget, settings.max_wait, report, interrupt, attempts=settings.attempts)
        self._settings = settings
        self.scrub = Scrubber(settings.api_key)
        self._session = _session(settings)
        self._verify = settings.verify
        if self._verify is True and not self._session.trust_env:
            bundles = (os.environ.get(f"{who}_CA_BUNDLE") for who in ("REQUESTS", "CURL"))
            self._verify = next(filter(None, bundles), True)
        self._lock = threading.Lock()

    def get(self, path: str, room: Room | None = None) -> Any:
        """The JSON that a GET of ``path`` (below the base URL) answers.

        ``room``: what the answers of several pages may take together.
        """
        return self._sent("GET", path, room=room)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that a POST answers. ``OutcomeUnknownError``: it may have been carried out."""
        return self._sent("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Put, perhaps twice. The answer's body may be anything, or missing."""
        self._sent("PUT", path, body)

    def delete(self, path: str) -> None:
        """Delete. The answer is JSON, or nothing (portal-api, "a delete's answer")."""
        self._sent("DELETE", path)

    @property
    def unshared_reason(self) -> str | None:
        """Why the budget could not be shared with other processes; None: it could, or isn't paced."""
        return self.pacer.unshared_reason

    def _sent(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        room: Room | None = None,
    ) -> Any:
        refused: TooManyRequestsError | None = None
        # An earlier try that may have been carried out: no later failure may hide that.
        doubt: OutcomeUnknownError | None = None
        attempt = 0
        while True:
            try:
                self.pacer.wait_for_turn(method, shown_path(path), refused, attempt)
            except WaitRefusedError as exc:
                if doubt:
                    raise doubt.saying(f"not tried again: {exc.reason}") from None
                raise
            attempt += 1
            try:
                with nullcontext() if method == "GET" else self.pacer.interrupt.hold():
                    answer = self._send_once(method, path, body, room)
                self.pacer.answered()
                return answer
            except TooManyRequestsError as exc:
                # Not more than some 2 s beyond what was asked for: it holds everybody up.
                self.pacer.pause(max(exc.seconds, backoff(min(attempt, 3))))
                refused = exc
            except NotReachedError as exc:
                if exc.permanent:
                    raise
                self.pacer.wait_before_retry(attempt, doubt or exc)
            except OutcomeUnknownError as exc:
                if method == "POST":
                    raise
                doubt = exc
                self.pacer.wait_before_retry(attempt, exc)

    def _send_once(
        self, method: str, path: str, body: Mapping[str, Any] | None, room: Room | None
    ) -> Any:
        with self._lock:
            self.requests_sent += 1
        settings = self._settings
        shown = shown_path(path)
        within = exchange_within(settings.timeout, self.pacer.interrupt.cancelled_for)
        with within as deadline:
            try:
                with self._session.request(
                    method,
                    settings.api_url + path,
                    json=body,
                    timeout=settings.timeout,
                    # Given with each request, or REQUESTS_CA_BUNDLE would win over validate_certs.
                    verify=self._verify,
                    # A loopback address is this machine's own: through a proxy of the environment, the
                    # key would leave it unencrypted. Others stay as the environment says.
                    proxies={"http": ""},
                    # A redirect could lead the key elsewhere, and would turn a POST into a GET.
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    return read_answer(response, method, shown, settings.timeout, self.scrub, room)
            except RejectedError as exc:
                if exc.status == 401 and settings.key_origin:
                    raise exc.saying(f"it came from {settings.key_origin}") from None
                raise
            except (requests.exceptions.RequestException, Urllib3Error, OSError, ValueError) as exc:
                why = reason(exc, settings.timeout, cut=deadline.cut)
                raise self._error(exc, f"{method} {shown}: {why}", method, shown) from None

    def _error(self, exc: Exception, message: str, method: str, path: str) -> RequestError:
        """Without its cause: the texts of HTTP libraries can hold header values."""
        if not never_sent(exc):
            return OutcomeUnknownError(message, method=method, path=path)
        message += f" ({where(exc, self._settings.api_url)})"
        return NotReachedError(message, method=method, path=path, permanent=is_permanent(exc))


def _session(settings: ApiSettings) -> Session:
    session = requests.Session()
    # As an `auth`, not as a header: requests lets ~/.netrc override a header, never an `auth`.
    session.auth = _bearer(settings.api_key)
    session.headers["Accept"] = "application/json"
    session.headers["User-Agent"] = "ansible-collection-premiervpn.wireguard"
    # Asked for as it is: what is packed can be a thousand times as large as it looks.
    session.headers["Accept-Encoding"] = "identity"
    # Where the environment names no proxy, requests asks the system for one. On macOS a forked process,
    # such as a task's, dies of that.
    session.trust_env = bool(getproxies_environment())
    for scheme in ("https://", "http://"):
        session.mount(scheme, _adapter())
    return session


def _adapter() -> Any:
    """An adapter of ``requests`` whose connections receive within a deadline, through proxies too."""

    class Adapter(requests.adapters.HTTPAdapter):
        def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
            return _bounded(super().get_connection_with_tls_context(*args, **kwargs))

        def get_connection(self, *args: Any, **kwargs: Any) -> Any:  # of requests before 2.32
            return _bounded(super().get_connection(*args, **kwargs))

    return Adapter(pool_maxsize=PARALLEL)


def _bounded(pool: Any) -> Any:
    """A pool of connections, each of which makes responses that are bounded."""
    if pool.ConnectionCls.response_class is not BoundedResponse:
        pool.ConnectionCls = type(
            "Bounded", (pool.ConnectionCls,), {"response_class": BoundedResponse}
        )
    return pool


def _bearer(api_key: str) -> Callable[[PreparedRequest], PreparedRequest]:
    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {api_key}"
        return request

    return sign
