# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The variables of a host: the published fields by name, everything else in one dictionary.

What a field is called is the portal's choice, so a field that nobody published never names a variable.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from ansible.vars.reserved import get_reserved_names

from ..module_utils._api.settings import OPTIONS
from ._facts import PLAYBOOKS

# portal-api, rows E1, E2 and E7; `server` and `server_name` say where the user was listed.
PUBLISHED = (
    *("id", "client_name", "client_ip", "online", "last_seen", "rx_bytes", "tx_bytes"),
    *("server", "server_name", "port_forwards"),
)

OTHER = "other"
"""What is not published."""

# Variables that steer Ansible, and this collection's plugins, roles and playbooks.
_STEERS = re.compile(
    rf"ansible_|inventory_|premiervpn_({'|'.join(OPTIONS)})\Z"
    rf"|wg_(client_(?!name\Z|ip\Z)|({PLAYBOOKS})_)"
)


def variable(name: str) -> str:
    """``name`` as a variable can be called."""
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name)


def why_refused(prefix: str) -> str:
    """Why no variables can be made with this prefix, or nothing."""
    made = [variable(prefix + field) for field in (*PUBLISHED, OTHER)]
    reserved = get_reserved_names()
    taken = sorted(name for name in made if _STEERS.match(name) or name in reserved)
    if not taken:
        return ""
    return (
        f"hostvars_prefix {prefix!r} would make variables that Ansible or a role takes for its own:"
        f" {', '.join(taken)}; use another prefix"
    )


def variables(user: dict[str, Any], server_name: str | None, prefix: str) -> dict[str, Any]:
    """The variables of a user, as the listing has it."""
    fields = {**user, "server_name": server_name}
    if not server_name:
        del fields["server_name"]
    host = {variable(prefix + name): fields[name] for name in PUBLISHED if name in fields}
    host[variable(prefix + OTHER)] = {
        name: value for name, value in fields.items() if name not in PUBLISHED
    }
    address = _address(user["client_ip"])
    if address:
        host["ansible_host"] = address
    return host


def _address(text: Any) -> str | None:
    """An address that a device can have, as it is written everywhere; else None.

    A loopback address would be the machine where Ansible runs.
    """
    if not isinstance(text, str) or "%" in text:
        return None
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return None
    inner = getattr(address, "ipv4_mapped", None) or address
    for one in (address, inner):
        if one.is_loopback or one.is_unspecified or one.is_multicast or one.is_link_local:
            return None
    return str(address)
