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

import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from .._errors import (
    AllowanceSpentError,
    NotReachedError,
    OutcomeUnknownError,
    RequestError,
    TooManyRequestsError,
    WaitRefusedError,
)
from .._pacing.allowance import MAX_ATTEMPTS, Allowance, backoff
from .._pacing.budget import Budget
from .._pacing.progress import Report, Wait
from .._text import Scrubber
from .failures import is_permanent, never_sent, reason, where
from .parallel import PARALLEL
from .response import read_answer
from .settings import ApiSettings

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    from urllib3.exceptions import HTTPError as Urllib3Error
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

if TYPE_CHECKING:
    from requests import PreparedRequest, Session

Hold = Callable[[], AbstractContextManager[None]]
"""What makes a cancellation of the job wait."""


class Transport:
    """One signed-in HTTP session. Safe to share between threads.

    ``requests_sent`` counts every request that went out, the repeated ones too. ``report`` is called
    with every wait for the rate limit, as it begins. ``hold`` lasts while a write is under way: to
    leave before its answer is to leave it open whether it will still be carried out.
    """

    def __init__(
        self, settings: ApiSettings, report: Report | None = None, hold: Hold = nullcontext
    ) -> None:
        self.allowance = Allowance(settings.max_wait)
        self.requests_sent = 0
        self._settings = settings
        self._scrub = Scrubber(settings.api_key)
        self._budget = Budget(settings.api_url, settings.api_key, settings.rate_limit)
        self._session = _session(settings)
        self._lock = threading.Lock()
        self._report = report if settings.show_waits else None
        self._hold = hold
        self._expected = 0

    def expect(self, requests: int) -> None:
        """Say that so many requests are about to be made, for those who are told of waits."""
        with self._lock:
            self._expected = max(self._expected, requests)

    def get(self, path: str) -> Any:
        """The JSON that a GET of ``path`` (below the base URL) answers."""
        return self._sent("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON that a POST answers. ``OutcomeUnknownError``: it may have been carried out."""
        return self._sent("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Put, perhaps twice. The answer's body may be anything, or missing."""
        self._sent("PUT", path, body)

    def delete(self, path: str) -> None:
        """Delete. The answer's body may be anything, or missing (portal-api, "Unpublished")."""
        self._sent("DELETE", path)

    def try_again(self, attempt: int, error: RequestError) -> None:
        """Wait before another try, after ``attempt`` tries; raises ``error`` if that was the last."""
        if attempt >= MAX_ATTEMPTS:
            raise error.saying(f"given up after {attempt} attempts")
        try:
            self.allowance.wait(backoff(attempt))
        except AllowanceSpentError as exc:
            raise error.saying(f"not tried again: {exc}") from None

    def room(self) -> int | None:
        """How many requests could go out now without waiting (None: they are not paced)."""
        return self._budget.remaining()

    @property
    def paces_alone(self) -> str | None:
        """Why the budget could not be shared with other processes; None: it could, or isn't paced."""
        return self._budget.alone

    def _sent(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        refused: TooManyRequestsError | None = None
        # An earlier try that may have been carried out: no later failure may hide that.
        doubt: OutcomeUnknownError | None = None
        attempt = 0
        while True:
            self._await_turn(method, path, refused, doubt)
            attempt += 1
            try:
                with nullcontext() if method == "GET" else self._hold():
                    answer = self._send_once(method, path, body)
                with self._lock:
                    self._expected = max(0, self._expected - 1)
                return answer
            except TooManyRequestsError as exc:
                # Learned once, for every process that shares the budget; the next turn waits it out.
                self._budget.pause(max(exc.seconds, backoff(attempt)))
                refused = exc
            except NotReachedError as exc:
                if exc.permanent:
                    raise
                self.try_again(attempt, doubt or exc)
            except OutcomeUnknownError as exc:
                if method == "POST":
                    raise
                doubt = exc
                self.try_again(attempt, exc)

    def _await_turn(
        self,
        method: str,
        path: str,
        refused: TooManyRequestsError | None,
        doubt: OutcomeUnknownError | None,
    ) -> None:
        """Wait for a place in the budget, as far as the purse allows."""
        ticket = self._budget.ticket()
        try:
            while (seconds := ticket.wait()) > 0:
                if self._report:
                    self._report(Wait(seconds, max(1, self._expected)))
                self.allowance.wait(seconds)
        except AllowanceSpentError as exc:
            if doubt:
                doubt.message += f"; not tried again: {exc}"
                raise doubt from None
            why = "the portal's rate limit is used up" if refused else "rate_limit is used up"
            raise WaitRefusedError(
                f"{method} {_shown(path)} was not sent: {why} and {exc}",
                method=method,
                path=_shown(path),
                status=refused.status if refused else None,
                code=refused.code if refused else None,
                api_message=refused.api_message if refused else None,
            ) from None
        finally:
            ticket.give_up()

    def _send_once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        with self._lock:
            self.requests_sent += 1
        settings = self._settings
        shown = _shown(path)
        try:
            with self._session.request(
                method,
                settings.api_url + path,
                json=body,
                timeout=settings.timeout,
                # Given with each request, or REQUESTS_CA_BUNDLE would win over validate_certs.
                verify=settings.verify,
                # A loopback address is this machine's own: through a proxy of the environment, the
                # key would leave it unencrypted. Others stay as the environment says.
                proxies={"http": ""},
                # A redirect could lead the key elsewhere, and would turn a POST into a GET.
                allow_redirects=False,
                stream=True,
            ) as response:
                return read_answer(response, method, shown, settings.timeout, self._scrub)
        except (requests.exceptions.RequestException, Urllib3Error, OSError, ValueError) as exc:
            spoken_to = where(exc, settings.api_url)
            message = f"{method} {shown}: {reason(exc, settings.timeout)} ({spoken_to})"
            if never_sent(exc):
                # Without its cause: the texts of HTTP libraries can hold header values.
                raise NotReachedError(
                    message, method=method, path=shown, permanent=is_permanent(exc)
                ) from None
            raise OutcomeUnknownError(message, method=method, path=shown) from None


def _shown(path: str) -> str:
    """A path as errors name it: a page's cursor is nobody's business."""
    return path.partition("?")[0]


def _session(settings: ApiSettings) -> Session:
    session = requests.Session()
    # As an `auth`, not as a header: requests lets ~/.netrc override a header, never an `auth`.
    session.auth = _bearer(settings.api_key)
    session.headers["Accept"] = "application/json"
    session.headers["User-Agent"] = "ansible-collection-premiervpn.wireguard"
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=PARALLEL))
    return session


def _bearer(api_key: str) -> Callable[[PreparedRequest], PreparedRequest]:
    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {api_key}"
        return request

    return sign
