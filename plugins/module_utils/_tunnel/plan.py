# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a change needs: nothing, the file alone, a new set of keys for the running device, a restart."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from .._wg_conf import WgConfError, parse
from .._wg_fields import held_key, is_by_name
from .current import Device, networks
from .desired import Desired

# From the least to the most; what needs several things needs the last of them.
NOTHING, WRITE, SYNC, RESTART = "nothing", "write", "sync", "restart"
ACTIONS = (NOTHING, WRITE, SYNC, RESTART)

# What wg(8) can change while the tunnel runs. All else is wg-quick's, or has routes that depend on it.
_SYNCED = {
    "Interface": ("PrivateKey", "ListenPort"),
    "Peer": ("PublicKey", "PresharedKey", "Endpoint", "PersistentKeepalive"),
}
# A session is renewed after two minutes; one that was not for three has ended.
ALIVE = 180


@dataclass
class Plan:
    """What to do and why; the reasons are for people, and hold no key."""

    action: str = NOTHING
    reasons: list[str] = field(default_factory=list)
    # Whether the tunnel's identity changes: other keys, or another server.
    identity_changes: bool = False

    def needs(self, action: str, reason: str) -> None:
        self.action = max(self.action, action, key=ACTIONS.index)
        self.reasons.append(reason)


def make_plan(desired: Desired, old: str | None, device: Device, now: float | None = None) -> Plan:
    """Compare the file that should be with the file that is, and with the device. ``now`` in seconds."""
    plan = Plan()
    _compare_file(plan, desired, old)
    if not device.exists:
        plan.needs(RESTART, "the interface is not there")
        return plan
    _compare_device(plan, desired, device, time.time() if now is None else now)
    _compare_routes(plan, desired, device)
    return plan


def _compare_file(plan: Plan, desired: Desired, old: str | None) -> None:
    if old is None:
        plan.needs(RESTART, "there is no file yet")
        return
    if old == desired.text:
        return
    try:
        before = parse(old)
    except WgConfError:
        plan.needs(RESTART, "the file that is there can't be read")
        return
    after = parse(desired.text)
    if len(before["Peer"]) != len(after["Peer"]):
        plan.needs(RESTART, "the file has other peers")
        return
    plan.needs(WRITE, "the file is written differently")
    sections = [("Interface", before["Interface"], after["Interface"])]
    sections += [("Peer", *pair) for pair in zip(before["Peer"], after["Peer"])]  # noqa: B905 - not in 3.9
    for name, one, other in sections:
        for key in sorted({*one, *other}):
            if _value(one, key) != _value(other, key):
                synced = key in _SYNCED[name]
                plan.needs(SYNC if synced else RESTART, f"{key} in the file")
                plan.identity_changes |= key in ("PrivateKey", "PublicKey")


def _value(section: dict[str, Any], key: str) -> Any:
    # Off, as wg(8) has it, and left out are the same.
    value = section.get(key) or None
    return held_key(value) if key == "PrivateKey" else value


def _compare_device(plan: Plan, desired: Desired, device: Device, now: float) -> None:
    interface, peer = desired.conf["Interface"], desired.peer
    if device.private_key != held_key(interface["PrivateKey"]):
        plan.needs(SYNC, "the device has another private key")
        plan.identity_changes = True
    if set(device.peers) != {peer["PublicKey"]}:
        plan.needs(SYNC, "the device has another peer")
        plan.identity_changes = True
    elif _differs(desired, device, now):
        plan.needs(SYNC, "the device's peer is set otherwise")
    if device.fwmark != int(interface["FwMark"]):
        plan.needs(SYNC, "the device has another mark")
    if interface.get("ListenPort") and device.listen_port != interface["ListenPort"]:
        plan.needs(SYNC, "the device listens to another port")
    if not device.up:
        plan.needs(RESTART, "the interface is down")
    wanted = frozenset(interface["Address"])
    # Linux makes addresses of the link itself; those that are wanted count.
    if device.addresses | (device.link_addresses & wanted) != wanted:
        plan.needs(RESTART, "the interface has other addresses")
    if interface.get("MTU") and device.mtu != interface["MTU"]:
        plan.needs(RESTART, "the interface has another MTU")


def _differs(desired: Desired, device: Device, now: float) -> bool:
    peer, held = desired.peer, device.peers[desired.peer["PublicKey"]]
    return (
        held.preshared_key != _preshared(peer)
        or held.keepalive != (peer.get("PersistentKeepalive") or 0)
        or held.allowed != frozenset(networks(peer["AllowedIPs"]))
        # A server may answer from another address, and the device follows it: right while it works.
        or (
            not is_by_name(peer["Endpoint"])
            and held.endpoint not in (None, peer["Endpoint"])
            and now - held.latest_handshake > ALIVE
        )
    )


def _preshared(peer: dict[str, Any]) -> str | None:
    # Nothing but zeros is, to WireGuard, none.
    key = peer.get("PresharedKey")
    return None if key == "A" * 43 + "=" else key


def _compare_routes(plan: Plan, desired: Desired, device: Device) -> None:
    layout = desired.layout
    if set(layout.rules) != device.rules:
        plan.needs(RESTART, "the ip rules are not as they should be")
    if layout.rules and not device.firewall:
        plan.needs(RESTART, "the firewall table is missing")
    if not device.routes >= set(networks(desired.peer["AllowedIPs"])):
        plan.needs(RESTART, f"routes of table {desired.options.table} are missing")
    if not device.main_routes >= set(layout.vpn_networks):
        plan.needs(RESTART, "the route to the VPN's network is missing")
