# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``routes: full``: all traffic leaves by the server, and whoever reached the host still does."""

from __future__ import annotations

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.host import Host
from .lab.plays import changed


def restart(host: Host) -> None:
    """As a user does it."""
    if host.exists("/run/systemd/system"):
        host.run("systemctl", "restart", f"wg-quick@{looks.INTERFACE}")
    else:
        host.run("wg-quick", "down", looks.INTERFACE)
        host.run("wg-quick", "up", looks.INTERFACE)


@pytest.mark.every_core
def test_sessions_live_forwards_answer_and_traffic_leaves_by_the_server(booted: Scene) -> None:
    lab, host = booted.lab, booted.host
    with checks.sessions_live(lab, host):
        booted.plays.good(host, wg_client_port_forwards=checks.FORWARDS)
        checks.on_the_vpn(lab, host)
        checks.forwards_answer(lab, host)
    with checks.sessions_live(lab, host):
        restart(host)
    checks.on_the_vpn(lab, host)


def test_after_the_hosts_address_changed(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)
    host.ip(
        f"address del {host.v4}/24 dev eth0",
        f"address add {host.link.v4(3)}/24 dev eth0",
        f"route add default via {host.link.v4(1)}",
        f"address del {host.v6}/64 dev eth0",
        f"address add {host.link.v6(3)}/64 dev eth0 nodad",
        f"route replace default via {host.link.v6(1)}",
    )
    restart(host)
    assert lab.reachable(host.link.v4(3))
    assert lab.reachable(host.link.v6(3))
    checks.on_the_vpn(lab, host)
    run = plays.good(host, addresses={host.name: host.link.v4(3)})
    assert changed(run)[host.name] == 0, run.output
    assert not [rule for rule in looks.rules(host) if host.v4 in rule]


def test_with_somebody_elses_rule(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    host.ip(
        f"route add default via {host.link.v4(1)} table 200",
        "rule add from 198.18.250.9 lookup 200 pref 5210",
        "rule add fwmark 0x80000 lookup 200 pref 31500",
    )
    foreign = [rule for rule in looks.rules(host) if "lookup 200" in rule]
    with checks.sessions_live(lab, host):
        scene.plays.good(host, wg_client_port_forwards=checks.FORWARDS)
        checks.on_the_vpn(lab, host)
        checks.forwards_answer(lab, host)
    scene.plays.good(host, wg_client_state="absent")
    assert [rule for rule in looks.rules(host) if "lookup 200" in rule] == foreign


def test_packets_to_the_tunnels_address_from_other_links_are_dropped(scene: Scene) -> None:
    """wg-quick's own protection, which a layout with rules of our own would lack."""
    lab, host = scene.lab, scene.host
    run = scene.plays.good(host)
    address = (
        host.run("ip", "-4", "-o", "addr", "show", looks.INTERFACE).split()[3].partition("/")[0]
    )
    assert address.startswith("10.66.66."), run.output
    lab.network.router.ip(f"route add {address}/32 via {host.v4}")
    try:
        assert lab.controller.attempt("ping", "-c1", "-W1", host.v4).returncode == 0
        assert lab.controller.attempt("ping", "-c2", "-W1", address).returncode != 0
        counters = host.run("nft", "list", "ruleset")
        assert address in counters
    finally:
        lab.network.router.ip(f"route del {address}/32")
