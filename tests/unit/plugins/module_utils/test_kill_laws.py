# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is lost to SIGKILL: each replacing operation is killed before and after each of its requests.

Then somebody else does something, or nobody does, and another task runs on that server. All stands, or is
told; nothing that stood is taken; nobody comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.journal import (
    ASIDE,
    OPEN,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import ConflictError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)

from .converging import converged, lost
from .memory_folder import MemoryFolder
from .model_portal import Holder, KilledHereError, ModelPortal, State, public_key
from .satisfied import Slot
from .strategies import acts, doings, examples, hypothesis, rules, st

given = hypothesis.given
pytestmark = pytest.mark.usefixtures("in_turn")

LIMIT = {"up": 5, "down": 10}
NOTHING = Desired(())
OPERATIONS = ("revoked", "rotated", "another port", "half of both", "moved", "taken over")
NEXT = ("again", "unrelated", "named", "offboards")


@dataclass
class Scene:
    """A server, an operation on it, and what it is killed at."""

    kind: str
    portal: Any
    folder: MemoryFolder = field(default_factory=MemoryFolder)

    def desired(self) -> Desired:
        """What the operation declares, from what a look shows now."""
        ports = sorted({port for port, _protocol in self.portal.state().slots} | {80})
        first = ports[0]
        ids = {name: number for number, name in self.portal.users_by_id.items()}
        if self.kind in ("revoked", "rotated"):
            keys = frozenset({public_key(ids["ann"])}) if "ann" in ids else frozenset()
            user = DesiredUser("ann", True, None, keys, may_create=self.kind == "revoked")
            return Desired((user,))
        if self.kind == "half of both":
            return Desired(
                (DesiredUser("ann", True, (DesiredForward(first, None, "tcp", present=False),)),)
            )
        goal = "ann" if self.kind == "another port" else "ben"
        moved = DesiredUser(goal, True, (DesiredForward(first, 9, "tcp"),))
        if self.kind == "moved":
            return Desired((moved, DesiredUser("ann", True, ())))
        return Desired((moved,), takeover=self.kind == "taken over")

    def run(self, desired: Desired) -> Any:
        """As a module does it: a look, then all else."""
        named = [user.client_name for user in desired.users]
        seen = self.portal.observed(named)
        ids = {name: number for number, name in self.portal.users_by_id.items()}
        for user in desired.users:
            if user.revoked_public_keys and user.client_name in ids:
                seen = seen.with_public_key(user.client_name, public_key(ids[user.client_name]))
        return converged(desired, self.portal, current=seen, folder=self.folder)

    def killed(self, number: int, when: str, desired: Desired) -> bool:
        """Whether the operation reached that request; it ended there."""
        self.portal = self.portal.copy(killed_at=(number, when), on_kill=self.folder.kill)
        try:
            outcome = self.run(desired)
        except KilledHereError:
            outcome = None
        reached = bool(self.portal.dead)
        assert reached or (outcome and outcome.error is None), outcome
        self.portal = self.portal.copy()
        self.folder.next_process()
        return reached

    def next_task(self, what: str) -> Desired:
        ids = set(self.portal.users_by_id.values())
        if what == "again":
            return self.desired()
        if what == "unrelated":
            return NOTHING
        if what == "named":
            return Desired((DesiredUser("ann", may_create="ann" in ids),))
        return Desired((DesiredUser("ann", present=False),))


@st.composite
def scenes(draw: Any) -> Scene:
    kind = draw(st.sampled_from(OPERATIONS))
    protocol = "both" if kind == "half of both" else draw(st.sampled_from(("tcp", "both")))
    comment = draw(st.sampled_from(("", "c")))
    first = PortForward(None, 80, 1, protocol, comment)
    portal: Any = ModelPortal.holding({"ann": [first], "ben": []}, terse=draw(st.booleans()))
    for rule in draw(st.lists(rules, max_size=3)):
        portal.add_rule(draw(st.sampled_from(("ann", "ben"))), rule)
    if draw(st.booleans()):
        portal.limits[portal._id("ann")] = dict(LIMIT)
    return Scene(kind, portal)


