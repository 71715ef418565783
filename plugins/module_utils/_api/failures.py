# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Why a request got no answer, read out of the exceptions of ``requests``.

Their own texts are not used: they can hold header values and addresses.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from .._text import show

# Named, not imported: `requests` may be missing, and brings its own urllib3 on some systems.
_NEVER_SENT = frozenset(
    {
        "CertificateError",
        "ConnectTimeout",
        "ConnectTimeoutError",
        "InvalidHeader",
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "MissingSchema",
        "NameResolutionError",
        "NewConnectionError",
        "SSLCertVerificationError",
    }
)

# Nothing of this mends itself while a task waits.
_PERMANENT = frozenset(
    {
        "CertificateError",
        "InvalidHeader",
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "MissingSchema",
        "SSLCertVerificationError",
    }
)


# A URL that cannot be used. api_url has been checked by then, so it is a proxy's more likely than not.
_BAD_URL = frozenset({"InvalidProxyURL", "InvalidSchema", "InvalidURL", "MissingSchema"})

# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_OTHER_HOST = (62, 64)


def never_sent(error: BaseException) -> bool:
    """Whether the portal cannot have seen the request.

    A ``ProxyError`` alone is no proof: urllib3 also makes one of a tunnel that breaks after the
    request went through it.
    """
    return any(
        type(link).__name__ in _NEVER_SENT or _refused_by_proxy(link) or _no_bundle(link)
        for link in _chain(error)
    )


def is_permanent(error: BaseException) -> bool:
    """Whether sending again is pointless."""
    return any(type(link).__name__ in _PERMANENT or _no_bundle(link) for link in _chain(error))


def timed_out(error: BaseException) -> bool:
    """Whether an answer did not come in time."""
    names = {type(link).__name__ for link in _chain(error)}
    return bool(names & {"ReadTimeout", "ReadTimeoutError", "TimeoutError"})


def shown_path(path: str) -> str:
    """A path as errors name it: a page's cursor is nobody's business, and a page's path is the portal's."""
    return show(path.partition("?")[0], 200)


def reason(error: BaseException, timeout: float, cut: bool = False) -> str:
    """What went wrong, in words that hold nothing of the request.

    ``timeout`` is in seconds; ``cut``: it was not waited for as long, as the task was cancelled.
    """
    links = list(_chain(error))
    names = {type(link).__name__ for link in links}
    for link in links:
        if isinstance(link, ssl.CertificateError) or type(link).__name__ == "CertificateError":
            return _certificate(link)
    if any(map(_no_bundle, links)):
        return (
            "the file of certificates that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names can't be read;"
            " mend it, or give another with ca_path"
        )
    if names & _BAD_URL:
        return "the URL of a proxy in the environment (HTTPS_PROXY), or api_url, can't be used"
    if "ProxyError" in names:
        if never_sent(error):
            return "the proxy could not be reached, or refused to connect"
        return "the connection through the proxy broke"
    if "NameResolutionError" in names or "gaierror" in names:
        return "the portal's host name could not be resolved"
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return f"no connection within {timeout:g} s"
    if timed_out(error) and cut:
        return "no answer before the cancelled task had to end"
    if timed_out(error):
        return f"no answer within {timeout:g} s"
    if any(isinstance(link, ssl.SSLError) for link in links):
        return "the TLS connection failed"
    for link in links:
        if isinstance(link, OSError) and link.errno:
            return os.strerror(link.errno).lower()
    if names & {"IncompleteRead", "ProtocolError", "RemoteDisconnected", "ChunkedEncodingError"}:
        return "the connection was closed before the answer was complete"
    return f"the request could not be made ({type(error).__name__})"


def where(error: BaseException, api_url: str) -> str:
    """The host and port that were spoken to, or were to be: the portal's, or those of the proxy.

    Nothing else of a proxy's URL, which can hold a password.
    """
    links = list(_chain(error))
    if any(type(link).__name__ == "ProxyError" for link in links):
        proxies = (getattr(getattr(link, "pool", None), "proxy", None) for link in links)
        for proxy in filter(None, proxies):
            return f"the proxy {show(_host_and_port(proxy.scheme, proxy.host, proxy.port))}"
    parts = urlsplit(api_url)
    return show(_host_and_port(parts.scheme, parts.hostname or "", parts.port))


def _host_and_port(scheme: str | None, host: str, port: int | None) -> str:
    bare = host.strip("[]")
    return f"{f'[{bare}]' if ':' in bare else bare}:{port or (80 if scheme == 'http' else 443)}"


def _certificate(error: BaseException) -> str:
    # urllib3 before 2 compares the host name itself, and gives neither.
    code, message = getattr(error, "verify_code", None), getattr(error, "verify_message", "")
    if code in _OTHER_HOST or not message:
        return "the portal's certificate is for another host; check api_url"
    return (
        f"the portal's certificate was not accepted ({message}); trust its authority with ca_path"
    )


def _refused_by_proxy(link: BaseException) -> bool:
    """Whether a proxy answered CONNECT with an error, which http.client reports by text alone."""
    return isinstance(link, OSError) and str(link).startswith("Tunnel connection failed")


def _no_bundle(link: BaseException) -> bool:
    """Whether the certificates to trust could not be loaded, which comes before any connection."""
    if isinstance(link, ssl.SSLError):
        return getattr(link, "library", None) in ("X509", "PEM")
    return isinstance(link, OSError) and "TLS CA certificate bundle" in str(link)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it wraps, through causes, contexts, reasons and arguments."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        link = todo.pop(0)
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            todo += [getattr(link, "reason", None), link.__cause__, link.__context__, *link.args]
