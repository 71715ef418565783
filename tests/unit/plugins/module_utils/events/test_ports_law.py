# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook ports_follow_device as a law: whatever happened, every port is soon as it should be.

The source, what it believes, the events and the planner are the real ones. Simulated, with a clock of its own, are
the portal, the devices, and ansible-rulebook, which starts one play after the other and repeats one that failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    RejectedError,
    WireguardError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.belief import (
    Rules,
    is_doubtful,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    Change,
    event,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.looking import (
    ServerWatch,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.notices import Notices
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import make_plan
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.presence import (
    agreed,
    as_devices_are,
)

RULEBOOK = Path(__file__).parents[5] / "extensions/eda/rulebooks/ports_follow_device.yml"
(BOOK,) = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
(SOURCE,) = BOOK["sources"]
ACTION = BOOK["rules"][0]["action"]["run_playbook"]
RETRIES, DELAY = ACTION["retries"], ACTION["delay"]

SERVER = Server(5, "fra1")
INTERVAL = 15
PLAY = 3
"""Seconds that a play takes."""

BACK_PRESSURE = 10
"""As many plays as ansible-rulebook lets wait, before it takes no more events."""

NAMES = ("ann", "ben", "cay", "dan")
PORTS = {name: number for number, name in enumerate(NAMES, start=80)}
DESIRED = Desired(
    tuple(
        DesiredUser(name, True, (DesiredForward(port, 80, while_online=True),), may_create=False)
        for name, port in PORTS.items()
    )
)

LISTED = {"empty": 0, "short": 1, "one is missing": 3}
FAULTS = ("none", "down", "forbidden", "no writes", "all offline", *LISTED)


@dataclass
class Turn:
    """What happens in one interval: who comes, goes or is made anew, what is wrong, and a restart."""

    toggled: frozenset[str] = frozenset()
    anew: frozenset[str] = frozenset()
    fault: str = "none"
    restart: int | None = None


names = st.frozensets(st.sampled_from(NAMES), max_size=3)
TURNS = st.lists(
    st.builds(
        Turn,
        toggled=names,
        anew=st.just(frozenset()) | names,
        fault=st.sampled_from(FAULTS) | st.just("none"),
        restart=st.none() | st.none() | st.integers(1, INTERVAL - 1),
    ),
    max_size=14,
)


@dataclass
class World:
    """The portal, its devices, a source and the plays that its events start."""

    now: int = 0
    fault: str = "none"
    online: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(NAMES, False))
    ids: dict[str, int] = field(default_factory=lambda: dict(zip(NAMES, range(1, 5), strict=True)))
    held: set[str] = field(default_factory=set)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    play: tuple[dict[str, Any], int, int] | None = None
    plays: int = 0

    def __post_init__(self) -> None:
        self.notices = Notices(lambda _line: None, INTERVAL)
        self.begin()

    def begin(self) -> None:
        """Start ansible-rulebook: what waited or ran is lost."""
        self.waiting.clear()
        self.play = None
        arguments = SOURCE["premiervpn.wireguard.wg_status"]
        rules = Rules(catch_up=arguments["catch_up"], interval=INTERVAL)
        self.events = set(arguments["events"])
        self.watch = ServerWatch(SERVER, self, rules)  # type: ignore[arg-type]

    def run(self, turn: Turn) -> None:
        """One interval: a look at its beginning, then seconds in which plays run."""
        self.fault = turn.fault
        for name in turn.toggled:
            self.online[name] = not self.online[name]
        for name in turn.anew:
            self.ids[name] += 10
            self.held.discard(name)
        if self.watch.due <= self.now and len(self.waiting) <= BACK_PRESSURE:
            asyncio.run(self.watch.look())
        for second in range(INTERVAL):
            if second == turn.restart:
                self.begin()
                asyncio.run(self.watch.look())
            self.tick()
            self.now += 1

    def tick(self) -> None:
        """One second of ansible-rulebook."""
        if self.play is None and self.waiting:
            self.play = (self.waiting.pop(0), 0, self.now + PLAY)
        if self.play and self.now >= self.play[2]:
            sent, tries, _end = self.play
            self.plays += 1
            self.play = None
            if not self.put_right(sent, tries) and tries < RETRIES:
                self.play = (sent, tries + 1, self.now + DELAY + PLAY)

    def put_right(self, sent: dict[str, Any], tries: int) -> bool:
        """The playbook event_ports, and whether it succeeded."""
        try:
            users = self.users(5)
        except WireguardError:
            return False
        known = {*sent["online"], *sent["offline"]}
        missing = known - {user.client_name for user in users}
        # For somebody who is missing the playbook looks again for half a minute.
        if is_doubtful(len(missing), len(known)) or (missing and tries < 3):
            return False
        rules = {
            user.client_name: (PortForward(port, port, 80, "tcp"),)
            for user in users
            if user.client_name in self.held
            for port in (PORTS[user.client_name],)
        }
        seen = Current({user.client_name: user for user in users}, rules)
        listed = {user.client_name: user.online for user in users}
        online = agreed(listed, sent["online"], sent["offline"])
        steps = make_plan(as_devices_are(DESIRED, seen, online), seen).steps
        for step in steps:
            if self.fault == "no writes":
                return False
            {"create": self.held.add, "delete": self.held.discard}[step.action](step.name)
        return True

    # What a source asks of its surroundings.

    def clock(self) -> float:
        return float(self.now)

    async def answer(self, ask: Callable[[Any], Any]) -> Any:
        return ask(self)

    async def send(self, server: Server, changes: list[Change]) -> None:
        self.waiting += [event(server, x, "now") for x in changes if x.type in self.events]

    # The portal.

    def servers(self) -> list[Server]:
        return [SERVER]

    def users(self, _server: int) -> list[User]:
        if self.fault == "down":
            raise WireguardError("down")
        if self.fault == "forbidden":
            raise RejectedError("forbidden", method="GET", path="/", status=403)
        wrong = self.fault == "all offline"
        listed = [
            User(self.ids[name], name, online=self.online[name] and not wrong) for name in NAMES
        ]
        return listed[: LISTED.get(self.fault, len(listed))]

    def right(self) -> bool:
        return self.held == {name for name in NAMES if self.online[name]}


@given(TURNS)
@settings(deadline=None)
def test_once_the_portal_answers_and_devices_rest_every_port_is_right_within_three_looks(
    turns: list[Turn],
) -> None:
    world = World()
    for turn in turns:
        world.run(turn)
    # A server that refused is tried again from time to time: the looks count from then on.
    while world.watch.due > world.now:
        world.run(Turn())
    for _look in range(3):
        world.run(Turn())
    assert world.right()
    plays = world.plays
    world.run(Turn())
    assert world.right()
    assert world.plays == plays


def test_the_law_can_fail(monkeypatch: Any) -> None:
    """Without what makes good a failed play, and what nobody saw, ports stay as they should not be."""
    monkeypatch.setitem(SOURCE["premiervpn.wireguard.wg_status"], "catch_up", False)
    world = World()
    for turn in (Turn(), Turn(frozenset({"ann"})), Turn(), Turn(frozenset({"ann"}), restart=5)):
        world.run(turn)
    for _look in range(5):
        world.run(Turn())
    assert not world.right()
