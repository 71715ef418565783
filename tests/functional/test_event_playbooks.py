# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks that rulebooks start, with an event as ansible-rulebook hands it over: as an extra variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    DEVICES,
    Change,
    event,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import Server, User
from simulator.process import Simulator
from tests.support import world
from tests.support.accounts import HOSTILE
from tests.support.playbooks import Playbooks, messages
from tests.support.running import Runner
from tests.support.watching import device
from tests.support.world import fill, rule, rules, seed

pytestmark = pytest.mark.spread

FRA = Server(5, "fra1", "fra1.example.net", "192.0.2.5")
AT = "2026-06-01T12:00:00Z"
TELL = "Show the event"
WEB, OWN = rule("443/tcp -> 8443", "HTTPS"), rule("9999/udp -> 9999")
OPEN, KEPT = "443/tcp -> 8443 (HTTPS)", "9999/udp -> 9999"


@pytest.fixture
def playbook(run: Runner) -> Playbooks:
    return Playbooks(run)


def happened(kind: str, name: str = "phone", server: Server = FRA) -> dict[str, Any]:
    """An event in the variable in which playbooks find it."""
    user = User(101, name, "10.66.66.2", kind == "online", rx_bytes=0, tx_bytes=0)
    change = Change(kind, None if kind == "added" else user, user)
    return {"event": event(server, change, AT)}


def seen(online: Sequence[str] = (), offline: Sequence[str] = ()) -> dict[str, Any]:
    """The event of a look in which somebody came or went."""
    change = Change(DEVICES, initial=True, online=tuple(online), offline=tuple(offline))
    return {"event": event(FRA, change, AT)}


def hold(simulator: Simulator, **devices: tuple[bool, list[dict[str, Any]]]) -> None:
    """Devices on server 5: whether each is online, and its port forwards."""
    users = [
        device(name, online=online, port_forwards=rules)
        for name, (online, rules) in devices.items()
    ]
    simulator.reset(seed({**world.FRA, "users": users}, {**world.AMS, "users": []}))


@pytest.fixture
def declared(playbook: Playbooks) -> str:
    users = [
        {"name": "phone", "port_forwards": [WEB], "while_online": True},
        {"name": "pad", "port_forwards": [rule("444/tcp -> 8443")]},
        {"name": "hub", "port_forwards": [rule("445/tcp -> 8443")], "while_online": False},
        {"name": "nobody", "port_forwards": [rule("446/tcp -> 8443")]},
    ]
    return playbook.declare({"server": "ams1", "users": []}, {"server": "fra1", "users": users})


def test_one_run_puts_all_devices_right_whatever_the_event_was_about_and_a_second_does_nothing(
    playbook: Playbooks, simulator: Simulator, declared: str
) -> None:
    """Those that came and those that went; not what is undeclared, or is declared to be left alone."""
    hold(
        simulator,
        phone=(False, [WEB, OWN]),
        pad=(True, [OWN | {"external_port": 9998}]),
        hub=(False, []),
        guest=(False, [rule("80/tcp -> 80")]),
    )
    first = playbook("event_ports", declared, ansible_eda=happened("online", "guest"))
    assert first.code == 0, first.output
    assert rules(simulator) == {
        "phone": [KEPT],
        "pad": ["444/tcp -> 8443", "9998/udp -> 9999"],
        "hub": [],
        "guest": ["80/tcp -> 80"],
    }
    assert len(first.writes) == 2
    assert sorted(first.last["lines"], reverse=True) == [
        "fra1 (5): phone: 443/tcp -> 8443 (HTTPS) was closed",
        "fra1 (5): pad: 444/tcp -> 8443 was opened",
    ]
    again = playbook("event_ports", declared, ansible_eda=happened("offline", "guest"))
    assert again.writes == []
    # The servers, the users, and a listing for each device that follows.
    assert len(again.sent) == 4


def test_what_an_event_does_not_know_for_certain_is_not_closed(
    playbook: Playbooks, simulator: Simulator, declared: str
) -> None:
    """A look that says that all are offline can be a wrong one, that of the playbook too."""
    hold(simulator, phone=(False, [WEB]), pad=(False, []))
    done = playbook("event_ports", declared, ansible_eda=seen(online=["pad"]))
    assert rules(simulator) == {"phone": [OPEN], "pad": ["444/tcp -> 8443"]}
    assert done.code == 0
    sure = playbook("event_ports", declared, ansible_eda=seen(offline=["phone", "pad"]))
    assert rules(simulator) == {"phone": [], "pad": []}
    assert sure.code == 0


def test_a_device_that_has_just_come_back_keeps_its_ports(
    playbook: Playbooks, simulator: Simulator, declared: str
) -> None:
    hold(simulator, phone=(True, [WEB]), pad=(True, []))
    playbook("event_ports", declared, ansible_eda=seen(offline=["phone", "pad"]))
    assert rules(simulator) == {"phone": [OPEN], "pad": []}


