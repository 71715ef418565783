# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers as they come over a real connection: statuses, bodies of all kinds, Retry-After."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import response, transport
from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.deadline import (
    exchange_within,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.response import (
    WINDOW,
    read_answer,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    OutcomeUnknownError,
    RejectedError,
    RequestError,
    TooManyRequestsError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._text import Scrubber

requests = pytest.importorskip("requests")
urllib3 = pytest.importorskip("urllib3")

SECRET = b"wg-secret-value"
KNOWN = "wg_known_key"


@dataclass
class Answer:
    """What the server says next. ``parts`` are sent one by one, ``pause`` seconds apart."""

    status: int = 200
    parts: list[bytes] = field(default_factory=lambda: [b"{}"])
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0


Read = Callable[..., Any]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, list[Answer]]]:
    """The address of a tiny server, and the list whose last element it answers with."""
    answers: list[Answer] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers[-1]
            self.send_response_only(answer.status)
            for key, value in answer.headers.items():
                self.send_header(key, value)
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for part in answer.parts:
                    self.wfile.write(part)
                    self.wfile.flush()
                    time.sleep(answer.pause)
            except OSError:
                pass  # nobody reads on: what is too large or too slow

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def read(served: tuple[str, list[Answer]]) -> Read:
    """Read one answer, as if it were that of a request of this method."""
    address, answers = served

    def ask(answer: Answer, method: str = "GET", timeout: float = 5.0) -> Any:
        answers.append(answer)
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", transport._adapter())
            with (
                exchange_within(timeout, lambda: False),
                session.get(address, stream=True, timeout=5, allow_redirects=False) as response,
            ):
                return read_answer(response, method, "/servers", timeout, Scrubber(KNOWN))

    return ask


def failure(read: Read, answer: Answer, **options: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read(answer, **options)
    assert SECRET.decode() not in str(caught.value)
    assert str(caught.value).isprintable()
    error = caught.value.result()["error"]
    assert (error["status"], error["path"]) == (answer.status, "/servers")
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    ("body", "value"), [(b"{}", {}), (b" [1] ", [1]), (b"null", None), (b'"x"', "x"), (b"0", 0)]
)
def test_good_answers(read: Read, status: int, body: bytes, value: Any) -> None:
    assert read(Answer(status, [body])) == value
    assert read(Answer(status, [body]), method="POST") == value


@pytest.mark.parametrize(
    ("status", "body", "value"),
    [
        (200, b"{}", {}),
        (200, b"", None),
        (200, b" \n", None),
        (204, b"", None),
        (200, b"null", None),
    ],
)
def test_a_delete_answers_json_or_nothing(read: Read, status: int, body: bytes, value: Any) -> None:
    assert read(Answer(status, [body]), method="DELETE") == value


@pytest.mark.parametrize("body", [b"<html>", b"gone", b'{"ok": tr', b"\xff"])
def test_a_delete_that_something_else_answered_may_not_have_happened(
    read: Read, body: bytes
) -> None:
    error = failure(read, Answer(200, [body]), method="DELETE")
    assert error.__class__ is OutcomeUnknownError
    assert not error.ended


@pytest.mark.parametrize(
    ("status", "body", "ended"),
    [
        (500, b'{"error": "boom", "code": "internal"}', True),
        (500, b'{"code": "internal"}', True),
        (500, b"{}", False),
        (500, b"<html>", False),
        (500, b"", False),
        (502, b'{"error": "bad gateway"}', False),
        (503, b'{"error": "later", "code": "unavailable"}', False),
        (504, b'{"error": "too late"}', False),
    ],
)
def test_only_the_portal_itself_says_that_a_request_has_ended(
    read: Read, status: int, body: bytes, ended: bool
) -> None:
    error = failure(read, Answer(status, [body]), method="POST")
    assert isinstance(error, OutcomeUnknownError)
    assert error.ended is ended


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 451, 301, 302, 307])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_refusals(read: Read, status: int, method: str) -> None:
    headers = {"Location": "https://elsewhere.example/"}
    error = failure(read, Answer(status, headers=headers), method=method)
    assert error.__class__ is RejectedError
    assert str(error).startswith(f"{method} /servers: the portal answered {status}")
    assert ("api_key" in str(error)) == (status == 401)
    assert ("redirect" in str(error)) == (status < 400)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", [b"{}", b"<html>wg-secret-value", b""])
