# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The law of the guard: wherever a host is, what it answers leaves as without the tunnel, and the rest goes into it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import event, given

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import rules
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.rules import (
    Layout,
    Rule,
)
from tests.support.model_routes import (
    BRIDGE,
    CONTAINERS,
    FIRST,
    SECOND,
    SOMEBODY,
    TUNNEL,
    Change,
    Packet,
    Surroundings,
    by_addresses,
    changes,
)

EVERYWHERE = Surroundings(second=True, containers=True, late=True)


def follow(change: Change) -> None:
    """All that has to hold for a tunnel."""
    steers = change.tunnel.layout.steers
    if change.guard or not steers:
        assert change.turned_away == [], "an answer leaves by another way"
    for family in (4, 6):
        _own_traffic(change, family)
        _what_came_through_the_tunnel(change, family)


def _own_traffic(change: Change, family: int) -> None:
    tunnel = change.tunnel
    before, after = change.where.ways(), change.where.ways(tunnel)
    own = Packet(SOMEBODY[family])
    led = tunnel.layout.steers and _takes(change, own)
    assert after.of(own) == (TUNNEL if led else before.of(own)), "the host's own traffic"
    if family in change.where.families and not change.where.by_hand:
        assert after.of(Packet(change.where.neighbour(family))) == FIRST, "the host's own network"
    encrypted = replace(own, mark=tunnel.options.fwmark)
    assert after.of(encrypted) != TUNNEL, "the tunnel goes into itself"


def _what_came_through_the_tunnel(change: Change, family: int) -> None:
    tunnel = change.tunnel
    if tunnel.options.routes == "none":
        return
    after, mark = change.where.ways(tunnel), tunnel.options.tunnel_mark
    for address in tunnel.addresses:
        answer = Packet(SOMEBODY[family], source=address.partition("/")[0])
        if (":" in address) == (family == 6) and _takes(change, answer):
            assert after.of(answer) == TUNNEL, "an answer from the tunnel's address"
            if change.where.containers and family in change.where.families:
                passed = Packet(SOMEBODY[family], CONTAINERS[family], mark, BRIDGE)
                assert after.of(passed) == TUNNEL, "a container's answer"
                led = Packet(CONTAINERS[family], SOMEBODY[family], mark, TUNNEL)
                assert after.of(led) == BRIDGE, "a port forward into a container"


def _takes(change: Change, packet: Packet) -> bool:
    networks = map(ipaddress.ip_network, change.tunnel.peer["AllowedIPs"])
    return any(ipaddress.ip_address(packet.target) in one for one in networks)


@given(changes)
def test_answers_leave_as_without_the_tunnel(change: Change) -> None:
    event(f"{change.routes}, guard {change.guard}")
    follow(change)


def test_without_the_guard_answers_are_turned_away() -> None:
    away = Change(EVERYWHERE, guard=False).turned_away
    assert {one.source for one in away} == {
        *EVERYWHERE.addresses(4),
        *EVERYWHERE.addresses(6),
        *CONTAINERS.values(),
    }


def _without(unwanted: Callable[[Rule], bool]) -> property:
    real = Layout.rules
    assert isinstance(real, property)
    assert real.fget is not None
    get = real.fget
    return property(lambda layout: [one for one in get(layout) if not unwanted(one)])


BROKEN: list[tuple[str, object, str, object, Change]] = [
    ("all but WireGuard's own", Layout, "_steering", Layout._everything, Change()),
    (
        "addresses of the start: one that comes late",
        *(Layout, "_steering", by_addresses),
        Change(Surroundings(late=True)),
    ),
    (
        "addresses of the start: a second uplink",
        *(Layout, "_steering", by_addresses),
        Change(Surroundings(second=True)),
    ),
    (
        "addresses of the start: containers",
        *(Layout, "_steering", by_addresses),
        Change(Surroundings(containers=True)),
    ),
    (
        "half of IPv6's sources",
        *(rules, "_ANY_SOURCE", ("::/1",)),
        Change(Surroundings(containers=True)),
    ),
    (
        "the host's own networks too",
        *(Layout, "rules", _without(lambda one: one.suppress and one.mark is None)),
        Change(),
    ),
    (
        "WireGuard's own packets too",
        *(Layout, "rules", _without(lambda one: one.mark == 51820)),
        Change(),
    ),
    (
        "no way back for containers",
        *(Layout, "rules", _without(lambda one: one.mark not in (None, 51820) and not one.iif)),
        Change(EVERYWHERE, routes="forwards"),
    ),
    (
        "a port forward turns round",
        *(Layout, "rules", _without(lambda one: bool(one.iif))),
        Change(EVERYWHERE),
    ),
    (
        "the VPN's network before the host's own",
        *(rules, "VPN_METRIC", 5),
        Change(Surroundings(like_the_vpn=True), routes="forwards"),
    ),
    (
        "what has the tunnel's address goes elsewhere",
        *(Layout, "rules", _without(lambda one: one.source == "10.66.66.2")),
        Change(),
    ),
]


@pytest.mark.parametrize(
    ("target", "name", "value", "change"), [pytest.param(*each[1:], id=each[0]) for each in BROKEN]
)
def test_what_is_broken_on_purpose_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
    target: object,
    name: str,
    value: object,
    change: Change,
) -> None:
    follow(change)
    monkeypatch.setattr(target, name, value)
    with pytest.raises(AssertionError):
        follow(change)


def test_the_second_uplink_is_one() -> None:
    """Its address leads out by it, as the model has it and Linux has it too."""
    ways = EVERYWHERE.ways()
    for family in (4, 6):
        links = EVERYWHERE.addresses(family)
        assert set(links.values()) == {FIRST, SECOND}
        for address, link in links.items():
            assert ways.of(Packet(SOMEBODY[family], address)) == link
