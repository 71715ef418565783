# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request got no answer: in our own words, and right about whether it may be sent again."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api.failures import (
    is_permanent,
    never_sent,
    reason,
)

requests = pytest.importorskip("requests")
urllib3 = pytest.importorskip("urllib3")

SECRET = "wg_secret_value"
UNTRUSTED = (
    "the portal's certificate was not accepted (self-signed certificate); trust its authority with"
    " ca_path"
)
NO_BUNDLE = (
    "the file of certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names can't be read; mend it,"
    " or give another with ca_path"
)


def wrapped(inner: BaseException, outer: type[BaseException]) -> BaseException:
    """As requests and urllib3 wrap: as an argument, under a text that nobody should see."""
    return outer(urllib3.exceptions.MaxRetryError(None, f"/{SECRET}", inner))  # type: ignore[arg-type]


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.verify_message = "self-signed certificate"
    return error


def other_host() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED]")
    error.verify_message = f"Hostname mismatch, certificate is not valid for '{SECRET}'."
    error.verify_code = 62
    return error


def connection(number: int) -> BaseException:
    return urllib3.exceptions.NewConnectionError(None, f"{SECRET}: [Errno {number}]")


CASES = {
    "refused": (
        wrapped(connection(errno.ECONNREFUSED), requests.ConnectionError),
        (True, False),
        None,
    ),
    "name": (
        requests.ConnectionError(socket.gaierror(-2, SECRET)),
        (False, False),
        "the portal's host name could not be resolved",
    ),
    "untrusted": (
        wrapped(urllib3.exceptions.SSLError(untrusted()), requests.exceptions.SSLError),
        (True, True),
        UNTRUSTED,
    ),
    "tls": (
        wrapped(urllib3.exceptions.SSLError(ssl.SSLError(1, SECRET)), requests.exceptions.SSLError),
        (False, False),
        "the TLS connection failed",
    ),
    "connect timeout": (
        requests.ConnectTimeout(SECRET),
        (True, False),
        "no connection within 7.5 s",
    ),
    "read timeout": (requests.ReadTimeout(SECRET), (False, False), "no answer within 7.5 s"),
    "another host": (
        wrapped(urllib3.exceptions.SSLError(other_host()), requests.exceptions.SSLError),
        (True, True),
        "the portal's certificate is for another host; check api_url",
    ),
    "another host, urllib3 before 2": (
        wrapped(
            urllib3.exceptions.SSLError(ssl.CertificateError(SECRET)), requests.exceptions.SSLError
        ),
        (True, True),
        "the portal's certificate is for another host; check api_url",
    ),
    "no bundle": (
        OSError(f"Could not find a suitable TLS CA certificate bundle, invalid path: {SECRET}"),
        (True, True),
        NO_BUNDLE,
    ),
    "proxy not reached": (
        requests.exceptions.ProxyError(
            urllib3.exceptions.ProxyError(SECRET, connection(errno.ECONNREFUSED))  # type: ignore[arg-type]
        ),
        (True, False),
        "the proxy could not be reached, or refused to connect",
    ),
    "proxy refused": (
        requests.exceptions.ProxyError(
            urllib3.exceptions.ProxyError(
                SECRET, OSError(f"Tunnel connection failed: 403 {SECRET}")
            )
        ),
        (True, False),
        "the proxy could not be reached, or refused to connect",
    ),
    # As urllib3 also tells of a tunnel that broke after the request had gone through it.
    "proxy": (
        requests.exceptions.ProxyError(SECRET),
        (False, False),
        "the connection through the proxy broke",
    ),
    "reset": (
        requests.ConnectionError(
            urllib3.exceptions.ProtocolError(SECRET, ConnectionResetError(errno.ECONNRESET, SECRET))
        ),
        (False, False),
        "connection reset by peer",
    ),
    "cut off": (
        requests.exceptions.ChunkedEncodingError(SECRET),
        (False, False),
        "the connection was closed before the answer was complete",
    ),
    "bad header": (
        requests.exceptions.InvalidHeader(SECRET),
        (True, True),
        "the request could not be made (InvalidHeader)",
    ),
    "bad url": (
        requests.exceptions.InvalidURL(SECRET),
        (True, True),
        "the URL of a proxy in the environment (HTTPS_PROXY), or api_url, can't be used",
    ),
    "unknown": (ValueError(SECRET), (False, False), "the request could not be made (ValueError)"),
}


@pytest.mark.parametrize(("error", "sent", "said"), CASES.values(), ids=CASES)
def test_reasons(error: BaseException, sent: tuple[bool, bool], said: str | None) -> None:
    assert (never_sent(error), is_permanent(error)) == sent
    text = reason(error, 7.5)
    assert SECRET not in text
    if said:
        assert text == said


def test_a_real_refusal() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get(f"http://127.0.0.1:{port}/", timeout=5)
    assert never_sent(caught.value)
    assert not is_permanent(caught.value)
    assert reason(caught.value, 5) == "connection refused"


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError(), OSError()
    one.__context__, other.__context__ = other, one
    assert not never_sent(one)
    assert "ValueError" in reason(one, 1)
