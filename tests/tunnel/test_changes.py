# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes on a tunnel that is up: what can be done without a restart is, and nothing stays of the old."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.lab import SERVER
from .lab.plays import changed

pytestmark = pytest.mark.spread


def test_a_second_run_and_a_reload_by_hand_lose_nothing(booted: Scene) -> None:
    """With wg-quick's own layout a reload takes the mark away, and the tunnel swallows itself."""
    lab, host, plays = booted.lab, booted.host, booted.plays
    unit = f"wg-quick@{looks.INTERFACE}"
    plays.good(host)
    seen = (looks.mark(host), looks.number(host), looks.rules(host), looks.routes(host))
    assert seen[0] == "0xca6c"
    run = plays.good(host)
    assert changed(run)[host.name] == 0, run.output
    assert (looks.mark(host), looks.number(host), looks.rules(host), looks.routes(host)) == seen
    host.run("systemctl", "reload", unit)
    assert looks.mark(host) == "0xca6c"
    checks.on_the_vpn(lab, host)
    assert host.run("systemctl", "is-enabled", unit).strip() == "enabled"
    plays.good(host, wg_client_enabled=False)
    assert host.attempt("systemctl", "is-enabled", unit).stdout.strip() == "disabled"
    checks.on_the_vpn(lab, host)


def test_another_keepalive_loses_no_packet(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)
    number = looks.number(host)
    with looks.pinging(host) as ping:
        run = plays.good(host, wg_client_keepalive=20)
        assert ping.lost() == set()
    assert changed(run)[host.name] > 0
    assert "20" in host.run("wg", "show", looks.INTERFACE, "persistent-keepalive")
    assert looks.mark(host) == "0xca6c"
    assert looks.number(host) == number
    checks.on_the_vpn(lab, host)
    assert changed(plays.good(host, wg_client_keepalive=20))[host.name] == 0


def test_another_preshared_key_loses_no_packet(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    conf = lab.user("web")
    plays.good(host, wg_client_config=conf)
    public, preshared = looks.public_key(host), lab.server.node.run("wg", "genpsk").strip()
    with looks.pinging(host) as ping:
        peer = ("wg", "set", "wg0", "peer", public, "preshared-key", "/dev/stdin")
        lab.server.node.run(*peer, stdin=preshared)
        new = re.sub(r"(PresharedKey = ).*", rf"\g<1>{preshared}", conf)
        run = plays.good(host, wg_client_config=new)
        assert ping.lost() == set()
    assert preshared in host.run("wg", "show", looks.INTERFACE, "preshared-keys")
    assert preshared not in run.output
    assert looks.mark(host) == "0xca6c"
    # The portal was not asked at all.
    assert run.requests == []


def test_full_then_forwards_then_full_leaves_nothing(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    clean = looks.rules(host), looks.routes(host)

    def converge(routes: str) -> tuple[list[str], list[str]]:
        with checks.sessions_live(lab, host):
            plays.good(host, wg_client_routes=routes, wg_client_port_forwards=checks.FORWARDS)
        checks.forwards_answer(lab, host)
        return looks.rules(host), looks.routes(host)

    full = converge("full")
    forwards = converge("forwards")
    assert set(forwards[0]) - set(clean[0]) != set(full[0]) - set(clean[0])
    assert not [rule for rule in forwards[0] if "suppress_prefixlength" in rule]
    assert lab.seen_as(host) == host.v4
    again = converge("full")
    assert again == full
    checks.on_the_vpn(lab, host)
    plays.good(host, wg_client_state="absent")
    assert (looks.rules(host), looks.routes(host)) == clean


def test_new_keys_on_the_portal_reach_the_device(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host, wg_client_port_forwards=checks.FORWARDS)
    old = looks.public_key(host)
    # As rotate_keys does it, and anybody in the portal's own pages: the user is made anew.
    (number,) = (user["id"] for user in lab.users() if user["client_name"] == host.name)
    lab.ask_portal("DELETE", f"/users/{number}")
    lab.user(host.name, "8080/both -> 80")
    assert lab.seen_as(host, wait=1) is None  # the server knows the old key no more
    with checks.sessions_live(lab, host):
        plays.good(host, wg_client_port_forwards=checks.FORWARDS)
    assert looks.public_key(host) == lab.secrets(host.name)["client_public_key"] != old
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)


def test_another_address_leaves_nothing_of_the_old(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    conf = lab.user("web")
    plays.good(host, wg_client_config=conf)
    (old,) = re.findall(r"Address = ([\d.]+)", conf)
    new = lab.user("other")
    plays.good(host, wg_client_config=new)
    everything = "\n".join([*looks.rules(host), *looks.routes(host), host.run("ip", "addr")])
    assert f"{old}/" not in everything
    assert not re.search(rf"\b{re.escape(old)}\b", everything)
    assert lab.seen_as(host) == lab.server.link.v4(), SERVER


def test_own_hooks_run_and_a_changed_one_is_applied(scene: Scene) -> None:
    host, plays = scene.host, scene.plays
    plays.good(host, wg_client_post_up=["touch /run/one"], wg_client_post_down=["rm /run/one"])
    assert host.exists("/run/one")
    plays.good(host, wg_client_post_up=["touch /run/two"], wg_client_post_down=["rm /run/two"])
    assert host.exists("/run/two")
    assert not host.exists("/run/one")  # it was stopped with the old file


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
