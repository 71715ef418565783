# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard knows no address: on hosts as they are, everything answers by the way it was asked."""

from __future__ import annotations

import pytest

from .conftest import Scene
from .lab import checks, kinds, looks, services
from .lab.lab import WHO_PORT
from .lab.plays import changed

PUBLISHED, PLAIN = 8081, 8082
FORWARDS = [
    {"external_port": port, "internal_port": port, "protocol": "both"}
    for port in (PUBLISHED, PLAIN)
]


@pytest.mark.every_core
@pytest.mark.parametrize("strict", [False, True])
def test_everything_answers_the_way_it_was_asked(scene: Scene, strict: bool) -> None:
    """In the guide's table: "one uplink", "an address that came later", "a second uplink", and "forwards"."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    if strict:
        host.sysctl(ipv4__conf__all__rp_filter=1, ipv4__conf__default__rp_filter=1)
        host.sysctl(ipv4__conf__eth0__rp_filter=1)
    uplink = kinds.add_uplink(lab, host)
    container = kinds.add_container(host, PUBLISHED)
    public = lab.server.link.v4()
    try:
        with (
            services.serving(container, 80, services.named("container")),
            services.serving(host, PLAIN, services.named("plain"), "0.0.0.0", plain=True),
        ):
            with checks.sessions_live(lab, host):
                plays.good(host, wg_client_port_forwards=FORWARDS)
            checks.on_the_vpn(lab, host)
            late = kinds.add_address(lab, host)
            answers = {
                (where, port, udp): services.ask(lab.far, where, port, udp=udp, wait=10)
                for where in (host.v4, late, uplink, public)
                for port in (PUBLISHED, PLAIN)
                for udp in (False, True)
                # The second uplink's own rules know neither containers nor wildcard sockets, before or after.
                if where != uplink or (port, udp) == (PLAIN, False)
            }
            answers |= {
                (host.v6, PUBLISHED, udp): services.ask(
                    lab.far, host.v6, PUBLISHED, udp=udp, wait=10
                )
                for udp in (False, True)
            }
            expected = {
                key: "container: hello" if key[1] == PUBLISHED else "plain: hello"
                for key in answers
            }
            assert answers == expected
            # A neighbour on the same link would be answered from the right address anyway.
            near = services.ask(lab.network.router, host.v4, PLAIN, udp=True)
            assert near == "plain: hello"
            assert lab.reachable(late)
            assert lab.reachable(uplink)
            # IPv6 has no way through this VPN, and none past it.
            assert services.ask(host, lab.far_link.v6(), WHO_PORT, wait=5) is None
            if not strict:  # once is enough
                assert changed(plays.good(host, wg_client_port_forwards=FORWARDS))[host.name] == 0
            # Port forwards alone: containers too; only UDP on a wildcard socket answers no forward.
            plays.good(host, wg_client_routes="forwards", wg_client_port_forwards=FORWARDS)
            assert lab.seen_as(host) == host.v4
            for where in (host.v4, public):
                for udp in (False, True):
                    answer = services.ask(lab.far, where, PUBLISHED, udp=udp, wait=10)
                    assert answer == "container: hello", (where, udp)
            assert services.ask(lab.far, public, PLAIN) == "plain: hello"
            assert services.ask(lab.far, host.v4, PLAIN, udp=True) == "plain: hello"
    finally:
        container.stop()


def test_behind_nat(scene: Scene) -> None:
    """A host at home, or a container behind its machine's bridge: reached by ports of the router's address.

    In the guide's table: "behind NAT".
    """
    lab, host, plays = scene.lab, scene.host, scene.plays
    container = kinds.add_container(host, PUBLISHED)
    public = lab.server.link.v4()
    try:
        with (
            kinds.behind_nat(lab, host, 22, PUBLISHED, PLAIN) as outside,
            services.serving(container, 80, services.named("container")),
            services.serving(host, PLAIN, services.named("plain"), "0.0.0.0", plain=True),
        ):
            assert not lab.reachable(host.v4)
            with lab.session(outside) as session:
                plays.good(host, addresses={host.name: outside}, wg_client_port_forwards=FORWARDS)
                assert session.lives()
            assert lab.reachable(outside)
            checks.on_the_vpn(lab, host)
            for where in (outside, public):
                for port, name in ((PUBLISHED, "container"), (PLAIN, "plain")):
                    for udp in (False, True):
                        answer = services.ask(lab.far, where, port, udp=udp, wait=10)
                        assert answer == f"{name}: hello", (where, port, udp)
    finally:
        container.stop()


def test_ipv6_alone(scene: Scene) -> None:
    """The way to the server, to the controller and to everybody else is IPv6; IPv4 comes with the VPN.

    In the guide's table: "IPv6 alone", with ``full`` and with ``forwards``.
    """
    lab, host, plays = scene.lab, scene.host, scene.plays
    kinds.without_ipv4(host)
    container = kinds.add_container(host, PUBLISHED)
    four, six = lab.server.link.v4(), lab.server.link.v6()
    conf = lab.user(host.name, "8080/both -> 80", f"{PUBLISHED}/both -> {PUBLISHED}")
    how = {"wg_client_config": conf.replace(f"{four}:", f"[{six}]:")}
    reached = {host.name: host.v6}
    try:
        with (
            lab.session(host.v6) as session,
            services.serving(container, 80, services.named("container")),
            services.serving(host, PLAIN, services.named("plain"), "::", plain=True),
        ):
            for kind in ("full", "forwards"):
                plays.good(host, addresses=reached, wg_client_routes=kind, **how)
                assert session.lives()
                assert lab.reachable(host.v6)
                checks.forwards_answer(lab, host)
                for where, port, name in (
                    (host.v6, PLAIN, "plain"),
                    (host.v6, PUBLISHED, "container"),
                    (four, PUBLISHED, "container"),
                ):
                    for udp in (False, True):
                        answer = services.ask(lab.far, where, port, udp=udp, wait=10)
                        assert answer == f"{name}: hello", (kind, where, port, udp)
                run = plays.good(host, addresses=reached, wg_client_routes=kind, **how)
                assert changed(run)[host.name] == 0, run.output
                if kind == "full":
                    checks.on_the_vpn(lab, host)
    finally:
        container.stop()


def test_without_nft(scene: Scene) -> None:
    """What needs the mark of a connection is missing, and nothing else is. In the guide's table: "no nft"."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    uplink = kinds.add_uplink(lab, host)
    container = kinds.add_container(host, PUBLISHED)
    host.remove_programs("nft", "iptables", "ip6tables", "iptables-restore", "ip6tables-restore")
    try:
        with (
            services.serving(container, 80, services.named("container")),
            services.serving(host, PLAIN, services.named("plain"), "0.0.0.0", plain=True),
        ):
            with checks.sessions_live(lab, host):
                plays.good(host, wg_client_port_forwards=[*FORWARDS, *checks.FORWARDS])
            checks.on_the_vpn(lab, host)
            checks.forwards_answer(lab, host)
            assert lab.reachable(uplink)
            assert services.ask(lab.far, host.v4, PUBLISHED) == "container: hello"
            assert services.ask(lab.far, lab.server.link.v4(), PUBLISHED) is None
            assert services.ask(lab.far, host.v4, PLAIN) == "plain: hello"
            assert services.ask(lab.far, host.v4, PLAIN, udp=True) is None
    finally:
        container.stop()
    assert changed(plays.good(host))[host.name] == 0


def test_a_firewall_that_was_flushed_comes_back(scene: Scene) -> None:
    host, plays = scene.host, scene.plays
    plays.good(host)
    table = host.run("nft", "list", "table", "inet", f"wg_client-{looks.INTERFACE}")
    host.run("nft", "flush", "ruleset")
    assert changed(plays.good(host))[host.name] > 0
    assert host.run("nft", "list", "table", "inet", f"wg_client-{looks.INTERFACE}") == table
