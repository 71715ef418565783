# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WireGuard keys and the .conf text."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass

WIREGUARD_PORT = 51820


@dataclass(frozen=True)
class KeyPair:
    """A Curve25519 key pair, in the base64 that WireGuard uses."""

    private: str
    public: str


def make_key_pair() -> KeyPair:
    """A real key pair: WireGuard itself accepts it."""
    # Imported when the first key is needed: a simulator that hands out no key starts sooner.
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    key = X25519PrivateKey.generate()
    return KeyPair(
        private=_base64(key.private_bytes_raw()),
        public=_base64(key.public_key().public_bytes_raw()),
    )


def make_preshared_key() -> str:
    """32 random bytes, as ``wg genpsk`` makes them."""
    return _base64(os.urandom(32))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def conf_text(
    *, private_key: str, address: str, server_public_key: str, preshared_key: str, endpoint: str
) -> str:
    """The whole .conf, line by line as the rule "the .conf" has it."""
    return (
        "[Interface]\n"
        f"PrivateKey = {private_key}\n"
        f"Address = {address}/32\n"
        "DNS = 1.1.1.1, 8.8.8.8\n"
        "\n"
        "[Peer]\n"
        f"PublicKey = {server_public_key}\n"
        f"PresharedKey = {preshared_key}\n"
        f"Endpoint = {endpoint}:{WIREGUARD_PORT}\n"
        "AllowedIPs = 0.0.0.0/0, ::/0\n"
        "PersistentKeepalive = 25\n"
    )
