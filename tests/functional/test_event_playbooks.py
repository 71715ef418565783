# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that rulebooks start, with an event as ansible-rulebook hands it over: as an extra variable."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import Change
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.event import event
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import Server, User
from simulator.process import Simulator
from tests.support.accounts import HOSTILE
from tests.support.playbooks import Playbooks, messages
from tests.support.running import Runner
from tests.support.world import fill, rule, rules

pytestmark = pytest.mark.spread

FRA = Server(5, "fra1", "fra1.example.net", "192.0.2.5")
TELL = "Tell it"
WEB, OWN = rule("443/tcp -> 8443", "HTTPS"), rule("9999/udp -> 9999")


@pytest.fixture
def playbook(run: Runner) -> Playbooks:
    return Playbooks(run)


def happened(kind: str, name: str = "phone", server: Server = FRA) -> dict[str, Any]:
    """An event in the variable in which playbooks find it."""
    user = User(101, name, "10.66.66.2", kind == "online", rx_bytes=0, tx_bytes=0)
    change = Change(kind, None if kind == "added" else user, user)
    return {"event": event(server, change, "2026-06-01T12:00:00Z")}


def test_ports_close_and_open_with_their_device_and_nothing_is_done_twice(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [WEB, OWN], "laptop": []})
    declared = playbook.declare(
        {"server": "fra1", "users": [{"name": "phone", "port_forwards": [WEB]}]}
    )
    kept = "9999/udp -> 9999"
    for kind, expected in (("offline", [kept]), ("online", ["443/tcp -> 8443 (HTTPS)", kept])):
        first = playbook("event_ports", declared, ansible_eda=happened(kind))
        assert first.code == 0, first.output
        assert rules(simulator)["phone"] == expected
        assert len(first.writes) == 1
        again = playbook("event_ports", declared, ansible_eda=happened(kind))
        assert again.writes == []


def test_a_device_that_went_away_meanwhile_is_not_made_again(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"laptop": []})
    declared = playbook.declare(
        {"server": "fra1", "users": [{"name": "phone", "port_forwards": [WEB]}]}
    )
    for kind in ("offline", "online"):
        done = playbook("event_ports", declared, noise=True, ansible_eda=happened(kind))
        assert done.writes == []
    assert "user 'phone' was not found" in done.output


def test_an_undeclared_user_fails_the_play_and_a_declared_one_does_not(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [], "mallory": []})
    declared = playbook.declare({"server": 5, "users": [{"name": "phone"}]})
    fine = playbook("event_undeclared", declared, ansible_eda=happened("added"))
    assert fine.code == 0
    assert fine.writes == []
    told = "mallory on fra1 (5) is new, 2026-06-01T12:00:00Z"
    bad = playbook("event_undeclared", declared, ansible_eda=happened("added", "mallory"))
    assert bad.code == 2
    assert bad.last.msg == f"Nobody declared this user: {told}"


@pytest.mark.parametrize("name", [*HOSTILE, "#jinja2: trim_blocks: true", "{% raw %}", "{# x #}"])
def test_no_text_of_the_portal_is_rendered(playbook: Playbooks, name: str) -> None:
    evil = happened("online", name, Server(5, "{{ 7*7 }}"))
    done = playbook("event_tell", ansible_eda=evil)
    (line,) = messages(done, TELL)
    assert done.code == 0
    assert "49" not in line
    assert "{ { 7*7 }}" in line
    assert "uid=" not in done.output
