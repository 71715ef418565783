# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that is not as its file says is mended; a bad file never reaches a device that works."""

from __future__ import annotations

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.host import Host
from .lab.plays import changed


def without_interface(host: Host) -> None:
    host.run("ip", "link", "del", looks.INTERFACE)


def without_a_rule(host: Host) -> None:
    prefs = [line.split(":", 1)[0] for line in host.run("ip", "rule").splitlines()]
    host.run("ip", "rule", "del", "pref", next(pref for pref in prefs if pref.startswith("310")))


def without_the_tunnels_rule(host: Host) -> None:
    rule = next(rule for rule in looks.rules(host) if "from 10.66.66." in rule)
    host.run("ip", "rule", "del", *rule.split(":", 1)[1].split())


def with_another_key(host: Host) -> None:
    key = host.run("wg", "genkey")
    host.run("wg", "set", looks.INTERFACE, "private-key", "/dev/stdin", stdin=key)


def without_its_mark(host: Host) -> None:
    """As `systemctl reload wg-quick@pvpn0` leaves a file of wg-quick's own layout."""
    host.run("wg", "set", looks.INTERFACE, "fwmark", "0")


def without_its_peer(host: Host) -> None:
    peer = host.run("wg", "show", looks.INTERFACE, "peers").strip()
    host.run("wg", "set", looks.INTERFACE, "peer", peer, "remove")


def without_its_routes(host: Host) -> None:
    host.run("ip", "route", "flush", "table", "51820")


DRIFTS = (
    *(without_interface, without_a_rule, without_the_tunnels_rule),
    *(with_another_key, without_its_mark, without_its_peer, without_its_routes),
)


def test_drift_is_mended_though_the_file_is_right(tunnel: Scene) -> None:
    lab, host, plays = tunnel.lab, tunnel.host, tunnel.plays
    file, rules = host.read(looks.CONF), looks.rules(host)
    for drift in DRIFTS:
        drift(host)
        if drift is without_a_rule:
            check = plays.good(host, check=True)
            assert changed(check)[host.name] > 0, check.output
            assert looks.rules(host) != rules
        with checks.sessions_live(lab, host):
            run = plays.good(host)
        assert changed(run)[host.name] > 0, (drift.__name__, run.output)
        assert host.read(looks.CONF) == file
        assert looks.rules(host) == rules
        checks.on_the_vpn(lab, host)
    again = plays.good(host)
    assert changed(again)[host.name] == 0, again.output


def test_systemd_may_think_otherwise(booted: Scene) -> None:
    """A unit is active though its interface is gone, or was stopped by somebody."""
    lab, host, plays = booted.lab, booted.host, booted.plays
    unit = f"wg-quick@{looks.INTERFACE}"
    plays.good(host)
    for drift in (f"ip link del {looks.INTERFACE}", f"systemctl stop {unit}"):
        host.run(*drift.split())
        assert not looks.has_interface(host)
        run = plays.good(host)
        assert changed(run)[host.name] > 0, run.output
        checks.on_the_vpn(lab, host)
        assert host.run("systemctl", "is-active", unit).strip() == "active"
    assert changed(plays.good(host))[host.name] == 0


def test_a_host_that_a_rule_cuts_off_is_mended_over_the_other_family(tunnel: Scene) -> None:
    """Out of reach over IPv4, by somebody's rule among ours: Ansible gets there over IPv6."""
    lab, host, plays = tunnel.lab, tunnel.host, tunnel.plays
    host.run("ip", "rule", "add", "from", host.v4, "pref", "31000", "lookup", "51820")
    assert not lab.reachable(host.v4)
    run = plays.good(host, addresses={host.name: host.v6})
    assert changed(run)[host.name] > 0, run.output
    assert lab.reachable(host.v4)
    checks.on_the_vpn(lab, host)


def untouched(host: Host) -> tuple[str, ...]:
    return (
        looks.number(host),
        looks.public_key(host),
        looks.mark(host),
        host.run("wg", "show", looks.INTERFACE, "peers"),
        host.read(looks.CONF),
    )


def test_a_strip_that_fails_leaves_the_tunnel_alone(tunnel: Scene) -> None:
    lab, host, plays = tunnel.lab, tunnel.host, tunnel.plays
    seen = untouched(host)
    quick = host.run("sh", "-c", "command -v wg-quick").strip()
    host.run("mv", quick, f"{quick}.real")
    refuses = f'#!/bin/bash\n[ "$1" = strip ] && exit 1\nexec {quick}.real "$@"\n'
    host.write(quick, refuses, "0755")
    said = plays.bad(host, wg_client_keepalive=20)
    host.run("mv", f"{quick}.real", quick)
    assert "strip" in said
    assert untouched(host) == seen
    checks.on_the_vpn(lab, host)


@pytest.mark.parametrize("change", [("[Peer]", "SaveConfig = true\n[Peer]"), None])
def test_a_broken_conf_of_the_portals_leaves_the_tunnel_alone(
    tunnel: Scene, change: tuple[str, str] | None
) -> None:
    """Two of the kinds that tests of `given_conf` and `desired` have all of."""
    lab, host, plays = tunnel.lab, tunnel.host, tunnel.plays
    seen = untouched(host)
    # A host of the test before may have a user there, too.
    (number,) = (user["id"] for user in lab.users() if user["client_name"] == host.name)
    user = lab.ask_portal("GET", f"/users/{number}")
    config = user["config"].replace(*change) if change else "<html>Bad gateway</html>"
    assert config != user["config"]
    fault = {"kind": "json", "method": "GET", "path": "/users/{id}", "times": None}
    answer = {**user, "config": config}
    lab.controller.call(lab.simulator.faults, {**fault, "body": answer})
    run = plays.role(host)
    assert run.code == 2, run.output
    assert user["keys"]["client_private_key"] not in run.output
    assert user["keys"]["preshared_key"] not in run.output
    assert untouched(host) == seen
    checks.on_the_vpn(lab, host)
