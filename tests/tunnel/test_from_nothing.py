# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a host that has nothing to a tunnel, and nothing to do the second time."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.lab import KEY, Lab
from .lab.plays import changed

pytestmark = pytest.mark.every_core
SHOW = {"ansible.builtin.debug": {"var": "wg_client"}}
PACKAGES = ("wireguard-tools", "wireguard-go")


def test_from_nothing_to_a_handshake(either: Scene) -> None:
    lab, host, plays = either.lab, either.host, either.plays
    host.attempt("dpkg", "--purge", *PACKAGES)
    assert not host.exists("/usr/bin/wg")
    before = looks.state(host)

    forwards = {"wg_client_port_forwards": checks.FORWARDS}
    # Nothing is there yet, and a check run still says what would be done.
    check = plays.good(host, check=True, **forwards)
    assert changed(check)[host.name] > 0
    assert looks.state(host) == before
    assert not host.exists("/usr/bin/wg")
    assert lab.controller.call(lab.simulator.state)["users"] == []

    with checks.sessions_live(lab, host):
        first = plays.good(host, arguments=("-vvv",), then=[SHOW], **forwards)
    keys = lab.secrets(host.name)
    is_the_fact(first.last["wg_client"], lab, keys)
    assert looks.public_key(host) == keys["client_public_key"]
    assert lab.server.handshakes()[keys["client_public_key"]] > 0
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)
    assert host.run("stat", "-c", "%a %U", looks.CONF).strip() == "600 root"
    assert host.run("stat", "-c", "%a", "/etc/wireguard").strip() == "700"

    second = plays.good(host, arguments=("-vvv",), **forwards)
    assert changed(second)[host.name] == 0, second.output
    after = plays.good(host, check=True, arguments=("-vvv",), **forwards)
    assert changed(after)[host.name] == 0, after.output
    for run in (check, first, second, after):
        for secret in (keys["client_private_key"], keys["preshared_key"], KEY):
            assert secret not in run.output


def is_the_fact(fact: dict[str, Any], lab: Lab, keys: dict[str, str]) -> None:
    assert fact["interface"] == looks.INTERFACE
    assert fact["public_key"] == keys["client_public_key"]
    assert fact["endpoint"] == f"{lab.server.link.v4()}:51820"
    assert fact["address"].startswith("10.66.66.")
    shown = lab.server.handshakes()[keys["client_public_key"]]
    # The server's clock is the host's; each notes the handshake when it is done with its own part.
    assert abs(fact["latest_handshake"] - shown) <= 1
    assert (
        not set(keys.values())
        & {keys["client_private_key"], keys["preshared_key"]}
        & set(map(str, fact.values()))
    )


def test_without_pipelining_and_as_another_user(scene: Scene) -> None:
    """As Ansible runs where nobody set anything: modules are copied, and sudo or su makes them root."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    unset = {"ANSIBLE_PIPELINING": None}
    plays.good(host, env=unset, arguments=("--become",), gather_facts=True)
    checks.on_the_vpn(lab, host)