def test_a_listing_without_those_that_the_event_names_is_not_acted_on(
    playbook: Playbooks, simulator: Simulator, declared: str
) -> None:
    hold(simulator, guest=(False, []))
    event = seen(online=["a", "b", "phone", "guest"])
    short = playbook("event_ports", declared, ansible_eda=event, premiervpn_max_wait=0)
    assert short.code == 2
    assert short.last.msg == (
        "fra1 (5) lists 1 of the 4 users that the event names; such a listing is not acted on"
    )


def test_a_device_that_went_away_meanwhile_is_not_made_again(
    playbook: Playbooks, simulator: Simulator, declared: str
) -> None:
    fill(simulator, {"laptop": []})
    for kind in ("offline", "online"):
        done = playbook("event_ports", declared, ansible_eda=happened(kind))
        assert done.code == 0
        assert done.writes == []


def test_nothing_is_done_in_check_mode_and_on_a_server_that_nobody_declared(
    playbook: Playbooks, simulator: Simulator, declared: str
) -> None:
    hold(simulator, phone=(False, [WEB]))
    checked = playbook("event_ports", declared, check=True, ansible_eda=happened("offline"))
    assert checked.last["lines"] == ["fra1 (5): phone: 443/tcp -> 8443 (HTTPS) would be closed"]
    only = playbook.declare({"server": 6, "users": [{"name": "phone", "port_forwards": [WEB]}]})
    other = playbook("event_ports", only, ansible_eda=happened("offline"))
    assert other.last["lines"] == ["fra1 (5): no server of that name or id is declared"]
    assert checked.writes == other.writes == other.sent == []


@pytest.mark.parametrize("wrong", [{}, {"type": "online"}, {"server": 5}, {"type": 1, "server": 5}])
def test_what_is_no_event_is_refused(
    playbook: Playbooks, simulator: Simulator, declared: str, wrong: dict[str, Any]
) -> None:
    done = playbook("event_ports", declared, ansible_eda={"event": wrong})
    assert done.code == 2
    assert "event is no event of premiervpn.wireguard.wg_status" in done.last.msg
    assert done.sent == []


@pytest.mark.parametrize("name", ["event_ports", "event_undeclared", "event_tell"])
def test_a_limit_that_leaves_this_machine_out_is_refused_and_so_is_a_run_without_an_event(
    playbook: Playbooks, simulator: Simulator, declared: str, name: str
) -> None:
    (playbook.folder / "hosts.yml").write_text("all: {hosts: {web1: , localhost: }}")
    event = happened("online")
    limited = playbook(
        name, declared, "-i", "hosts.yml", "--limit", "web1", noise=True, ansible_eda=event
    )
    assert limited.code == 2
    assert "Nothing was done: this playbook runs on localhost" in limited.output
    without = playbook(name, declared)
    assert without.code == 2
    assert "Nothing was done: it acts on an event" in without.output
    assert limited.sent == without.sent == []
    tagged = playbook(
        name, declared, "--tags", "vpn", noise=True, ansible_eda=happened("online", "hub")
    )
    assert tagged.code == 0
    assert len(tagged.results) == 2


def test_an_undeclared_user_fails_the_play_and_a_declared_one_does_not(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [], "mallory": []})
    declared = playbook.declare({"server": 5, "users": [{"name": "phone"}]})
    fine = playbook("event_undeclared", declared, ansible_eda=happened("added"))
    assert fine.code == 0
    assert fine.writes == []
    assert fine.last["lines"] == [f"Declared: phone on fra1 (5) is new, {AT}"]
    bad = playbook("event_undeclared", declared, ansible_eda=happened("added", "mallory"))
    assert bad.code == 2
    assert bad.last.msg == f"Nobody declared this user: mallory on fra1 (5) is new, {AT}"
    all_of_them = playbook("event_undeclared", declared, ansible_eda=seen(online=["phone"]))
    assert all_of_them.code == 2
    assert all_of_them.last.msg == "Nobody declared these users of fra1 (5): mallory"
    fill(simulator, {"phone": []})
    assert playbook("event_undeclared", declared, ansible_eda=seen()).code == 0


@pytest.mark.parametrize("name", [*HOSTILE, "#jinja2: trim_blocks: true", "{% raw %}", "{# x #}"])
def test_no_text_of_the_portal_is_rendered(playbook: Playbooks, name: str) -> None:
    evil = happened("online", name, Server(5, "{{ 7*7 }}"))
    done = playbook("event_tell", ansible_eda=evil)
    (line,) = messages(done, TELL)
    assert done.code == 0
    assert "49" not in line
    assert "{ { 7*7 }}" in line
    assert "uid=" not in done.output
