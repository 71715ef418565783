# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change needs: no more than it has to, and never less."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.current import Device
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.plan import (
    NOTHING,
    RESTART,
    SYNC,
    WRITE,
    Plan,
    make_plan,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.rules import Rule
from tests.support.tunnel_hosts import CONF, NOW, OTHER, PRIVATE, PUBLIC, SHARED, fitting, wish

ALL_ROUTES: list[Any] = ["full", "forwards", "none", ["10.0.0.0/8"]]


def decided(old: str | None, device: Device, **values: Any) -> Plan:
    return make_plan(wish(**values), old, device, NOW)


@pytest.mark.parametrize("routes", ALL_ROUTES)
def test_nothing_where_all_is_right(routes: Any) -> None:
    found = wish(routes=routes)
    assert make_plan(found, found.text, fitting(found), NOW) == Plan()


FILES = {
    "a comment": (lambda text: f"# mine\n{text}", WRITE, False),
    "spelling": (lambda text: text.replace("FwMark = ", "fwmark="), WRITE, False),
    "the private key": (lambda text: text.replace(PRIVATE, OTHER), SYNC, True),
    "the server's key": (lambda text: text.replace(PUBLIC, OTHER), SYNC, True),
    "the preshared key": (lambda text: text.replace(SHARED, OTHER), SYNC, False),
    "no preshared key": (lambda text: text.replace("PresharedKey", "#"), SYNC, False),
    "the endpoint": (lambda text: text.replace("192.0.2.5", "192.0.2.6"), SYNC, False),
    "the keepalive": (lambda text: text.replace("= 25", "= 30"), SYNC, False),
    "the address": (lambda text: text.replace("10.66.66.2/32", "10.66.66.3/32"), RESTART, False),
    "the networks": (lambda text: text.replace(", ::/0", ""), RESTART, False),
    "the resolvers": (lambda text: text.replace("8.8.8.8", "9.9.9.9"), RESTART, False),
    "the table": (lambda text: text.replace("Table = 51820", "Table = auto"), RESTART, False),
    "the mark": (lambda text: text.replace("FwMark = 51820", "FwMark = 1"), RESTART, False),
    "a command": (lambda text: text.replace("PostUp = nft", "PostUp = true; nft"), RESTART, False),
    "no peer": (lambda text: text.partition("[Peer]")[0], RESTART, False),
    # One that is not clamped is the same to WireGuard.
    "spare bits of the private key": (lambda text: text.replace("y = q", "y = r"), WRITE, False),
    "nonsense": (lambda text: "nonsense", RESTART, False),
}


@pytest.mark.parametrize(("older", "action", "keys"), FILES.values(), ids=FILES)
def test_the_file_that_is_there(older: Any, action: str, keys: bool) -> None:
    found = wish()
    old = older(found.text)
    assert old != found.text
    plan = make_plan(found, old, fitting(found), NOW)
    assert (plan.action, plan.identity_changes) == (action, keys)
    assert plan.reasons
    assert not [one for one in plan.reasons if OTHER in one or SHARED in one]


def test_no_file() -> None:
    assert decided(None, fitting(wish())).action == RESTART


def test_no_interface() -> None:
    assert decided(wish().text, Device()).action == RESTART


def peer(**changes: Any) -> dict[str, Any]:
    held = fitting(wish()).peers[PUBLIC]
    return {"peers": {PUBLIC: dataclasses.replace(held, **changes)}}


GUARDED = fitting(wish()).rules
DRIFTS: dict[str, tuple[dict[str, Any], str]] = {
    "another private key": ({"private_key": OTHER}, SYNC),
    "no private key": ({"private_key": None}, SYNC),
    "no peer": ({"peers": {}}, SYNC),
    "one peer more": ({"peers": {**fitting(wish()).peers, OTHER: None}}, SYNC),
    "another preshared key": (peer(preshared_key=OTHER), SYNC),
    "another keepalive": (peer(keepalive=0), SYNC),
    "other networks": (peer(allowed=frozenset(["10.0.0.0/8"])), SYNC),
    "another endpoint, and silence": (
        peer(endpoint="192.0.2.99:1", latest_handshake=NOW - 200),
        SYNC,
    ),
    "no mark": ({"fwmark": 0}, SYNC),
    "down": ({"up": False}, RESTART),
    "no address": ({"addresses": frozenset()}, RESTART),
    "another address": ({"addresses": frozenset(["10.66.66.9/32"])}, RESTART),
    "no rules": ({"rules": frozenset()}, RESTART),
    "a rule more": ({"rules": GUARDED | {Rule(4, 31001, "9")}}, RESTART),
    "a rule too few": ({"rules": GUARDED - {min(GUARDED, key=repr)}}, RESTART),
    "no firewall table": ({"firewall": False}, RESTART),
    "no routes": ({"routes": frozenset()}, RESTART),
}


@pytest.mark.parametrize(("changes", "action"), DRIFTS.values(), ids=DRIFTS)
def test_the_device_alone(changes: dict[str, Any], action: str) -> None:
    found = wish()
    plan = make_plan(found, found.text, fitting(found, **changes), NOW)
    assert plan.action == action
    assert not [one for one in plan.reasons if OTHER in one]


RIGHT: dict[str, dict[str, Any]] = {
    # The device follows a server that answers from another address.
    "another endpoint that works": peer(endpoint="192.0.2.99:1"),
    "no handshake yet": peer(latest_handshake=0),
    "another port where none was asked for": {"listen_port": 4},
    "another MTU where none was asked for": {"mtu": 1280},
    "a link's own address": {"link_addresses": frozenset(["fe80::1/64"])},
    "more routes": {"routes": frozenset(["0.0.0.0/0", "::/0", "10.0.0.0/8"])},
}


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_what_is_no_drift(changes: dict[str, Any]) -> None:
    found = wish()
    assert make_plan(found, found.text, fitting(found, **changes), NOW).action == NOTHING


@pytest.mark.parametrize(
    ("values", "changes"),
    [({"mtu": 1380}, {"mtu": 1420}), ({"listen_port": 5}, {"listen_port": 6})],
)
def test_what_was_asked_for_counts(values: dict[str, Any], changes: dict[str, Any]) -> None:
    found = wish(**values)
    assert make_plan(found, found.text, fitting(found, **changes), NOW).action != NOTHING


def test_the_route_to_the_vpn_counts() -> None:
    found = wish(routes="forwards")
    device = fitting(found, main_routes=frozenset())
    assert make_plan(found, found.text, device, NOW).action == RESTART


@pytest.mark.parametrize("before", ALL_ROUTES)
@pytest.mark.parametrize("after", ALL_ROUTES)
def test_other_routes_are_a_restart(before: Any, after: Any) -> None:
    if before == after:
        return
    old, new = wish(routes=before), wish(routes=after)
    assert make_plan(new, old.text, fitting(old), NOW).action == RESTART


def test_an_endpoint_by_name_is_not_compared_with_an_address() -> None:
    found = wish(CONF.replace("192.0.2.5", "vpn.example.net"))
    device = fitting(found)
    held = dataclasses.replace(device.peers[PUBLIC], endpoint="192.0.2.5:51820", latest_handshake=0)
    device = dataclasses.replace(device, peers={PUBLIC: held})
    assert make_plan(found, found.text, device, NOW).action == NOTHING


# What the file may have, and what wg(8) and ip(8) show of it.
SPELLINGS: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "no preshared key": ((f"= {SHARED}", f"= {'A' * 43}="), peer(preshared_key=None)),
    "an endpoint of IPv6": (
        ("192.0.2.5:51820", "[2001:DB8:0::5]:51820"),
        peer(endpoint="[2001:db8::5]:51820", latest_handshake=0),
    ),
    "a name that begins with a digit": (
        ("192.0.2.5", "1.vpn.example.net"),
        peer(endpoint="192.0.2.9:51820", latest_handshake=0),
    ),
    "the keepalive": (("= 25", "= off"), peer(keepalive=0)),
    "a network with host bits": (
        ("0.0.0.0/0, ::/0", "10.1.2.3/8"),
        peer(allowed=frozenset(["10.0.0.0/8"])),
    ),
    "an address of the link": (
        ("2/32\n", "2/32, fe80::2/64\n"),
        {
            "addresses": frozenset(["10.66.66.2/32"]),
            "link_addresses": frozenset(["fe80::2/64", "fe80::9/64"]),
        },
    ),
    "an address twice": (("2/32\n", "2/32, 10.66.66.2/32\n"), {}),
}


@pytest.mark.parametrize(("spelt", "changes"), SPELLINGS.values(), ids=SPELLINGS)
def test_what_is_shown_in_another_form_is_no_drift(
    spelt: tuple[str, str], changes: dict[str, Any]
) -> None:
    found = wish(CONF.replace(*spelt), routes="none")
    assert found.text != wish(routes="none").text or not changes
    plan = make_plan(found, found.text, fitting(found, **changes), NOW)
    assert plan == Plan(), plan
