# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Where the portal is and how to speak to it: the connection options, checked before any request."""

from __future__ import annotations

import ipaddress
import math
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.parsing.convert_bool import boolean

from .._errors import OptionError
from .._pacing.allowance import MAX_ATTEMPTS
from .._text import show

DEFAULT_URL = "https://portal.premiervpn.net/api/wg"

NO_KEY = (
    "There is no API key. Set the option api_key, the variable premiervpn_api_key, or PREMIERVPN_API_KEY in"
    " the environment"
)

KEY_IN_ENVIRONMENT = "PREMIERVPN_API_KEY in the environment"

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class ApiSettings:
    """Checked connection options. Times are in seconds, ``rate_limit`` in requests a minute.

    ``attempts`` is no option: how often a request is tried. Who asks again anyway, asks once each time.
    ``key_origin`` is for messages: where the key was found, empty where that is not known.
    """

    api_key: str = field(repr=False)
    api_url: str = DEFAULT_URL
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0
    rate_limit: int = 60
    max_wait: float = 300.0
    show_waits: bool = True
    attempts: int = MAX_ATTEMPTS
    key_origin: str = field(default="", compare=False)

    @property
    def verify(self) -> bool | str:
        """What to verify the portal's certificate with, in the words of ``requests``."""
        return (self.ca_path or True) if self.validate_certs else False


def validated_settings(options: Mapping[str, Any], key_origin: str = "") -> ApiSettings:
    """Checked settings out of the connection options; ``OptionError`` lists all that is wrong."""
    problems: list[str] = []

    def checked(check: Any, name: str) -> Any:
        try:
            return check(options[name])
        except ValueError as exc:
            problems.append(f"{name} {exc}")
        except OptionError as exc:
            problems.append(str(exc))
        return None

    values = {name: checked(check, name) for name, check in _CHECKS.items()}
    if problems:
        raise OptionError("; ".join(problems))
    return ApiSettings(**values, key_origin=key_origin)


def _api_key(value: Any) -> str:
    # Whatever is wrong with a key, neither it nor a part of it may be shown.
    key = str(value or "").strip()
    if not key:
        raise OptionError(NO_KEY)
    if not _HEADER_SAFE.fullmatch(key):
        raise ValueError(
            "holds white space, control or non-ASCII characters, which no key has (not shown here)"
        )
    return key


def _api_url(value: Any) -> str:
    url = str(value or "").strip().rstrip("/")
    if not url:
        raise ValueError("is blank")
    try:
        parts = urlsplit(url)
        host = None if parts.port == 0 else parts.hostname
    except ValueError:
        raise ValueError("is not a URL") from None
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password; only api_key signs in (not shown here)")
    if not _HEADER_SAFE.fullmatch(url) or parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"is not an http(s) URL: {show(url)}")
    if "?" in url or "#" in url:  # empty ones count too: the paths would land in them
        raise ValueError(f"has a query or a fragment: {show(url)}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError(
            f"is plain http to {show(host)}: the key would travel unencrypted. Use https"
            " (plain http is for a loopback address only)"
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ca_path(value: Any) -> str | None:
    if not value:
        return None
    path = os.path.expanduser(str(value))
    if not os.path.isfile(path):
        raise ValueError(f"is not a file: {show(path)}")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except OSError as exc:  # ssl.SSLError is one
        raise ValueError(f"holds no readable PEM certificate: {show(path)}") from exc
    return path


def _yes_or_no(value: Any) -> bool:
    try:
        return bool(boolean(value))
    except TypeError:
        raise ValueError(f"is neither true nor false: {show(value)}") from None


def _number(value: Any, *, zero: bool) -> float:
    if isinstance(value, str):  # from the environment or a template
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"is not a number: {show(value)}") from None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"is not a number: {show(value)}")
    if value < 0 or (value == 0 and not zero):
        raise ValueError(f"must be {'at least' if zero else 'above'} 0, not {show(value)}")
    return value


def _timeout(value: Any) -> float:
    return float(_number(value, zero=False))


def _max_wait(value: Any) -> float:
    return float(_number(value, zero=True))


def _rate_limit(value: Any) -> int:
    number = _number(value, zero=True)
    if number != int(number):
        raise ValueError(f"is not a whole number: {show(value)}")
    return int(number)


# Every connection option, and what it has to be.
_CHECKS = {
    "api_key": _api_key,
    "api_url": _api_url,
    "validate_certs": _yes_or_no,
    "ca_path": _ca_path,
    "timeout": _timeout,
    "rate_limit": _rate_limit,
    "max_wait": _max_wait,
    "show_waits": _yes_or_no,
}

OPTIONS = tuple(_CHECKS)
DEFAULTS = {
    name: value.default
    for name, value in ApiSettings.__dataclass_fields__.items()
    if value.default is not MISSING
}
