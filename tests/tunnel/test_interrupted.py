# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What interrupts a change: a power cut, a full disk, a killed roll-back, another play, an old connection."""

from __future__ import annotations

import time

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.booted import Machine
from .lab.plays import changed, kill
from .test_rollback import ARMED, ROLLED_BACK, SECONDS, STATE

# They wait for roll-backs and boots more than they compute.
pytestmark = [pytest.mark.waits, pytest.mark.spread]

TUNNEL = "premiervpn.wireguard.wg_tunnel"
FULL = "suppress_prefixlength"


def test_a_power_cut_in_mid_change(booted: Scene) -> None:
    """The new tunnel cuts the host off, and the timer of the roll-back ends with the power: the boot puts it back."""
    lab, host, plays = booted.lab, booted.host, booted.plays
    assert isinstance(host, Machine)
    forwards = {"wg_client_port_forwards": checks.FORWARDS}
    plays.good(host, wg_client_routes="forwards", **forwards)
    old = set(looks.rules(host)), host.read(looks.CONF)
    cut_off = {"wg_client_guard": False, "wg_client_rollback": 600}
    with plays.started(host, **cut_off, **forwards) as process:
        assert looks.until(lambda: host.exists(f"{STATE}/status"), looks.A_PLAY)
        kill(process)
    assert host.read(looks.CONF) != old[1]
    host.power_cut()
    assert looks.until(lambda: host.exists(ROLLED_BACK), looks.A_BOOT)
    assert looks.until(lambda: looks.has_interface(host), looks.A_BOOT)
    assert host.read(looks.CONF) == old[1]
    assert looks.until(lambda: old[0] <= set(looks.rules(host)), looks.A_BOOT)
    assert lab.reachable(host.v4)
    assert looks.until(
        lambda: host.attempt("systemctl", "is-active", "wg-quick@pvpn0").returncode == 0,
        looks.A_BOOT,
    )
    # The work of the boot is done, and leaves nothing.
    assert "wg-client-boot" not in host.run("find", "/etc/systemd")
    plays.good(host, wg_client_routes="forwards", **forwards)
    checks.forwards_answer(lab, host)


def test_a_full_disk_changes_nothing(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host, wg_client_routes="forwards")
    old = looks.rules(host), looks.number(host), host.read(looks.CONF)
    copy = "cp -a /etc/wireguard /tmp/wg && mount -t tmpfs -o size=16k lab /etc/wireguard"
    host.run("sh", "-c", f"{copy} && cp -a /tmp/wg/. /etc/wireguard")
    host.attempt("dd", "if=/dev/zero", "of=/etc/wireguard/filler", "bs=1k")
    said = plays.bad(host, wg_client_routes="full")
    assert "No space left on device. Nothing was changed" in said, said
    assert (looks.rules(host), looks.number(host), host.read(looks.CONF)) == old
    assert lab.reachable(host.v4)
    host.run("rm", "/etc/wireguard/filler")
    plays.good(host, wg_client_routes="full")
    checks.on_the_vpn(lab, host)


def test_a_killed_roll_back_is_taken_up(scene: Scene) -> None:
    """The host is cut off, the play is gone and the roll-back is killed in its middle: a second one is there."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    before = looks.rules(host)
    with plays.started(host, wg_client_guard=False, wg_client_rollback=SECONDS) as process:
        assert looks.until(lambda: FULL in "".join(looks.rules(host)), looks.A_PLAY)
        kill(process)
    wait = f"until [ -e {STATE}/rolling ]; do sleep 0.01; done; kill -s KILL -- -$(cat {STATE}/timer-{SECONDS})"
    host.run("sh", "-c", wait)
    assert host.exists(f"{STATE}/rolling")
    assert looks.until(lambda: host.exists(ROLLED_BACK), looks.A_BOOT)
    assert lab.reachable(host.v4)
    assert looks.rules(host) == before
    assert not looks.has_interface(host)


def test_two_plays_at_once(scene: Scene) -> None:
    """The second waits for the first; what the last one that says ok declared is what there is."""
    host, plays = scene.host, scene.plays
    with plays.started(host, wg_client_mtu=1380) as first:
        assert looks.until(lambda: host.exists(ARMED), looks.A_PLAY)
        run = plays.good(host, wg_client_mtu=1360)
        assert first.wait(60) == 0, (plays.runner.folder / "started.log").read_text()
    assert changed(run)[host.name] > 0
    assert "mtu 1360" in host.run("ip", "link", "show", looks.INTERFACE)
    assert "MTU = 1360" in host.read(looks.CONF)


def test_only_a_new_connection_of_the_same_run_confirms(scene: Scene) -> None:
    """ssh keeps its connection for all tasks here: a confirmation that comes by it is refused."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host)  # WireGuard is there
    tunnel = {"interface": "pvpn1", "routes": "forwards", "rollback": 60, "service": "none"}
    tunnel |= {"dns": "none"}
    conf = lab.user("another")
    watch = {"tunnel": tunnel, "step": "watch", "change_id": "{{ change.change_id }}"}
    confirm = {**watch, "step": "confirm"}
    run = plays.tasks(
        host,
        tasks=[
            {TUNNEL: {"tunnel": tunnel, "config": conf}, "register": "change"},
            {TUNNEL: watch},
            {TUNNEL: confirm, "register": "old", "failed_when": "not old.failed"},
            {"ansible.builtin.meta": "reset_connection"},
            {
                TUNNEL: {**confirm, "change_id": "0" * 16},
                "register": "other",
                "failed_when": "not other.failed",
            },
            {TUNNEL: confirm},
        ],
    )
    assert run.code == 0, run.output
    said = [
        result.msg
        for result in run.results
        if "confirmed" in result.msg or "another run" in result.msg
    ]
    assert "This connection was there before the tunnel had started" in said[0], said
    assert "another run's" in said[1], said
    time.sleep(1)
    assert looks.has_interface(host, "pvpn1")
    assert not host.exists("/var/lib/wg_client/pvpn1")
