# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task gives back what one that was cut off had taken away, and notes how far it came."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.journal import (
    ASIDE,
    OPEN,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import Outcome
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    LostForward,
    PortForward,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.taken import (
    Entry,
    TakenUser,
    read_entry,
)

from .converging import converged
from .memory_folder import MemoryFolder, journal
from .model_portal import SERVER, ModelPortal

WEB = PortForward(None, 443, 8443, "tcp", "HTTPS")
DNS = PortForward(None, 53, 53, "both", "DNS")


def left(portal: ModelPortal, *rules: PortForward, **more: Any) -> MemoryFolder:
    """A state folder with the entry of a task that was cut off when it had taken these rules of ``web``."""
    folder = MemoryFolder()
    owner = portal.observed().users["web"].id
    taken = tuple(LostForward("web", rule) for rule in rules)
    journal(folder).begin(Entry(SERVER.id, time.time(), owners={"web": owner}, rules=taken, **more))
    folder.next_process()
    return folder


def run(portal: ModelPortal, folder: MemoryFolder, *names: str) -> Outcome:
    users = tuple(DesiredUser(name, may_create=False) for name in names)
    outcome = converged(Desired(users), portal, folder=folder)
    folder.next_process()
    return outcome


def entries(folder: MemoryFolder, room: str = OPEN) -> list[Entry]:
    return [read_entry(text, "digest") for text in folder.rooms[room].values()]


def ports(portal: ModelPortal, name: str = "web") -> list[tuple[int, str]]:
    found = portal.observed().forwards[name]
    return sorted((rule.external_port, rule.protocol) for rule in found)


def test_all_of_it_and_the_entry_ends() -> None:
    portal = ModelPortal.holding({"web": []})
    folder = left(portal, WEB, DNS)
    (said,) = run(portal, folder).warnings
    assert said.startswith("Given back, as a task that was cut off on ")
    assert ports(portal) == [(53, "both"), (443, "tcp")]
    assert entries(folder) == entries(folder, ASIDE) == []


def test_what_stands_is_noted_and_not_given_back_again() -> None:
    portal = ModelPortal.holding(
        {"web": []}, write_faults=dict.fromkeys(range(1, 9), "not_reached")
    )
    folder = left(portal, WEB, DNS)
    said = " ".join(run(portal, folder).warnings)
    assert "Given back" in said
    assert "Missing since" in said
    (entry,) = entries(folder)
    assert (entry.standing, entry.reported) == ({0}, True)
    portal = portal.copy()
    portal.remove_rule(443, "tcp")  # by somebody who wants it gone
    run(portal, folder)
    assert ports(portal) == [(53, "both")]
    assert entries(folder) == []


def test_a_part_of_a_rule_does_not_stand_for_the_whole() -> None:
    """Somebody took one protocol right before it was asked for."""
    taken = PortForward(None, 53, 1, "tcp", "")
    portal = ModelPortal.holding({"web": [], "ann": []})
    folder = left(portal, DNS)
    looks = ModelPortal.holding({"web": [], "ann": []})
    run(looks, left(looks, DNS))
    first_write = next(n for n, (method, _path) in enumerate(looks.calls) if method != "GET")
    portal.meanwhile = {first_write: [lambda there: there.add_rule("ann", taken)]}
    said = " ".join(run(portal, folder).warnings)
    assert ports(portal) == [(53, "udp")]
    assert "Given back" in said
    assert "NOT GIVEN BACK" in said
    (entry,) = entries(folder, ASIDE)
    assert entry.standing == frozenset()
    assert entries(folder) == []


def test_a_user_that_can_not_be_made_is_still_to_be_given_back() -> None:
    user = TakenUser("ann", 7, "key")
    portal = ModelPortal.holding({"web": []}, write_faults=dict.fromkeys(range(9), "not_reached"))
    folder = left(portal, users=(user,))
    (said,) = run(portal, folder, "ann").warnings
    assert "Missing since" in said
    assert "user 'ann'" in said
    (entry,) = entries(folder)
    assert entry.making == {"ann"}
    assert not entry.made
    (said,) = run(portal, folder, "ann").warnings
    assert "is still to be given back" in said, "in full only once"
    portal = portal.copy()
    run(portal, folder, "ann")
    assert "ann" in portal.observed().users
    assert entries(folder) == []


def test_a_user_is_made_again_with_all_that_was_its_own() -> None:
    portal = ModelPortal.holding({"web": []})
    folder = MemoryFolder()
    user = TakenUser("ann", 7, "key", {"down": 50})
    rules = (LostForward("ann", WEB), LostForward("ann", DNS))
    journal(folder).begin(Entry(SERVER.id, time.time(), (user,), rules=rules))
    folder.next_process()
    (said,) = run(portal, folder, "ann").warnings
    assert "user 'ann'" in said
    assert ports(portal, "ann") == [(53, "both"), (443, "tcp")]
    assert list(portal.limits.values()) == [{"down": 50}]
    assert entries(folder) == []


def test_two_entries_are_reported_each() -> None:
    portal = ModelPortal.holding({"web": []})
    folder = left(portal, WEB)
    folder.rooms[OPEN] |= left(portal, DNS).rooms[OPEN]
    said = run(portal, folder).warnings
    assert [text.startswith("Given back") for text in said] == [True, True]
    assert ports(portal) == [(53, "both"), (443, "tcp")]


def test_the_entry_of_another_server_is_not_touched() -> None:
    portal = ModelPortal.holding({"web": []})
    folder = MemoryFolder()
    owner = portal.observed().users["web"].id
    rules = (LostForward("web", WEB),)
    for server in (SERVER.id + 1, SERVER.id * 10 + 5):
        journal(folder).begin(Entry(server, time.time(), owners={"web": owner}, rules=rules))
    folder.next_process()
    assert not run(portal, folder).warnings
    assert ports(portal) == []
    assert len(entries(folder)) == 2
