# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that is not as its file says is mended; a bad file never reaches a device that works."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

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


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__)
def test_drift_is_mended_though_the_file_is_right(
    scene: Scene, drift: Callable[[Host], None]
) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)
    file, rules = host.read(looks.CONF), looks.rules(host)
    drift(host)
    check = plays.good(host, check=True)
    assert changed(check)[host.name] > 0, check.output
    with checks.sessions_live(lab, host):
        run = plays.good(host)
    assert changed(run)[host.name] > 0, run.output
    assert host.read(looks.CONF) == file
    assert looks.rules(host) == rules
    checks.on_the_vpn(lab, host)
    again = plays.good(host)
    assert changed(again)[host.name] == 0, again.output


@pytest.mark.parametrize(
    "drift", [f"ip link del {looks.INTERFACE}", f"systemctl stop wg-quick@{looks.INTERFACE}"]
)
def test_systemd_may_think_otherwise(booted: Scene, drift: str) -> None:
    """A unit is active though its interface is gone, or was stopped by somebody."""
    lab, host, plays = booted.lab, booted.host, booted.plays
    plays.good(host)
    host.run(*drift.split())
    assert not looks.has_interface(host)
    run = plays.good(host)
    assert changed(run)[host.name] > 0, run.output
    checks.on_the_vpn(lab, host)
    assert host.run("systemctl", "is-active", f"wg-quick@{looks.INTERFACE}").strip() == "active"
    assert changed(plays.good(host))[host.name] == 0


def test_a_guard_that_is_gone_is_mended_over_the_other_family(scene: Scene) -> None:
    """The host is out of reach over IPv4: Ansible gets there over IPv6."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)
    host.run("ip", "rule", "del", "from", host.v4, "pref", "31000")
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


def test_a_strip_that_fails_leaves_the_tunnel_alone(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)
    seen = untouched(host)
    quick = host.run("sh", "-c", "command -v wg-quick").strip()
    host.run("mv", quick, f"{quick}.real")
    refuses = f'#!/bin/bash\n[ "$1" = strip ] && exit 1\nexec {quick}.real "$@"\n'
    host.write(quick, refuses, "0755")
    said = plays.bad(host, wg_client_keepalive=20)
    assert "strip" in said
    assert untouched(host) == seen
    checks.on_the_vpn(lab, host)


BROKEN = {
    "no key": ("PrivateKey = ", "PrivateKey = not a key "),
    "no peer's key": ("PublicKey = ", "PublicKey = AAAA"),
    "unknown setting": ("[Peer]", "Colour = blue\n[Peer]"),
    "a broken endpoint": (":51820", ":port"),
    "saves itself": ("[Peer]", "SaveConfig = true\n[Peer]"),
    "no configuration": None,
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_conf_of_the_portals_leaves_the_tunnel_alone(scene: Scene, what: str) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)
    seen = untouched(host)
    user = lab.ask_portal("GET", "/users/101")
    change = BROKEN[what]
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


def test_a_servers_name_that_leads_elsewhere(scene: Scene) -> None:
    """WireGuard asked once, when the tunnel started; a tunnel that is dead is not right."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    server, name = lab.server.link.v4(), "vpn.example.net"
    options: dict[str, Any] = {}
    options["wg_client_config"] = lab.user("web").replace(f"{server}:", f"{name}:")
    hosts = host.read("/etc/hosts")
    options |= {"wg_client_verify": 4, "wg_client_routes": "forwards"}
    host.write("/etc/hosts", f"{hosts}\n{server} {name}\n")
    plays.good(host, **options)
    host.write("/etc/hosts", f"{hosts}\n{lab.far_link.v4()} {name}\n")
    host.run("wg-quick", "down", looks.INTERFACE)
    host.run("wg-quick", "up", looks.INTERFACE)
    said = plays.bad(host, **options)
    assert "did not answer within 4 s" in said, said
    assert looks.has_interface(host)
    host.write("/etc/hosts", f"{hosts}\n{server} {name}\n")
    run = plays.good(host, **options)
    assert changed(run)[host.name] > 0
    assert server in host.run("wg", "show", looks.INTERFACE, "endpoints")
    assert changed(plays.good(host, **options))[host.name] == 0


def test_a_key_whose_spare_bits_are_not_those_of_wg(scene: Scene) -> None:
    host, plays = scene.host, scene.plays
    conf = scene.lab.user("web")
    key = re.findall(r"PrivateKey = (\S+)", conf)[0]
    spare = bytearray(base64.b64decode(key))
    spare[0] |= 7
    spare[31] = spare[31] & 63 | 128
    other = base64.b64encode(bytes(spare)).decode()
    options = {"wg_client_config": conf.replace(key, other), "wg_client_routes": "forwards"}
    plays.good(host, **options)
    assert host.run("wg", "show", looks.INTERFACE, "private-key").strip() == key
    run = plays.good(host, **options)
    assert changed(run)[host.name] == 0, run.output
