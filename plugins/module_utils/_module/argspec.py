# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The argument specs that modules share. Their documentation is the fragment ``_connection``."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.basic import AnsibleFallbackNotFound

from .._api.settings import DEFAULTS


def _environment(name: str) -> str:
    """The value of an environment variable. A blank one counts as not set, as CI systems set them."""
    value = os.environ.get(name, "")
    if not value.strip():
        raise AnsibleFallbackNotFound
    return value


def _connection_option(name: str, type_: str, **spec: Any) -> dict[str, Any]:
    default = {"default": DEFAULTS[name]} if DEFAULTS.get(name) is not None else {}
    variable = f"PREMIERVPN_{name.upper()}"
    return {"type": type_, **default, **spec, "fallback": (_environment, [variable])}


CONNECTION: dict[str, Any] = {
    "api_key": _connection_option("api_key", "str", required=True, no_log=True),
    **{
        name: _connection_option(name, type_)
        for name, type_ in {
            "api_url": "str",
            "validate_certs": "bool",
            "ca_path": "path",
            "timeout": "float",
            "rate_limit": "int",
            "max_wait": "float",
            "show_waits": "bool",
        }.items()
    },
}

SERVER: dict[str, Any] = {"server": {"type": "str"}}

STATE: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"}
}

HOOKS: dict[str, Any] = {"allow_hooks": {"type": "bool", "default": False}}

REVOKED: dict[str, Any] = {
    "revoked_public_keys": {"type": "list", "elements": "str", "default": []}
}

FORWARD: dict[str, Any] = {
    "external_port": {"type": "int", "required": True},
    "internal_port": {"type": "int"},
    "protocol": {"type": "str", "choices": ["tcp", "udp", "both"], "default": "tcp"},
    "comment": {"type": "str"},
    **STATE,
}
