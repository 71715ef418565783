# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tunnel's own table, mark and preferences: free ones, those of its file, and never another's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import own_values
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    TunnelError,
    connection_marks,
)
from tests.support.simulated_hosts import SimulatedHost, simulated
from tests.support.tunnel_hosts import CONF, OTHER, PRIVATE, options, wish

__all__ = ["simulated"]

FIRST = (51820, 51820, 31000)
AUTO = dict.fromkeys(("table", "fwmark", "guard_pref"), "auto")


def chosen(host: SimulatedHost, text: str = "", **values: Any) -> tuple[int, int, int]:
    found = own_values.choose(options(**{**AUTO, **values}), text, str(host.folder / "wireguard"))
    return found.table, found.fwmark, found.guard_pref


def rules(host: SimulatedHost, *listed: dict[str, Any]) -> None:
    host.answers[("ip", "-N", "-j", "-4", "rule")] = (0, json.dumps(listed), "")


def routes(host: SimulatedHost, table: int, device: str) -> None:
    listed = json.dumps([{"dst": "default", "dev": device}])
    host.answers[("ip", "-j", "-4", "route", "show", "table", str(table))] = (0, listed, "")


def test_where_all_is_free(simulated: SimulatedHost) -> None:
    assert chosen(simulated) == FIRST


TAKEN: dict[str, tuple[dict[str, Any], tuple[int, int, int], str]] = {
    "a preference": ({"priority": 31002, "table": "9"}, (51820, 51820, 31003), "guard_pref 31000"),
    "a table": ({"priority": 5, "table": "51820"}, (51821, 51820, 31000), "table 51820"),
    "a mark": (
        {"priority": 5, "table": "254", "fwmark": "0xca6c"},
        (51820, 51821, 31000),
        "fwmark 51820",
    ),
    "a mark that is not": (
        {"priority": 5, "table": "254", "not": None, "fwmark": "0xca6c"},
        (51820, 51821, 31000),
        "fwmark 51820",
    ),
    "bits of a connection's mark": (
        {
            "priority": 5,
            "table": "52",
            "fwmark": hex(connection_marks(51820)[0] & 0xFF0000),
            "fwmask": "0xff0000",
        },
        (51820, 51821, 31000),
        "Tailscale",
    ),
}


@pytest.mark.parametrize(("rule", "found", "said"), TAKEN.values(), ids=TAKEN)
def test_a_rule_that_has_it(
    simulated: SimulatedHost, rule: dict[str, Any], found: tuple[int, int, int], said: str
) -> None:
    rules(simulated, rule)
    assert chosen(simulated) == found
    with pytest.raises(TunnelError, match=said):
        chosen(simulated, table=51820, fwmark=51820, guard_pref=31000)


def test_routes_and_tunnels_that_are_up(simulated: SimulatedHost) -> None:
    routes(simulated, 51820, "wg7")
    simulated.answers[("wg", "show", "all", "fwmark")] = (0, "wg8\t0xca6c\nwg9\toff\n", "")
    assert chosen(simulated) == (51821, 51821, 31000)
    with pytest.raises(
        TunnelError, match=r"routes of wg7; fwmark 51820 is taken by the tunnel wg8"
    ):
        chosen(simulated, table=51820, fwmark=51820)


