# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``refresh: changed`` is as right as a full look about all that is declared and changed.

Days of runs, clicks of others, and kills, with a memory that lives on. Whoever's declaration changed is as
declared after a run; what was clicked is found when ``refresh_max_age`` is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.memories import ROOM
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.outcome import Outcome
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.refreshing import (
    Refresh,
    load_changed,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ConflictError,
    GuardError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning import (
    memory as planning,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.plan import make_plan

from .converging import converged
from .memory_folder import MemoryFolder, journal
from .model_portal import SERVER, KilledHereError, ModelPortal
from .satisfied import is_consistent
from .strategies import acts, declarations, doings, examples, hypothesis, servers, st

given = hypothesis.given
pytestmark = pytest.mark.usefixtures("in_turn")

DAY = 86400


@dataclass
class World:
    """A server, the state folder of a machine, and the time."""

    portal: Any
    folder: MemoryFolder = field(default_factory=MemoryFolder)
    now: float = 1_000_000.0
    refresh: Refresh | None = None

    def run(self, desired: Desired, changed: bool = True) -> Outcome | None:
        """As a module does it. None: the task failed before it changed anything."""
        self.now += 60
        self.refresh = None
        taken = journal(self.folder)
        taken.memories.now = lambda: self.now
        try:
            if not changed:
                return converged(desired, self.portal, taken=taken)
            users = self.portal.users(SERVER.id)
            wanted = replace(desired, max_age=DAY)
            seen, self.refresh = load_changed(self.portal, SERVER.id, wanted, users, taken)
            return converged(desired, self.portal, current=seen, taken=taken, refresh=self.refresh)
        except (ConflictError, GuardError):
            return None

    def killed(self, desired: Desired, number: int, when: str, changed: bool = True) -> None:
        """A run that is killed at that request, if it comes to that."""
        self.portal = self.portal.copy(killed_at=(number, when), on_kill=self.folder.kill)
        try:
            self.run(desired, changed)
        except KilledHereError:
            pass
        self.portal = self.portal.copy()
        self.folder.next_process()

    def looked(self, desired: Desired) -> tuple[Outcome | None, int]:
        """A run, and how many lists of port forwards it took."""
        before = len(self.portal.calls)
        outcome = self.run(desired)
        paths = [path for method, path in self.portal.calls[before:] if method == "GET"]
        return outcome, sum(path.endswith("/port-forwards") for path in paths)


def whole(desired: Desired) -> Desired:
    return replace(desired, takeover=False)


def unlike(desired: Desired, portal: Any) -> set[str]:
    """The users that are not as declared, by a look at all of them."""
    return {step.name for step in make_plan(desired, portal.observed()).steps}


def parts(desired: Desired) -> dict[str, DesiredUser]:
    return {user.client_name: user for user in desired.users}


def changed_users(before: Desired | None, desired: Desired) -> set[str]:
    """Whose declaration is another one than that of the run before."""
    if before is None or before.purge_port_forwards != desired.purge_port_forwards:
        return set(parts(desired))
    then = parts(before)
    return {name for name, user in parts(desired).items() if then.get(name) != user}


def edited(draw: Any, desired: Desired) -> Desired:
    """The declaration with the parts of some users as another one has them."""
    other, mine = parts(whole(draw(declarations()))), parts(desired)
    for name in draw(st.sets(st.sampled_from(("ann", "ben", "cay")), max_size=2)):
        mine.pop(name, None)
        if name in other:
            mine[name] = other[name]
    made = replace(desired, users=tuple(mine.values()))
    return made if is_consistent(made) else desired


@given(st.data(), servers(), declarations())
@examples(80)
def test_whoever_changed_is_as_declared_and_a_click_is_found_in_time(
    data: Any, portal: Any, first: Desired
) -> None:
    world, desired, last = World(portal), whole(first), None
    for _turn in range(data.draw(st.integers(1, 5))):
        what = data.draw(st.sampled_from(("run", "run", "kill", "click", "full", "hours", "edit")))
        if what == "click":
            for done in acts(data.draw(doings())).values():
                for act in done:
                    act(world.portal)
        elif what == "kill":
            when = data.draw(st.sampled_from(("before", "after")))
            kind = data.draw(st.booleans())
            world.killed(desired, data.draw(st.integers(0, 9)), when, kind)
        elif what == "hours":
            world.now += data.draw(st.integers(1, 20)) * 3600
        elif what == "edit":
            desired = edited(data.draw, desired)
        else:
            outcome = world.run(desired, what == "run")
            if outcome and not outcome.error:
                named = changed_users(last, desired) if last else set()
                assert not named & unlike(desired, world.portal)
                last = desired
    desired = edited(data.draw, desired)
    outcome = world.run(desired)
    if outcome is None or outcome.error:
        return
    named = changed_users(last, desired) if last else set(parts(desired))
    assert not named & unlike(desired, world.portal)
    world.now += DAY
    outcome = world.run(desired)
    if outcome and not outcome.error:
        assert unlike(desired, world.portal) == set()


@given(st.data(), servers(), declarations())
@examples(40)
def test_without_clicks_it_does_what_a_full_look_does(
    data: Any, portal: Any, first: Desired
) -> None:
    desired = whole(first)
    world = World(portal)
    world.run(desired)
    killed = data.draw(st.booleans())
    if killed:
        when = data.draw(st.sampled_from(("before", "after")))
        world.killed(edited(data.draw, desired), data.draw(st.integers(0, 9)), when)
    desired = edited(data.draw, desired)
    twin = World(world.portal.copy(), MemoryFolder())
    twin.folder.rooms = {room: dict(files) for room, files in world.folder.rooms.items()}
    full, changed = twin.run(desired, changed=False), world.run(desired)
    assert (full is None) == (changed is None)
    assert world.portal.state() == twin.portal.state()
    if changed and not changed.error and not killed:
        # And nobody is looked at a second time. (Whom a killed task was about, is, for some hours.)
        again, looks = world.looked(desired)
        assert again is not None
        assert looks == 0 or again.step_log.result()


HELD = {name: [PortForward(None, port, 1, "tcp")] for name, port in (("ann", 80), ("ben", 443))}


def declared(**ports: int) -> Desired:
    users = [DesiredUser(x, True, (DesiredForward(ports[x], 1, "tcp"),)) for x in sorted(ports)]
    return Desired(tuple(users))


@pytest.fixture
def world() -> World:
    made = World(ModelPortal.holding(HELD))
    made.run(declared(ann=80, ben=443))
    return made


def test_nothing_changed_is_one_request(world: World) -> None:
    before = world.portal.requests_sent
    _outcome, looks = world.looked(declared(ann=80, ben=443))
    assert looks == 0
    assert world.portal.requests_sent - before == 1
    assert world.refresh is not None
    assert world.refresh.remembered == {"ann", "ben"}


def test_who_changed_is_looked_at_alone(world: World) -> None:
    _outcome, looks = world.looked(declared(ann=81, ben=443))
    assert looks == 1
    assert unlike(declared(ann=81, ben=443), world.portal) == set()
    assert world.looked(declared(ann=81, ben=443))[1] == 0


def test_an_id_that_changed_is_looked_at(world: World) -> None:
    world.portal.remove_user("ann")
    world.portal.add_user("ann")
    _outcome, looks = world.looked(declared(ann=80, ben=443))
    assert looks == 1
    assert unlike(declared(ann=80, ben=443), world.portal) == set()


def test_a_port_that_somebody_is_remembered_to_hold_is_looked_at(world: World) -> None:
    """Somebody removed it by hand: the memory still knows a holder, and must not be believed."""
    swapped = declared(ann=443, ben=80)
    world.portal.remove_rule(443, "tcp")
    assert world.run(swapped)
    assert unlike(swapped, world.portal) == set()


def test_a_409_drops_the_memory_looks_and_plans_again(world: World) -> None:
    world.portal.remove_rule(443, "tcp")
    world.portal.add_user("cay")
    world.portal.add_rule("cay", PortForward(None, 90, 1, "tcp"))
    world.portal.remove_rule(80, "tcp")
    world.portal.add_rule("ben", PortForward(None, 81, 1, "tcp"))
    # ben holds 81 now, which nobody remembers; ann is to have it.
    wanted = replace(declared(ann=81, ben=443), purge_port_forwards=False)
    outcome = world.run(wanted)
    assert outcome
    assert world.portal.conflicts
    assert unlike(wanted, world.portal) == set()
    assert world.refresh is not None
    assert not world.refresh.remembered


def test_a_write_by_another_task_is_noted(world: World) -> None:
    """Whatever that task looks at itself: the memory is there, so it drops the user."""
    world.run(
        Desired((DesiredUser("ann", True, (DesiredForward(80, None, present=False),)),)), False
    )
    _outcome, looks = world.looked(declared(ann=80, ben=443))
    assert looks == 1
    assert unlike(declared(ann=80, ben=443), world.portal) == set()


def test_a_look_that_began_before_another_task_wrote_is_not_remembered(world: World) -> None:
    taken = journal(world.folder)
    taken.memories.now = lambda: world.now
    world.now += 2 * DAY
    wanted = declared(ann=80, ben=443)
    users = world.portal.users(SERVER.id)
    seen, refresh = load_changed(
        world.portal, SERVER.id, replace(wanted, max_age=DAY), users, taken
    )
    other = Desired((DesiredUser("ann", True, (DesiredForward(80, None, present=False),)),))
    world.run(other, changed=False)
    converged(wanted, world.portal, current=seen, taken=taken, refresh=refresh)
    assert world.looked(wanted)[1] == 1
    assert unlike(wanted, world.portal) == set()


def test_a_failure_drops_who_it_was_about(world: World) -> None:
    world.portal = world.portal.copy(write_faults={0: "rejected"})
    outcome = world.run(declared(ann=81, ben=443))
    assert outcome
    assert outcome.error
    world.portal = world.portal.copy()
    assert world.looked(declared(ann=80, ben=443))[1] == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 1}', "\x00", '{"looks": NaN}', "[" * 100_000]
)
def test_a_memory_that_can_not_be_read_is_none(world: World, text: str) -> None:
    (name,) = world.folder.rooms[ROOM]
    world.folder.rooms[ROOM][name] = text
    assert world.looked(declared(ann=80, ben=443))[1] == 2
    assert world.looked(declared(ann=80, ben=443))[1] == 0


