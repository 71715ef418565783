# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``state: absent``: the host is as it was before the role ever ran."""

from __future__ import annotations

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.plays import changed, kill
from .test_rollback import ARMED, SECONDS, as_before


def users(scene: Scene) -> list[str]:
    state = scene.lab.controller.call(scene.lab.simulator.state)
    return [user["client_name"] for user in state["users"]]


@pytest.mark.every_core
def test_everything_is_as_before_and_the_second_time_nothing_changes(either: Scene) -> None:
    lab, host, plays = either.lab, either.host, either.plays
    before = looks.state(host)
    plays.good(host, wg_client_port_forwards=checks.FORWARDS)
    assert users(either) == [host.name]
    check = plays.good(host, check=True, wg_client_state="absent")
    assert changed(check)[host.name] > 0
    checks.on_the_vpn(lab, host)
    with checks.sessions_live(lab, host):
        plays.good(host, wg_client_state="absent")
    assert looks.state(host) == before
    assert users(either) == []
    assert lab.seen_as(host) == host.v4
    again = plays.good(host, wg_client_state="absent")
    assert changed(again)[host.name] == 0, again.output


def test_where_it_never_was(scene: Scene) -> None:
    host, plays = scene.host, scene.plays
    host.attempt("dpkg", "--purge", "wireguard-tools", "wireguard-go")
    before = looks.state(host)
    run = plays.good(host, wg_client_state="absent")
    assert changed(run)[host.name] == 0, run.output
    assert looks.state(host) == before
    assert not host.exists("/usr/bin/wg")


def test_after_a_run_that_was_cut_off(booted: Scene) -> None:
    host, plays = booted.host, booted.plays
    before = looks.state(host)
    with plays.started(host, wg_client_rollback=SECONDS) as process:
        assert looks.until(lambda: host.exists(ARMED), looks.A_PLAY)
        kill(process)
    plays.good(host, wg_client_state="absent")
    assert looks.state(host) == before
    assert users(booted) == []
    # Nor does the roll-back of that run bring anything back.
    assert not looks.until(lambda: looks.has_interface(host), SECONDS + 3)
    assert as_before(host, before)


def test_an_interface_that_is_gone_already_and_a_user_who_is_kept(scene: Scene) -> None:
    host, plays = scene.host, scene.plays
    before = looks.state(host)
    plays.good(host)
    host.run("ip", "link", "del", looks.INTERFACE)
    plays.good(host, wg_client_state="absent", wg_client_delete_user=False)
    assert users(scene) == [host.name]
    assert looks.state(host) == before