def test_files_of_tunnels_that_are_down(
    simulated: SimulatedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = simulated.folder / "wireguard"
    folder.mkdir()
    (folder / "wg0.conf").write_text(wish().text)
    (folder / "broken.conf").write_text("nonsense")
    assert chosen(simulated) == (51821, 51821, 31003)
    with pytest.raises(TunnelError, match=r"wg0\.conf"):
        chosen(simulated, guard_pref=31002)
    (folder / "a.netdev").write_text("[WireGuard]\nFirewallMark = 0xca6d\nRouteTable=51821\n")
    (folder / "b.nmconnection").write_text(
        "[ipv4]\nrouting-rule1=priority 31004 from 0/0 table 9\n"
    )
    others = (str(folder / "*.netdev"), str(folder / "*.nmconnection"))
    monkeypatch.setattr(own_values, "_FILES_OF_OTHERS", others)
    assert chosen(simulated) == (51822, 51822, 31006)
    (folder / "c.yaml").write_text("- to: 0/0\n  table: 051822\n  mark: 51822\n  priority: 31006\n")
    (folder / "rule-eth0").write_text("from 0/0 table 7 prio 31010\n")
    others += (str(folder / "*.yaml"), str(folder / "rule-*"))
    monkeypatch.setattr(own_values, "_FILES_OF_OTHERS", others)
    assert chosen(simulated) == (51823, 51823, 31012)
    (folder / "rt_tables").write_text("255\tlocal\n# 51823 no\n51823\tuplink2\n")
    monkeypatch.setattr(own_values, "_NAMES", (str(folder / "rt_tables"),))
    assert chosen(simulated) == (51824, 51823, 31012)
    with pytest.raises(TunnelError, match="rt_tables"):
        chosen(simulated, table=51823)


def test_the_file_keeps_them(simulated: SimulatedHost) -> None:
    """Its own rules and routes are there, and are nobody else's."""
    text = wish(table=51830, fwmark=51840, guard_pref=31009).text
    rules(simulated, {"priority": 31010, "table": "51830", "src": "0.0.0.0"})
    routes(simulated, 51830, "pvpn0")
    simulated.answers[("wg", "show", "all", "fwmark")] = (0, "pvpn0\t0xca80\n", "")
    assert chosen(simulated, text) == (51830, 51840, 31009)
    assert chosen(simulated, text, guard_pref=31010) == (51830, 51840, 31010)
    assert chosen(simulated, CONF) == FIRST


def test_the_same_client_on_another_interface(tmp_path: Path) -> None:
    conf = wish().conf
    (tmp_path / "old.conf").write_text(wish().text)
    (tmp_path / "other.conf").write_text(
        wish(CONF.replace(PRIVATE, OTHER).replace("66.2/32", "66.3/32")).text
    )
    (tmp_path / "newkeys.conf").write_text(wish(CONF.replace(PRIVATE, OTHER)).text)
    (tmp_path / "hand.conf").write_text(CONF)
    (tmp_path / "pvpn0.conf").write_text(wish().text)
    assert own_values.other_tunnels_of(conf, "pvpn0", str(tmp_path)) == ["newkeys", "old"]
    (tmp_path / "torn.conf").write_text(wish().text.replace("[Peer]", "[Pe"))
    assert own_values.other_tunnels_of(conf, "pvpn0", str(tmp_path)) == ["newkeys", "old"]


def test_a_tunnel_by_hand_that_is_not_up(simulated: SimulatedHost) -> None:
    """wg-quick takes the first free table for each: at the next boot they may start before ours."""
    folder = simulated.folder / "wireguard"
    folder.mkdir()
    for name in ("wg0", "wg1"):
        (folder / f"{name}.conf").write_text(CONF)
    (folder / "split.conf").write_text(CONF.replace("0.0.0.0/0, ::/0", "10.0.0.0/8"))
    (folder / "own.conf").write_text(CONF.replace("DNS", "Table = off\nDNS"))
    assert chosen(simulated) == (51822, 51822, 31000)
    with pytest.raises(TunnelError, match=r"table 51820 is taken by .*wg0\.conf"):
        chosen(simulated, table=51820)


@pytest.mark.parametrize("text", ["", CONF, "[Interface"])
def test_a_file_that_says_it_no_more(simulated: SimulatedHost, text: str) -> None:
    """Somebody put another one in its place: the rules are still the tunnel's own, and end with it."""
    mark = connection_marks(51821)[0]
    rules(
        simulated,
        {"priority": 31003, "iif": "pvpn0", "fwmark": hex(mark), "table": "254"},
        {"priority": 31003, "fwmark": hex(mark), "table": "51825"},
        {"priority": 31004, "src": "0.0.0.0", "table": "51825"},
    )
    assert chosen(simulated, text) == (51825, 51820, 31003)
    simulated.answers[("wg", "show", "all", "fwmark")] = (0, "pvpn0\t0xca6d\n", "")
    assert chosen(simulated, text) == (51825, 51821, 31003)
    auto = options(**AUTO)
    assert own_values.remember(auto, text).prefs == (31003, 31004, 31005)
    # Another interface's, or somebody's own.
    assert chosen(simulated, text, interface="pvpn1")[2] == 31000
    rules(simulated, {"priority": 31003, "iif": "pvpn0", "fwmark": "0x7", "table": "9"})
    assert own_values.held("pvpn0") == {}
