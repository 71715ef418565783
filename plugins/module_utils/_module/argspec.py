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


def _connection_option(variable: str, **spec: Any) -> dict[str, Any]:
    return {**spec, "fallback": (_environment, [f"PREMIERVPN_{variable}"])}


CONNECTION: dict[str, Any] = {
    "api_key": _connection_option("API_KEY", type="str", required=True, no_log=True),
    "api_url": _connection_option("API_URL", type="str", default=DEFAULTS["api_url"]),
    "validate_certs": _connection_option("VALIDATE_CERTS", type="bool", default=True),
    "ca_path": _connection_option("CA_PATH", type="path"),
    "timeout": _connection_option("TIMEOUT", type="float", default=30),
    "rate_limit": _connection_option("RATE_LIMIT", type="int", default=60),
    "max_wait": _connection_option("MAX_WAIT", type="float", default=300),
    "show_waits": _connection_option("SHOW_WAITS", type="bool", default=True),
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
