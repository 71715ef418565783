# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``routes: forwards``, ``none``, a list of networks: the default route is not touched."""

from __future__ import annotations

from .conftest import Scene
from .lab import checks, looks
from .lab.server import ADDRESS


def test_the_forward_answers_and_the_default_route_is_as_before(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    before = host.run("ip", "route", "get", lab.far_link.v4())
    main = [route for route in looks.routes(host) if "table" not in route]
    with checks.sessions_live(lab, host):
        scene.plays.good(host, wg_client_routes="forwards", wg_client_port_forwards=checks.FORWARDS)
    checks.forwards_answer(lab, host)
    assert lab.seen_as(host) == host.v4
    assert host.run("ip", "route", "get", lab.far_link.v4()) == before
    added = {route for route in looks.routes(host) if "table" not in route} - set(main)
    assert not [route for route in added if "default" in route], added
    assert host.attempt("ping", "-c1", "-W2", ADDRESS).returncode == 0


def test_with_a_strict_reverse_path_filter(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    host.sysctl(ipv4__conf__all__rp_filter=1, ipv4__conf__default__rp_filter=1)
    scene.plays.good(host, wg_client_routes="forwards", wg_client_port_forwards=checks.FORWARDS)
    checks.forwards_answer(lab, host)


def test_a_list_of_networks(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    network = f"{lab.far_link.v4(0)}/24"
    run = scene.plays.good(
        host, wg_client_routes=[network], wg_client_port_forwards=checks.FORWARDS
    )
    checks.on_the_vpn(lab, host)  # far is in that network
    assert f"via {host.link.v4(1)}" in host.run("ip", "route", "get", lab.controller_link.v4())
    assert "port forward" in run.output.lower()  # the warning


def test_none(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    before = looks.rules(host)
    scene.plays.good(host, wg_client_routes="none")
    assert lab.seen_as(host) == host.v4
    assert looks.rules(host) == before
