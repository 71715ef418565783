# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Where a connection option comes from: the option, then the variable, then the environment.

One rule for modules (by their action), inventory and lookup. A blank value counts as none, wherever it
stands: surveys, CI systems and AWX give such. And a key of the environment goes only where its owner sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible import errors

from ..module_utils._api.settings import KEY_IN_ENVIRONMENT, OPTIONS
from ..module_utils._errors import OptionError

OPTION, VARIABLE, ENVIRONMENT = "option", "variable", "environment"

_KEY_ORIGINS = {
    OPTION: "the option api_key",
    VARIABLE: "the variable premiervpn_api_key",
    ENVIRONMENT: KEY_IN_ENVIRONMENT,
}

# Before ansible-core 2.19 a value that is omitted is a text that no other value is.
_Omitted: type[Exception] = getattr(errors, "AnsibleValueOmittedError", errors.AnsibleError)


def is_blank(value: Any) -> bool:
    """Whether a value counts as not given."""
    return value is None or (not isinstance(value, (bool, int, float)) and not str(value).strip())


def given_options(
    options: Mapping[str, Any], variables: Mapping[str, Any], render: Callable[[Any], Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The connection options that ``options`` or ``variables`` (``premiervpn_OPTION``) give.

    The values, their templates rendered, and where each comes from. Raises what ``render`` raises.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name in OPTIONS:
        for source, given, key in (
            (OPTION, options, name),
            (VARIABLE, variables, f"premiervpn_{name}"),
        ):
            value = _rendered(given.get(key), variables, render)
            if not is_blank(value):
                values[name], sources[name] = value, source
                break
    return values, sources


def key_origin(sources: Mapping[str, str]) -> str:
    """Where the API key was found, for messages. What is not an option or a variable is a file: ansible.cfg."""
    source = sources.get("api_key", ENVIRONMENT)
    return _KEY_ORIGINS.get(source, source)


def _rendered(value: Any, variables: Mapping[str, Any], render: Callable[[Any], Any]) -> Any:
    if value is None:
        return None
    try:
        value = render(value)
    except _Omitted as exc:
        if type(exc).__name__ != "AnsibleValueOmittedError":
            raise
        return None
    if isinstance(value, (bool, int, float)):
        return value
    # A vaulted text is one of its own kind until it is made a plain one.
    return None if value == variables.get("omit", "") else str(value)


def refuse_foreign_url(sources: Mapping[str, str]) -> None:
    """Raise ``OptionError`` where a key of the environment would go to the URL of a variable.

    Variables come from files that other people may write: group variables, an inventory.
    """
    if (sources.get("api_key"), sources.get("api_url")) == (ENVIRONMENT, VARIABLE):
        raise OptionError(
            "the API key comes from the environment and the URL from the variable premiervpn_api_url, which"
            " does not get it. Give both from one place: set premiervpn_api_key too, or the option api_url,"
            " or PREMIERVPN_API_URL"
        )
