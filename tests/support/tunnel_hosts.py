# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of a client host share: a configuration, options, and the device that fits both."""

from __future__ import annotations

import base64
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.tunnel import OPTIONS
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    desired,
    given_conf,
    tunnel_options,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.current import (
    Device,
    Peer,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    Options,
    checked,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._wg_fields import held_key

PRIVATE, PUBLIC, SHARED, OTHER = (
    base64.b64encode(bytes([n]) * 32).decode() for n in (0xAA, 0xBB, 0xCC, 0xDD)
)
NOW = 1_800_000_000

CONF = f"""[Interface]
PrivateKey = {PRIVATE}
Address = 10.66.66.2/32
DNS = 1.1.1.1, 8.8.8.8

[Peer]
PublicKey = {PUBLIC}
PresharedKey = {SHARED}
Endpoint = 192.0.2.5:51820
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 25
"""


def options(**values: Any) -> Options:
    """The options, with their defaults, and what is chosen on a host where all is free."""
    defaults = {name: spec.get("default") for name, spec in OPTIONS.items()}
    chosen = {"table": 51820, "fwmark": 51820, "guard_pref": 31000}
    return checked({**defaults, **chosen, **values})


def wish(
    conf: str = CONF,
    *,
    has_ipv6: bool = True,
    resolver: str = tunnel_options.RESOLVCONF,
    **values: Any,
) -> desired.Desired:
    """What a host should have."""
    return desired.compose(
        given_conf.read(conf, allow_hooks=True), options(**values), ipv6=has_ipv6, resolver=resolver
    )


def fitting(wish: desired.Desired, **changes: Any) -> Device:
    """The device that is as it should be, but for ``changes``."""
    interface, peer = wish.conf["Interface"], wish.peer
    held = Peer(
        public_key=peer["PublicKey"],
        preshared_key=peer.get("PresharedKey"),
        endpoint=peer["Endpoint"],
        allowed=frozenset(peer["AllowedIPs"]),
        latest_handshake=NOW - 20,
        keepalive=peer.get("PersistentKeepalive") or 0,
    )
    values: dict[str, Any] = {
        "exists": True,
        "up": True,
        "mtu": interface.get("MTU", 1420),
        "addresses": frozenset(interface["Address"]),
        "private_key": held_key(interface["PrivateKey"]),
        "public_key": OTHER,
        "listen_port": interface.get("ListenPort") or 40000,
        "fwmark": int(interface["FwMark"]),
        "peers": {held.public_key: held},
        "rules": frozenset(wish.layout.rules),
        "routes": frozenset(peer["AllowedIPs"]),
        "main_routes": frozenset(wish.layout.vpn_networks),
    }
    return Device(**{**values, **changes})
