# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that are refused, all at once, before anything happens."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    TunnelError,
)
from tests.support.tunnel_hosts import options

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"interface": ""}, "interface"),
    "a long name": ({"interface": "a" * 16}, "interface"),
    "a path": ({"interface": "../x"}, "interface"),
    "dots": ({"interface": ".."}, "interface"),
    "all interfaces": ({"interface": "all"}, "interface"),
    "a word of wg's": ({"interface": "interfaces"}, "interface"),
    "a name with an end of line": ({"interface": "a\n"}, "interface"),
    "no name of a unit": ({"interface": "a=b", "service": "systemd"}, "systemd"),
    "a word": ({"routes": "all"}, "routes"),
    "no networks": ({"routes": []}, "routes"),
    "a network with host bits": ({"routes": ["10.0.0.1/8"]}, "routes"),
    "a command for a resolver": ({"dns": ["1.1.1.1; id"]}, "dns"),
    "no resolvers": ({"dns": []}, "dns"),
    "half an address": ({"dns": ["1.1.1"]}, "dns"),
    "the main table": ({"table": 254}, "table"),
    "no table": ({"table": 0}, "table"),
    "a preference of the kernel's": ({"guard_pref": 32766}, "guard_pref"),
    "a preference next to it": ({"guard_pref": 32764}, "guard_pref"),
    "no mark": ({"fwmark": 0}, "fwmark"),
    "a mark in words": ({"fwmark": "one"}, "fwmark"),
    "a name that is an option": ({"interface": "-x"}, "begin with -"),
    "a resolver with a link": ({"dns": ["fe80::7%$(id)"]}, "dns"),
    "a domain that is an option": ({"dns": ["-m"]}, "dns"),
    "on, which is no number": ({"keepalive": True}, "keepalive must be a number, or off"),
    "no MTU": ({"mtu": False}, "mtu"),
    "a short roll-back": ({"rollback": 3}, "rollback"),
    "a negative one": ({"rollback": -1}, "rollback"),
    "a small MTU": ({"mtu": 100}, "mtu"),
    "a port": ({"listen_port": 65536}, "listen_port"),
    "a comment in a command": ({"post_up": ["echo # x"]}, "post_up"),
    "two lines": ({"pre_down": ["echo\nid"]}, "pre_down"),
    "no command": ({"post_down": [" "]}, "post_down"),
    "maybe": ({"userspace": "maybe"}, "userspace"),
    "nothing between you and the door": ({"guard": False, "rollback": 0}, "lock you out"),
    **{
        f"networks that are all: {networks}": (
            {"guard": False, "rollback": 0, "routes": networks},
            "lock you out",
        )
        for networks in (
            ["0.0.0.0/0", "::/0"],
            ["::/0"],
            ["0.0.0.0/1", "128.0.0.0/1"],
            ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1", "10.0.0.0/8"],
        )
    },
}


@pytest.mark.parametrize(("values", "said"), WRONG.values(), ids=WRONG)
def test_what_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(TunnelError, match=said):
        options(**values)


def test_all_at_once() -> None:
    with pytest.raises(TunnelError) as error:
        options(interface="", table=254, routes="x", dns="y")
    assert all(word in str(error.value) for word in ("interface", "table", "routes", "dns"))


RIGHT: dict[str, dict[str, Any]] = {
    "no guard, with a roll-back": {"guard": False},
    "no roll-back, with the guard": {"rollback": 0},
    "neither, where nothing could be locked": {
        "guard": False,
        "rollback": 0,
        "routes": "forwards",
    },
    "a name with all there is": {"interface": "aZ0_=+.-"},
    "networks": {"routes": ["10.0.0.0/8", "fd00::/8"]},
    "resolvers and a domain": {"dns": ["1.1.1.1", "2001:db8::1", "example.net"]},
    "half of all, without anything": {
        "routes": ["128.0.0.0/1", "8000::/1"],
        "guard": False,
        "rollback": 0,
    },
    "a truth": {"userspace": True},
    "yes": {"userspace": "yes"},
}


@pytest.mark.parametrize("values", RIGHT.values(), ids=RIGHT)
def test_what_is_taken(values: dict[str, Any]) -> None:
    assert options(**values).prefs == (31000, 31001, 31002)


def test_off_is_a_number() -> None:
    """YAML makes a boolean of it, and Ansible takes that for an integer."""
    found = options(keepalive=False, verify=False, rollback=False, listen_port=False)
    assert [repr(one) for one in (found.keepalive, found.verify, found.rollback)] == ["0"] * 3
    assert repr(found.listen_port) == "0"
