# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible reaches a host by the tunnel itself, as our inventory has it: nobody saws off that branch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from .conftest import Scene
from .lab import looks
from .lab.lab import Lab
from .lab.plays import changed

NAME = "the-controller"


@contextlib.contextmanager
def controller_on_the_vpn(lab: Lab) -> Iterator[None]:
    """The controller is a client of the VPN too, for the VPN's own network alone."""
    conf = lab.user(NAME).replace("0.0.0.0/0, ::/0", "10.66.66.0/24")
    lines = [line for line in conf.splitlines() if not line.startswith("DNS")]
    path = lab.folder / "vpn0.conf"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    lab.controller.run("wg-quick", "up", path)
    try:
        yield
    finally:
        lab.controller.run("wg-quick", "down", path)


@pytest.fixture
def inside(booted: Scene) -> Iterator[tuple[Scene, dict[str, str]]]:
    """A host on the VPN, and the address to reach it by there, as for the role's ``addresses``."""
    lab, host = booted.lab, booted.host
    with controller_on_the_vpn(lab):
        booted.plays.good(host)
        (address,) = [user["client_ip"] for user in lab.users() if user["client_name"] == host.name]
        assert lab.reachable(address)
        yield booted, {host.name: address}


def test_a_change_is_made_and_the_connection_comes_back(
    inside: tuple[Scene, dict[str, str]],
) -> None:
    scene, addresses = inside
    lab, host, plays = scene.lab, scene.host, scene.plays
    run = plays.good(host, addresses=addresses)
    assert changed(run)[host.name] == 0, run.output
    said = " ".join(run.output.split())
    assert "This run can change the tunnel's settings. It can neither remove the tunnel" in said
    run = plays.good(host, addresses=addresses, wg_client_routes="forwards")
    assert changed(run)[host.name] > 0
    assert lab.seen_as(host) == host.v4
    run = plays.good(host, addresses=addresses, wg_client_routes="forwards", wg_client_keepalive=20)
    assert "20" in host.run("wg", "show", looks.INTERFACE, "persistent-keepalive")


def test_absent_and_other_keys_are_refused(inside: tuple[Scene, dict[str, str]]) -> None:
    scene, addresses = inside
    lab, host, plays = scene.lab, scene.host, scene.plays
    before = looks.state(host)
    said = plays.bad(host, addresses=addresses, wg_client_state="absent")
    assert "tunnel" in said, said
    assert looks.state(host) == before
    assert host.name in [user["client_name"] for user in lab.users()]
    key = looks.public_key(host)
    other = lab.user("somebody-else")
    said = plays.bad(host, addresses=addresses, wg_client_config=other)
    assert "tunnel" in said, said
    assert looks.public_key(host) == key
    assert lab.reachable(addresses[host.name])