def test_failures_of_the_portal(read: Read, status: int, body: bytes) -> None:
    for method in ("GET", "POST", "DELETE"):
        error = failure(read, Answer(status, [body]), method=method)
        assert error.__class__ is OutcomeUnknownError


@pytest.mark.parametrize(
    ("body", "code", "message", "said"),
    [
        (
            b'{"error": "Port taken", "code": "port_in_use"}',
            "port_in_use",
            "Port taken",
            "Port taken (port_in_use)",
        ),
        (b'{"error": "Port taken"}', None, "Port taken", "Port taken"),
        (b'{"error": "Taken.", "code": "in_use"}', "in_use", "Taken.", "Taken (in_use)"),
        (b'{"error": "..."}', None, "...", "..."),
        (b'{"code": "port_in_use"}', "port_in_use", None, "port_in_use"),
        (b'{"code": 17, "error": "no"}', "17", "no", "no (17)"),
        (b'{"error": {"text": "wg-secret-value"}, "code": ["wg-secret-value"]}', None, None, ""),
        (b'["wg-secret-value"]', None, None, ""),
        (b'{"message": "wg-secret-value"}', None, None, ""),
        (b'{"error": "a\\u001b[2Jb\\n"}', None, "a\\x1b[2Jb\\n", "a\\x1b[2Jb\\n"),
    ],
)
def test_what_the_api_says_itself(
    read: Read, body: bytes, code: str | None, message: str | None, said: str
) -> None:
    error = failure(read, Answer(409, [body]))
    assert (error.code, error.api_message) == (code, message)
    assert str(error) == "GET /servers: the portal answered 409" + (f", {said}" if said else "")


def test_a_long_message_is_cut(read: Read) -> None:
    error = failure(read, Answer(500, [b'{"error": "' + b"x" * 9000 + b'"}']))
    assert len(str(error)) < 400


UNREADABLE = {
    "nothing": (b"", {}, "with nothing in it"),
    "white space": (b" \n", {}, "with nothing in it"),
    "html by its type": (b"wg-secret-value", {"Content-Type": "text/HTML; charset=x"}, "with HTML"),
    "html by its looks": (b"\n<!doctype html>wg-secret-value", {}, "with HTML"),
    "text": (b"wg-secret-value", {}, "not JSON"),
    "cut off": (b'{"a": "wg-secret-value', {}, "not JSON"),
    "not UTF-8": (b'{"a": "\xff\xfe wg-secret-value"}', {}, "not JSON"),
    "very deep": (b"[" * 200_000, {}, "not JSON"),
    "NaN": (b'{"a": NaN}', {}, "not JSON"),
    "a number that is Infinity to Python alone": (b'{"a": -1e999}', {}, "not JSON"),
}