def text_of(slot: Slot, holder: Holder) -> list[str]:
    """How a rule that carries a slot may be told."""
    comment = f" ({holder.comment})" if holder.comment else ""
    return [
        f"{slot[0]}/{protocol} -> {holder.internal_port}{comment} of user {holder.name!r}"
        for protocol in (slot[1], "both")
    ]


def goals(kind: str, slot: Slot, holder: Holder) -> list[Holder | None]:
    """Where the operation leads a slot."""
    if slot[0] != 80 or kind in ("revoked", "rotated"):
        return [holder]
    if kind == "half of both":
        return [holder, *([None] if slot[1] == "tcp" else [])]
    if slot[1] == "tcp":
        name = "ann" if kind == "another port" else "ben"
        return [holder, Holder(name, 9, holder.comment)]
    return [holder]


def is_declared(kind: str, slot: Slot, before: State) -> bool:
    """Whether the operation declares all of a slot: a run of it makes that good, another one need not."""
    if slot != (80, "tcp") or kind in ("revoked", "rotated"):
        return False
    return kind == "half of both" or not before.slots[slot].comment


def missing(scene: Scene, before: State, told: str, removed: Any, what: str) -> list[str]:
    """What neither stands nor is told."""
    after = scene.portal.state()
    gone = {"ann"} if what == "offboards" else set()
    gone |= {one for one in removed if isinstance(one, str)}
    return [
        f"{slot}: {holder}"
        for slot, holder in before.slots.items()
        if holder.name not in gone
        and slot not in removed
        and after.slots.get(slot) not in goals(scene.kind, slot, holder)
        and not (what != "again" and is_declared(scene.kind, slot, before))
        and not any(text in told for text in text_of(slot, holder))
        and not any(
            text in told
            for goal in goals(scene.kind, slot, holder)
            if goal
            for text in text_of(slot, goal)
        )
    ]


@given(scenes(), st.integers(0, 14), st.sampled_from(("before", "after")), st.sampled_from(NEXT))
@examples(200)
def test_all_stands_or_is_told(scene: Scene, number: int, when: str, what: str) -> None:
    before, desired = scene.portal.state(), scene.desired()
    limit = next(iter(scene.portal.limits.values()), None)
    hypothesis.assume(scene.killed(number, when, desired))
    halfway = scene.portal.state()
    outcome = scene.run(scene.next_task(what))
    assert outcome.error is None, outcome.error
    told = "\n".join(outcome.warnings)
    after = scene.portal.state()
    assert missing(scene, before, told, set(), what) == []
    if what in ("unrelated", "named"):
        # Nothing that stood was taken, or leads elsewhere.
        assert {slot: after.slots.get(slot) for slot in halfway.slots} == halfway.slots
        assert halfway.users <= after.users
    if what == "unrelated":
        assert after.users == halfway.users
    if what == "offboards":
        assert "ann" not in after.users
    elif "ann" in after.users:
        there = scene.portal.limits.get(scene.portal._id("ann"))
        assert there == limit or "bandwidth" in told
    else:
        assert "user 'ann'" in told or what == "again"
    # Once it is told, or stands, nothing is left open but what waits for its user.
    if "ann" in after.users or what == "offboards":
        assert not scene.folder.texts(OPEN)


@given(scenes(), st.integers(0, 14), st.sampled_from(("before", "after")), st.sampled_from(NEXT))
@examples(80)
def test_check_mode_predicts_it(scene: Scene, number: int, when: str, what: str) -> None:
    desired = scene.desired()
    hypothesis.assume(scene.killed(number, when, desired))
    task = scene.next_task(what)
    before, texts = scene.portal.state(), sorted(scene.folder.texts(OPEN, ASIDE))
    seen = scene.portal.observed([user.client_name for user in task.users])
    for user in task.users:
        if user.revoked_public_keys and user.client_name in scene.portal.users_by_id.values():
            key = public_key(scene.portal._id(user.client_name))
            seen = seen.with_public_key(user.client_name, key)
    check = converged(task, scene.portal, check_mode=True, current=seen, folder=scene.folder)
    assert scene.portal.writes_sent == 0
    assert scene.portal.state() == before
    assert sorted(scene.folder.texts(OPEN, ASIDE)) == texts
    real = converged(task, scene.portal, current=seen, folder=scene.folder)
    assert real.error is None
    told = [warning.partition(" It is kept in")[0] for warning in real.warnings]
    assert [warning.partition(" It is kept in")[0] for warning in check.warnings] == told
    assert [_step(step) for step in check.step_log.result()] == [
        _step(step) for step in real.step_log.result()
    ]