def test_the_memory_of_another_portal_or_server_is_none(world: World) -> None:
    (text,) = world.folder.texts(ROOM)
    assert planning.read_memory(text, "digest", SERVER.id).looks
    for portal, server in (("other", SERVER.id), ("digest", 6)):
        with pytest.raises(ValueError, match="another's"):
            planning.read_memory(text, portal, server)


def test_where_nothing_can_be_kept_everybody_is_looked_at(world: World) -> None:
    world.folder.trouble = OSError(28, "No space left on device")
    assert world.looked(declared(ann=80, ben=443))[1] == 2


def test_a_full_run_reads_and_writes_no_memory_that_is_not_there() -> None:
    world = World(ModelPortal.holding(HELD))
    world.run(declared(ann=81, ben=443), changed=False)
    assert ROOM not in world.folder.rooms


def test_a_file_is_bounded() -> None:
    rule = PortForward(1, 80, 1, "tcp", "c" * 100)
    looks = {f"u{n}": planning.Look(n, float(n), "d", (rule,) * 50) for n in range(1000)}
    text = planning.memory_text(planning.Memory(looks), "p", 5)
    assert len(text) <= planning.MOST_CHARACTERS
    kept = planning.read_memory(text, "p", 5).looks
    assert "u999" in kept
    assert "u0" not in kept


