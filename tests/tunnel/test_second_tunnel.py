# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several tunnels on a host: each has values of its own, one moves, and what others made is left alone."""

from __future__ import annotations

from .conftest import Scene
from .lab import checks, kinds, looks, services
from .lab.node import Node
from .lab.plays import changed
from .test_guard import FORWARDS, PLAIN, PUBLISHED

BY_HAND = "/etc/wireguard/wg0.conf"


def test_beside_a_tunnel_made_by_hand(scene: Scene) -> None:
    """Somebody's own tunnel has the table, the mark and a preference that ours would have.

    In the guide's table: "beside a tunnel made by hand".
    """
    lab, host, plays = scene.lab, scene.host, scene.plays
    container = kinds.add_container(host, PUBLISHED)
    conf = lab.user("hand").replace("DNS", "#")
    own = "Table = 51820\nFwMark = 51820\nPostUp = ip rule add to 10.99.0.0/24 lookup 51820 pref 31001\n[Peer]"
    conf = conf.replace("[Peer]", own).replace("0.0.0.0/0, ::/0", "10.99.0.0/24")
    host.write(BY_HAND, conf, "0600")
    host.run("wg-quick", "up", "wg0")
    before, all_before = looks.rules(host), looks.state(host)
    said = plays.bad(host, wg_client_table=51820, wg_client_fwmark=51820)
    assert "table 51820 is taken by" in said, said
    assert "wg0" in said
    assert not looks.has_interface(host)
    forwards = [*checks.FORWARDS, *FORWARDS]
    with checks.sessions_live(lab, host):
        plays.good(host, wg_client_port_forwards=forwards)
    checks.forwards_answer(lab, host)
    _all_answers(scene, container)
    assert "Table = 51821" in host.read(looks.CONF)
    now = looks.rules(host)
    assert not [rule for rule in before if rule not in now]
    run = plays.good(host, wg_client_port_forwards=forwards)
    assert changed(run)[host.name] == 0, run.output
    plays.good(host, wg_client_state="absent")
    assert looks.has_interface(host, "wg0")
    assert looks.state(host) == all_before
    container.stop()


def _all_answers(scene: Scene, container: Node) -> None:
    """The host, and a container of it, by its own address and by the VPN."""
    lab, host = scene.lab, scene.host
    with (
        services.serving(container, 80, services.named("container")),
        services.serving(host, PLAIN, services.named("plain"), "0.0.0.0", plain=True),
    ):
        for where in (host.v4, lab.server.link.v4()):
            for port, name in ((PUBLISHED, "container"), (PLAIN, "plain")):
                for udp in (False, True):
                    answer = services.ask(lab.far, where, port, udp=udp, wait=10)
                    assert answer == f"{name}: hello", (where, port, udp)


def test_another_user_is_a_second_tunnel_and_another_name_moves_it(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host, wg_client_routes="forwards", wg_client_port_forwards=checks.FORWARDS)
    second = {"wg_client_user": "second", "wg_client_interface": "pvpn=2"}
    plays.good(host, **second)
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)
    for own in ({"wg_client_routes": "forwards"}, second):
        run = plays.good(host, **own)
        assert changed(run)[host.name] == 0, run.output
    plays.good(host, **second, wg_client_state="absent")
    checks.forwards_answer(lab, host)
    with checks.sessions_live(lab, host):
        run = plays.good(host, wg_client_routes="forwards", wg_client_interface="vpn9")
    assert changed(run)[host.name] > 0
    assert looks.has_interface(host, "vpn9")
    assert not looks.has_interface(host)
    assert not host.exists(looks.CONF)
    checks.forwards_answer(lab, host)
    run = plays.good(host, wg_client_routes="forwards", wg_client_interface="vpn9")
    assert changed(run)[host.name] == 0, run.output


def test_a_tunnel_without_a_file_is_left_alone(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    conf = lab.user("hand").replace("DNS", "#").replace("0.0.0.0/0, ::/0", "10.66.66.0/24")
    host.write("/etc/pvpn0.conf", conf, "0600")
    host.run("wg-quick", "up", "/etc/pvpn0.conf")
    key = looks.public_key(host)
    for state in ("present", "absent"):
        said = plays.bad(host, wg_client_routes="forwards", wg_client_state=state)
        assert "could not be put back" in said, said
        assert looks.public_key(host) == key
    plays.good(host, wg_client_routes="forwards", wg_client_takeover=True)
    assert looks.public_key(host) != key