def _step(step: dict[str, Any]) -> tuple[Any, ...]:
    return step["action"], step["kind"], step["name"], step["what"], step["restored"]


@given(
    scenes(),
    st.integers(0, 14),
    st.sampled_from(("before", "after")),
    doings(),
    st.sampled_from(NEXT),
)
@examples(200)
def test_and_with_deeds_of_others_in_between(
    scene: Scene, number: int, when: str, deeds: Any, what: str
) -> None:
    before, desired = scene.portal.state(), scene.desired()
    hypothesis.assume(scene.killed(number, when, desired))
    for done in acts(deeds).values():
        for act in done:
            act(scene.portal)
    removed, halfway = set(scene.portal.removed_by_others), scene.portal.state()
    task = scene.next_task(what)
    try:
        outcome = scene.run(task)
    except ConflictError:
        hypothesis.assume(what != "again")  # somebody else holds what is declared
        raise
    if outcome.error:
        assert what == "again"
        assert not lost(outcome)
        return
    told = "\n".join(outcome.warnings)
    after = scene.portal.state()
    assert missing(scene, before, told, removed, what) == []
    if what in ("unrelated", "named"):
        assert {slot: after.slots.get(slot) for slot in halfway.slots} == halfway.slots
    named = {user.client_name for user in task.users}
    assert after.users - halfway.users <= named
    # What is given back had stood, or is what the operation was to bring.
    for slot in after.slots.keys() - halfway.slots.keys():
        held = before.slots.get(slot)
        assert held, slot
        assert after.slots[slot] in goals(scene.kind, slot, held) or what == "again"


@given(scenes(), st.integers(0, 14), st.sampled_from(("before", "after")), st.integers(0, 6))
@examples(80)
def test_giving_back_may_be_killed_too(scene: Scene, number: int, when: str, second: int) -> None:
    before, desired = scene.portal.state(), scene.desired()
    hypothesis.assume(scene.killed(number, when, desired))
    named = Desired((DesiredUser("ann", may_create=False),))
    scene.killed(second, when, named)
    outcome = scene.run(named)
    assert outcome.error is None
    assert missing(scene, before, "\n".join(outcome.warnings), set(), "named") == []
    assert not scene.folder.texts(OPEN)


def test_nothing_is_written_where_nothing_undeclared_could_be_lost() -> None:
    held = [PortForward(None, 80, 1, "tcp", "c")]
    declared = DesiredForward(80, 2, "tcp", "d")
    for wanted in ((declared,), (DesiredForward(81, 1),), ()):
        scene = Scene("", ModelPortal.holding({"ann": held}))
        assert scene.run(Desired((DesiredUser("ann", True, wanted),))).error is None
        assert scene.folder.touched == 0


@pytest.mark.parametrize("kind", ["revoked", "rotated", "half of both", "another port"])
def test_where_no_entry_can_be_written_nothing_is_begun(kind: str) -> None:
    held = [PortForward(None, 80, 1, "both", "c")]
    scene = Scene(kind, ModelPortal.holding({"ann": held}))
    scene.folder.trouble = OSError(13, "Permission denied", "/state")
    with pytest.raises(Exception, match="PREMIERVPN_STATE_DIR") as caught:
        scene.run(scene.desired())
    assert "Permission denied (/state)" in str(caught.value)
    assert scene.portal.writes_sent == 0