def test_not_all_fall_due_at_once() -> None:
    looks = {f"u{n}": planning.Look(n, 0.0, "d", ()) for n in range(400)}
    due = [
        sum(not planning._is_recent(name, 0.0, hour * 3600.0, DAY) for name in looks)
        for hour in range(25)
    ]
    assert due[12] == 0
    assert due[24] == 400
    assert all(later - earlier < 60 for earlier, later in pairwise(due))


# -- Broken on purpose: the law notices -------------------------------------------------------


def test_a_memory_that_ignores_ids_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        planning, "_is_known", lambda look, _id, digest: look and look.declared == digest
    )
    world.portal.remove_user("ann")
    world.portal.add_user("ann")
    world.run(declared(ann=80, ben=443))
    assert unlike(declared(ann=80, ben=443), world.portal) == {"ann"}


def test_a_memory_that_ignores_the_declaration_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not stale_click(World(ModelPortal.holding(HELD)))
    monkeypatch.setattr(
        planning, "_is_known", lambda look, number, _declared: look and look.id == number
    )
    assert stale_click(world) == {"ann"}


def stale_click(world: World) -> set[str]:
    """Who is not as declared where the memory holds what is declared now, and a click has ended it."""
    world.portal.add_rule("ann", PortForward(None, 81, 1, "tcp"))
    world.now += 2 * DAY
    world.run(declared(ann=80, ben=443))
    world.portal.remove_rule(81, "tcp")
    world.run(declared(ann=81, ben=443))
    return unlike(declared(ann=81, ben=443), world.portal)
