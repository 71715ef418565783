# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roll-back: a host that was cut off comes back by itself, whatever became of the controller."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.host import Host
from .lab.plays import changed, kill

# They wait for roll-backs and boots more than they compute.
pytestmark = [pytest.mark.waits, pytest.mark.spread]

SECONDS = 10  # wg_client_rollback
# What a host that is being put back may need on top of that, on a busy machine.
PATIENCE = SECONDS + 45

STATE = f"/var/lib/wg_client/{looks.INTERFACE}"
ARMED, ROLLED_BACK = f"{STATE}/armed", f"{STATE}/rolled_back"
PUT_BACK = re.compile("put (the old state )?back")


def is_put_back(host: Host) -> bool:
    """Whether the host says, in time, that it is."""
    return looks.until(lambda: host.exists(ROLLED_BACK), PATIENCE)


def as_before(host: Host, before: dict[str, Any]) -> bool:
    now = looks.state(host)
    return all(now[name] == before[name] for name in ("rules", "routes", "links", "resolv.conf"))


@pytest.mark.every_core
def test_without_a_guard_the_host_is_put_back_and_the_play_says_so(either: Scene) -> None:
    lab, host, plays = either.lab, either.host, either.plays
    before = looks.state(host)
    said = plays.bad(host, wg_client_guard=False, wg_client_rollback=SECONDS)
    assert PUT_BACK.search(said), said
    assert lab.reachable(host.v4)
    assert lab.reachable(host.v6)
    assert as_before(host, before)
    assert not looks.has_interface(host)
    # With the guard the next run gets there.
    with checks.sessions_live(lab, host):
        run = plays.good(host)
    assert changed(run)[host.name] > 0
    checks.on_the_vpn(lab, host)


def test_what_is_put_back_is_the_old_tunnel(booted: Scene) -> None:
    lab, host, plays = booted.lab, booted.host, booted.plays
    forwards = {"wg_client_port_forwards": checks.FORWARDS}
    plays.good(host, wg_client_routes="forwards", **forwards)
    old = looks.rules(host), looks.routes(host), host.read(looks.CONF)
    said = plays.bad(host, wg_client_guard=False, wg_client_rollback=SECONDS, **forwards)
    assert PUT_BACK.search(said), said
    assert lab.reachable(host.v4)
    assert (looks.rules(host), looks.routes(host), host.read(looks.CONF)) == old
    checks.forwards_answer(lab, host)
    run = plays.good(host, wg_client_routes="forwards", **forwards)
    assert changed(run)[host.name] == 0, run.output


def test_neither_guard_nor_roll_back_is_refused(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    neither: dict[str, Any] = {"wg_client_guard": False, "wg_client_rollback": 0}
    said = plays.bad(host, **neither)
    assert "guard" in said
    assert "rollback" in said
    controller = lab.controller_link.v4()
    said = plays.bad(host, **neither, wg_client_routes=["10.0.0.0/8", f"{controller}/32"])
    assert f"routes has {controller}" in said, said
    assert not looks.has_interface(host)
    assert lab.controller.call(lab.simulator.state)["users"] == []


def test_a_server_that_does_not_answer_is_no_tunnel(scene: Scene) -> None:
    """The handshake is looked for: a tunnel that came up and reaches nobody is put back."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    before = looks.state(host)
    conf = lab.user("web").replace(f"{lab.server.link.v4()}:51820", f"{lab.far_link.v4()}:51820")
    said = plays.bad(host, wg_client_config=conf, wg_client_verify=3)
    assert "did not answer" in said, said
    assert PUT_BACK.search(said), said
    assert as_before(host, before), looks.state(host)
    assert lab.seen_as(host) == host.v4


def test_a_controller_that_was_killed(either: Scene) -> None:
    """The host is cut off (no guard), and nobody is there any more to see it: it comes back."""
    lab, host, plays = either.lab, either.host, either.plays
    forwards = {"wg_client_port_forwards": checks.FORWARDS}
    plays.good(host, wg_client_routes="forwards", **forwards)
    old = looks.rules(host), looks.routes(host)
    with plays.started(
        host, wg_client_guard=False, wg_client_rollback=SECONDS, **forwards
    ) as process:
        full = "suppress_prefixlength"
        assert looks.until(lambda: full in "".join(looks.rules(host)), looks.A_PLAY)
        kill(process)
    assert is_put_back(host), host.attempt("ls", "-la", STATE).stdout
    assert lab.reachable(host.v4)
    assert (looks.rules(host), looks.routes(host)) == old
    checks.forwards_answer(lab, host)
    # The next run finishes what that one began.
    with checks.sessions_live(lab, host):
        run = plays.good(host, **forwards)
    assert changed(run)[host.name] > 0
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)


def test_killed_in_a_first_run_and_run_again_before_the_roll_back(scene: Scene) -> None:
    """The next run comes before the roll-back of the one that was cut off, and waits for it."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    with plays.started(host, wg_client_rollback=SECONDS) as process:
        assert looks.until(lambda: host.exists(ARMED), looks.A_PLAY)
        kill(process)
    with checks.sessions_live(lab, host):
        run = plays.good(host)
    assert "an earlier change of this tunnel was put back by the host" in run.output
    checks.on_the_vpn(lab, host)
    assert not host.exists(STATE)
