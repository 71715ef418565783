# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: nobody outside this collection may build on it.

Why a request got no answer, read out of the exceptions of ``requests``. Their own texts are not used:
they can hold header values and addresses.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator

# Named, not imported: `requests` may be missing, and brings its own urllib3 on some systems.
_NEVER_SENT = frozenset(
    {
        "ConnectTimeout",
        "ConnectTimeoutError",
        "InvalidHeader",
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "MissingSchema",
        "NameResolutionError",
        "NewConnectionError",
        "ProxyError",
        "SSLCertVerificationError",
    }
)

# Nothing of this mends itself while a task waits.
_PERMANENT = frozenset(
    {
        "InvalidHeader",
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "MissingSchema",
        "SSLCertVerificationError",
    }
)


def never_sent(error: BaseException) -> bool:
    """Whether the portal cannot have seen the request."""
    return any(type(link).__name__ in _NEVER_SENT for link in _chain(error))


def is_permanent(error: BaseException) -> bool:
    """Whether sending again is pointless."""
    return any(type(link).__name__ in _PERMANENT for link in _chain(error))


def reason(error: BaseException, timeout: float) -> str:
    """What went wrong, in words that hold nothing of the request. ``timeout`` is in seconds."""
    links = list(_chain(error))
    names = {type(link).__name__ for link in links}
    for link in links:
        if isinstance(link, ssl.SSLCertVerificationError):
            return (
                f"the portal's certificate was not accepted ({link.verify_message}); trust its"
                " authority with ca_path"
            )
    if "ProxyError" in names:
        return "the proxy could not be reached, or refused to connect"
    if "NameResolutionError" in names or "gaierror" in names:
        return "the portal's host name could not be resolved"
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return f"no connection within {timeout:g} s"
    if names & {"ReadTimeout", "ReadTimeoutError", "TimeoutError"}:
        return f"no answer within {timeout:g} s"
    if any(isinstance(link, ssl.SSLError) for link in links):
        return "the TLS connection failed"
    for link in links:
        if isinstance(link, OSError) and link.errno:
            return os.strerror(link.errno).lower()
    if names & {"IncompleteRead", "ProtocolError", "RemoteDisconnected", "ChunkedEncodingError"}:
        return "the connection was closed before the answer was complete"
    return f"the request could not be made ({type(error).__name__})"


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
