# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What wg(8) and ip(8) print, read."""

from __future__ import annotations

import json

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.rules import (
    Rule,
    parse_rules,
)
from tests.support.tunnel_hosts import OTHER, PRIVATE, PUBLIC, SHARED

# As wireguard-tools 1.0.20210914 and iproute2 6.1 print them.
DUMP = (
    f"{PRIVATE}\t{OTHER}\t51820\t0xca6c\n"
    f"{PUBLIC}\t{SHARED}\t192.0.2.5:51820\t0.0.0.0/0,::/0\t1800000000\t92\t180\t25\n"
    f"{OTHER}\t(none)\t(none)\t(none)\t0\t0\t0\toff\n"
)
ADDRESSES = [
    {
        "ifname": "pvpn0",
        "flags": ["POINTOPOINT", "NOARP", "UP", "LOWER_UP"],
        "mtu": 1420,
        "addr_info": [
            {"family": "inet", "local": "10.66.66.2", "prefixlen": 32, "scope": "global"},
            {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link"},
        ],
    }
]
# As `ip -N -j rule` prints them.
RULES = [
    {"priority": 0, "src": "all", "table": "255"},
    {"priority": 31000, "src": "::", "srclen": 1, "goto": 31002},
    {"priority": 31000, "src": "all", "iif": "pvpn0", "fwmark": "0x4a6c0001", "table": "254"},
    {"priority": 31001, "src": "0.0.0.0", "table": "51820"},
    {"priority": 31001, "src": "all", "table": "254", "suppress_prefixlen": 0},
    {"priority": 31002, "src": "all", "nop": None},
    {"priority": 31002, "not": None, "src": "all", "fwmark": "0xca6c", "table": "51820"},
    {"priority": 32766, "src": "all", "table": "254"},
]


def test_the_dump() -> None:
    found = current.parse_dump(DUMP)
    assert (found["private_key"], found["public_key"]) == (PRIVATE, OTHER)
    assert (found["listen_port"], found["fwmark"]) == (51820, 51820)
    assert found["peers"][PUBLIC] == current.Peer(
        PUBLIC, SHARED, "192.0.2.5:51820", frozenset(["0.0.0.0/0", "::/0"]), 1_800_000_000, 25
    )
    assert found["peers"][OTHER] == current.Peer(OTHER, None, None, frozenset(), 0, 0)


def test_a_new_device() -> None:
    found = current.parse_dump("(none)\t(none)\t0\toff\n")
    assert found["private_key"] is None
    assert (found["fwmark"], found["peers"]) == (0, {})


def test_no_dump() -> None:
    assert current.parse_dump("") == {}
    assert current.parse_dump("Unable to access interface: No such device\n") == {}


def test_the_interface() -> None:
    found = current.parse_link(ADDRESSES)
    assert (found["exists"], found["up"], found["mtu"]) == (True, True, 1420)
    assert found["addresses"] == {"10.66.66.2/32"}
    assert current.parse_link([]) == {}


def test_what_is_printed_before_an_error() -> None:
    assert current.parse_json("[") == []
    assert current.parse_json("") == []
    assert current.parse_json("[{},[]]") == [{}]
    assert current.parse_json(json.dumps(ADDRESSES)) == ADDRESSES


def test_the_rules_of_our_preferences() -> None:
    assert parse_rules(RULES, 4, (31000, 31001, 31002)) == {
        Rule(4, 31000, "goto 31002", source="::/1"),
        Rule(4, 31000, "main", iif="pvpn0", mark=0x4A6C0001),
        Rule(4, 31001, "51820", source="0.0.0.0/32"),
        Rule(4, 31001, "main", suppress=True),
        Rule(4, 31002, "nop"),
        Rule(4, 31002, "51820", unless_mark=51820),
    }


def test_routes() -> None:
    listed = [
        {"dst": "default", "dev": "pvpn0"},
        {"dst": "10.0.0.5", "dev": "pvpn0"},
        {"dst": "10.1.0.0/16", "dev": "eth0"},
        {"type": "unreachable", "dst": "10.2.0.0/16", "dev": "pvpn0"},
    ]
    assert current.destinations(listed, 4, "pvpn0") == {"0.0.0.0/0", "10.0.0.5/32"}
    assert current.destinations([{"dst": "default", "dev": "pvpn0"}], 6, "pvpn0") == {"::/0"}
