# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Runs the modules of a tunnel, on the host that has it. Their documentation is the fragment ``_tunnel``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._tunnel import host, system
from .._tunnel.tunnel_options import HOOKS, Options, TunnelError, checked

OPTIONS: dict[str, Any] = {
    "interface": {"type": "str", "default": "pvpn0"},
    "routes": {"type": "raw", "default": "full"},
    "guard": {"type": "bool", "default": True},
    "table": {"type": "str", "default": "auto"},
    "fwmark": {"type": "str", "default": "auto"},
    "guard_pref": {"type": "str", "default": "auto"},
    "rollback": {"type": "int", "default": 60},
    "verify": {"type": "int", "default": 15},
    "ipv6": {"type": "str", "choices": ["auto", "keep", "drop"], "default": "auto"},
    "dns": {"type": "raw", "default": "auto"},
    "mtu": {"type": "int"},
    "keepalive": {"type": "int"},
    "listen_port": {"type": "int"},
    **{name: {"type": "list", "elements": "str", "default": []} for name in HOOKS},
    "service": {
        "type": "str",
        "choices": ["auto", "systemd", "openrc", "none"],
        "default": "auto",
    },
    "userspace": {"type": "raw", "default": "auto"},
    "enabled": {"type": "bool", "default": True},
    "reresolve": {"type": "bool", "default": False},
}
TUNNEL: dict[str, Any] = {
    "tunnel": {
        "type": "dict",
        "default": {},
        "apply_defaults": True,
        "options": OPTIONS,
    }
}


def run(
    argument_spec: dict[str, Any],
    work: Callable[[AnsibleModule, Options], dict[str, Any]],
    *,
    as_root: bool = True,
    **kwargs: Any,
) -> None:
    """Run a module: ``work`` returns its result, or raises a ``TunnelError``."""
    module = AnsibleModule({**TUNNEL, **argument_spec}, supports_check_mode=True, **kwargs)
    # The files that it makes hold keys.
    os.umask(0o077)
    try:
        options = checked(module.params["tunnel"])
        if as_root:
            host.need_root(os.geteuid() == 0)
        with system.commands_by(module.run_command):
            result = work(module, options)
    except TunnelError as exc:
        module.fail_json(str(exc))
    except OSError as exc:
        module.fail_json(
            f"the host could not use {exc.filename or 'a file'}: {exc.strerror or exc}"
        )
    module.exit_json(**result)