@pytest.mark.parametrize(("body", "headers", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(read: Read, body: bytes, headers: dict[str, str], said: str) -> None:
    for status, kind in [
        (200, OutcomeUnknownError),
        (500, OutcomeUnknownError),
        (403, RejectedError),
    ]:
        error = failure(read, Answer(status, [body], headers))
        assert error.__class__ is kind
        assert said in str(error)


def test_json_that_calls_itself_html_is_json(read: Read) -> None:
    assert read(Answer(200, [b"{}"], {"Content-Type": "text/html"})) == {}


def test_no_answer_can_fill_the_memory(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response, "MAX_BODY", 1024 * 1024)
    error = failure(read, Answer(200, [b" " * 65536] * 200))
    assert "more than 1 MiB" in str(error)
    assert error.__class__ is OutcomeUnknownError


def test_no_answer_can_go_on_for_ever(read: Read) -> None:
    """Each read is fast enough; only all of them together are not."""
    began = time.monotonic()
    parts = [b" " * response._CHUNK] * 100
    error = failure(read, Answer(200, parts, pause=0.05), timeout=0.2)
    assert "not there after 0.2 s" in str(error)
    assert time.monotonic() - began < 4


def test_what_was_announced_and_did_not_come_is_left_to_the_transport(read: Read) -> None:
    # Which of the two it is depends on how the body is read.
    with pytest.raises((requests.exceptions.RequestException, urllib3.exceptions.HTTPError)):
        read(Answer(200, [b"{}"], {"Content-Length": "10"}))


NOW = 1_800_000_000
RETRY_AFTER: dict[str, tuple[dict[str, str], float]] = {
    "missing": ({}, WINDOW),
    "seconds": ({"Retry-After": "17"}, 17),
    "zero": ({"Retry-After": "0"}, 0),
    "negative": ({"Retry-After": "-3"}, 0),
    "padded": ({"Retry-After": "  9 "}, 9),
    "nonsense": ({"Retry-After": "soon"}, WINDOW),
    "empty": ({"Retry-After": ""}, WINDOW),
    "a fraction": ({"Retry-After": "1.5"}, WINDOW),
    "not a number": ({"Retry-After": "nan"}, WINDOW),
    "a date": ({"Retry-After": formatdate(NOW + 30, usegmt=True)}, 30),
    "a date past": ({"Retry-After": formatdate(NOW - 30, usegmt=True)}, 0),
    "a date without a zone": ({"Retry-After": formatdate(NOW + 30)[:-6]}, 30),
    "a date by the portal's own clock": (
        {
            "Retry-After": formatdate(NOW + 5030, usegmt=True),
            "Date": formatdate(NOW + 5000, usegmt=True),
        },
        30,
    ),
    "a date, and a clock of nonsense": (
        {"Retry-After": formatdate(NOW + 30, usegmt=True), "Date": "today"},
        30,
    ),
    "an hour": ({"Retry-After": "3600"}, 2 * WINDOW),
    "a date in an hour": ({"Retry-After": formatdate(NOW + 3600, usegmt=True)}, 2 * WINDOW),
    "the last year": ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"}, 2 * WINDOW),
    "the first year": ({"Retry-After": "Mon, 01 Jan 0001 00:00:00 +2359"}, 0),
    "a zone of years": ({"Retry-After": "Mon, 01 Jan 2026 00:00:00 +99999999999999"}, WINDOW),
    "a clock of absurd years": (
        {
            "Retry-After": formatdate(NOW + 30, usegmt=True),
            "Date": "Mon, 01 Jan 0001 00:00:00 +2359",
        },
        2 * WINDOW,
    ),
    "an impossible date": ({"Retry-After": "Mon, 99 Foo 2026 00:00:00 GMT"}, WINDOW),
    "a date out of range": ({"Retry-After": "Mon, 01 Jan 99999 00:00:00 GMT"}, WINDOW),
}


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
@pytest.mark.parametrize("body", [b'{"error": "slow down", "code": "rate_limited"}', b"<html>"])
def test_too_many_requests(
    read: Read,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    seconds: float,
    body: bytes,
) -> None:
    monkeypatch.setattr(response.time, "time", lambda: float(NOW))
    error = failure(read, Answer(429, [body], headers), method="POST")
    assert isinstance(error, TooManyRequestsError)
    assert error.seconds == seconds


@pytest.mark.parametrize(
    "value", ["9" * 400, "9" * 5000, "1e400", "\xb3", "1_0", "inf", "-" + "9" * 400, "\xb2"]
)
def test_a_retry_after_beyond_all_measure(read: Read, value: str) -> None:
    error = failure(read, Answer(429, headers={"Retry-After": value}))
    assert isinstance(error, TooManyRequestsError)
    assert error.seconds in (0, WINDOW, 2 * WINDOW)


def test_what_the_portal_says_is_told_without_secrets(read: Read) -> None:
    private = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    said = f"key {KNOWN}: can't store PrivateKey = {private}\\u001b[31m"
    body = f'{{"error": "{said}", "code": "bad {KNOWN}"}}'
    with pytest.raises(RejectedError) as raised:
        read(Answer(422, [body.encode()]))
    assert raised.value.api_message == "key ***: can't store PrivateKey = ***"
    assert raised.value.code == "bad ***"
    for text in (KNOWN, private, "\x1b"):
        assert text not in str(raised.value)
