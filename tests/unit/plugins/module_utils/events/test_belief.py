# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is believed of a server's users, look by look: laws, and a table of cases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.belief import (
    STANDS,
    Belief,
    Rules,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    DEVICES,
    MOVES,
    ORDER,
    TYPES,
    Change,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import User

COUNTERS = st.none() | st.integers(0, 2000)
USERS = st.builds(
    User,
    id=st.integers(1, 6),
    client_name=st.sampled_from(("anna", "ben", "carla")),
    online=st.sampled_from((True, False, None)),
    last_seen=st.sampled_from((None, "2026-06-01T12:00:00Z")),
    rx_bytes=COUNTERS,
    tx_bytes=COUNTERS,
)
# A server has each name once.
LISTINGS = st.lists(USERS, max_size=3, unique_by=(lambda x: x.id, lambda x: x.client_name))
LOOKS = st.lists(LISTINGS, min_size=1, max_size=8)
RULES = st.builds(
    Rules,
    settle=st.integers(1, 3),
    catch_up=st.booleans(),
    traffic_over=st.none() | st.integers(0, 1000),
)
Sent = list[tuple[str, "str | None"]]


def sent(changes: Sequence[Change]) -> Sent:
    return [(change.type, change.user) for change in changes if change.type != DEVICES]


def watched(belief: Belief, *looks: list[User]) -> list[list[Change]]:
    """The changes of each look, one an interval."""
    return [belief.look(users, 30.0 * number) for number, users in enumerate(looks)]


@given(LOOKS, RULES)
def test_who_listens_knows_what_is_believed(looks: list[list[User]], rules: Rules) -> None:
    """From the state at the start and all changes since: who is there, and who is online."""
    belief = Belief(replace(rules, catch_up=True))
    known: dict[str, bool | None] = {}
    for changes in watched(belief, *looks):
        for change in changes:
            name = change.user
            if change.type == "added":
                assert name is not None
                assert name not in known
                known[name] = None if change.initial else False
            elif change.type == "removed":
                del known[str(name)]
            elif change.type in ("online", "offline"):
                now = change.type == "online"
                assert known[str(name)] is not now
                known[str(name)] = now
    assert belief.online == tuple(sorted(name for name, online in known.items() if online))
    assert set(belief.offline) <= {name for name, online in known.items() if online is False}


@given(LOOKS, LISTINGS, RULES)
def test_after_as_many_looks_as_it_takes_to_settle_what_is_believed_is_what_is(
    looks: list[list[User]], rest: list[User], rules: Rules
) -> None:
    belief = Belief(rules)
    # A listing that lost many at once has to stand for longer.
    watched(belief, *looks, *[rest] * max(rules.settle, STANDS))
    known = {user.client_name: user.online for user in rest if user.online is not None}
    assert {name for name in belief.online if name in known} == {x for x, on in known.items() if on}
    assert {name for name in belief.offline if name in known} == {
        x for x, on in known.items() if not on
    }
    assert {*belief.online, *belief.offline} <= {user.client_name for user in rest}
    assert sent(belief.look(rest, 1e6)) == []


@given(LISTINGS, LISTINGS, st.integers(2, 3))
def test_one_wrong_look_takes_nothing_away(
    right: list[User], wrong: list[User], settle: int
) -> None:
    # A listing in which a name has another id shows that somebody made the user anew.
    ids = {user.client_name: user.id for user in right}
    wrong = [user for user in wrong if ids.get(user.client_name, user.id) == user.id]
    numbers = {user.id: user.client_name for user in right}
    wrong = [u for u in wrong if numbers.get(u.id, u.client_name) == u.client_name]
    *_first, amiss, again = watched(Belief(Rules(settle)), right, right, wrong, right)
    names = {user.client_name for user in right}
    for change in [*amiss, *again]:
        assert change.user not in names or change.type not in ("removed", "offline")


@given(LOOKS, RULES, st.randoms())
def test_neither_the_order_of_users_nor_other_fields_matter(
    looks: list[list[User]], rules: Rules, chance: random.Random
) -> None:
    shuffled = [[replace(user, extra={"x": 1}) for user in users] for users in looks]
    for users in shuffled:
        chance.shuffle(users)
    first, second = Belief(rules), Belief(rules)
    for one, other in zip(watched(first, *looks), watched(second, *shuffled), strict=True):
        assert sent(one) == sent(other)
        positions = [ORDER.index(change.type) for change in one]
        assert positions == sorted(positions)


@given(LOOKS, RULES)
def test_devices_is_sent_when_somebody_came_or_went_or_what_is_sure_has_changed(
    looks: list[list[User]], rules: Rules
) -> None:
    belief = Belief(rules)
    last = None
    for number, users in enumerate(looks):
        changes = belief.look(users, 30.0 * number)
        found = [x for x in changes if x.type == DEVICES]
        now = (belief.online, belief.offline)
        moved = any(change.type in MOVES for change in changes)
        sends = rules.catch_up if last is None else moved or now != last
        assert [(x.online, x.offline) for x in found] == ([now] if sends else [])
        last = now


PHONE = User(101, "phone", "10.66.66.2", online=False, rx_bytes=100, tx_bytes=200)
ONLINE = replace(PHONE, online=True)
UNKNOWN = replace(PHONE, online=None)
GB = 10**9
BIG = replace(PHONE, rx_bytes=800 * GB)
TABLET = User(102, "tablet", online=True)
CASES: dict[str, tuple[list[list[User]], Sent]] = {
    "stays": ([[PHONE]] * 3, []),
    "comes": ([[PHONE], [ONLINE]], [("online", "phone")]),
    "goes": ([[ONLINE], [PHONE], [PHONE]], [("offline", "phone")]),
    "is away for one look": ([[ONLINE], [PHONE], [ONLINE]], []),
    "flaps": ([[ONLINE], *[[PHONE], [ONLINE]] * 6], []),
    "comes, and flaps": ([[PHONE], *[[ONLINE], [PHONE]] * 6], [("online", "phone")]),
    "is new": ([[], [PHONE], [PHONE]], [("added", "phone")]),
    "is new and online": ([[], [ONLINE]], [("added", "phone"), ("online", "phone")]),
    "is gone": ([[ONLINE], [], []], [("removed", "phone")]),
    "is not listed once": ([[ONLINE], [], [ONLINE]], []),
    "is made anew": (
        [[PHONE], [replace(ONLINE, id=109)]],
        [("removed", "phone"), ("added", "phone"), ("online", "phone")],
    ),
    "has another name": (
        [[PHONE], [replace(PHONE, client_name="tablet")]],
        [("removed", "phone"), ("added", "tablet")],
    ),
    "moves too much": ([[PHONE], [replace(PHONE, rx_bytes=1101)]], [("traffic", "phone")]),
    "moves as much as it may": ([[PHONE], [replace(PHONE, rx_bytes=1100)]], []),
    "moves too much in both directions together": (
        [[PHONE], [replace(PHONE, rx_bytes=700, tx_bytes=700)]],
        [("traffic", "phone")],
    ),
    "begins to count anew": ([[PHONE], [replace(PHONE, rx_bytes=40, tx_bytes=60)]], []),
    "begins to count anew, and has moved too much": (
        [[replace(PHONE, rx_bytes=5000)], [replace(PHONE, rx_bytes=1001)]],
        [("traffic", "phone")],
    ),
    "has a counter that loses a little": ([[BIG], [replace(BIG, rx_bytes=800 * GB - 1000)]], []),
    "has a counter that falls to nothing and comes back": (
        [[BIG], [replace(BIG, rx_bytes=0)], [replace(BIG, rx_bytes=800 * GB + 500)]],
        [],
    ),
    "does not say what it moved, and then has moved too much": (
        [[PHONE], [replace(PHONE, rx_bytes=None, tx_bytes=None)], [replace(PHONE, rx_bytes=GB)]],
        [("traffic", "phone")],
    ),
    "moves too much while it is not listed": (
        [[PHONE], [], [replace(PHONE, rx_bytes=GB)]],
        [("traffic", "phone")],
    ),
    "moved as much as it may in two intervals": (
        [[PHONE], [], [replace(PHONE, rx_bytes=2100)]],
        [],
    ),
    "does not say whether it is online": ([[ONLINE], [UNKNOWN], [ONLINE]], []),
    "does not say for a look that it went": (
        [[ONLINE], [PHONE], [UNKNOWN], [PHONE]],
        [("offline", "phone")],
    ),
    "says only now that it is online": ([[UNKNOWN], [ONLINE]], []),
    "comes and moves too much": (
        [[PHONE], [replace(ONLINE, rx_bytes=5000)]],
        [("online", "phone"), ("traffic", "phone")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_device_that(case: str) -> None:
    looks, expected = CASES[case]
    found = watched(Belief(Rules(traffic_over=1000)), *looks)
    assert [entry for changes in found for entry in sent(changes)] == expected


def test_a_change_holds_both_states() -> None:
    later = replace(PHONE, last_seen="now")
    *_quiet, came = watched(Belief(Rules()), [PHONE], [ONLINE])
    assert came[0] == Change("online", PHONE, ONLINE)
    *_quiet, went = watched(Belief(Rules()), [ONLINE], [PHONE], [later])
    assert went[0] == Change("offline", ONLINE, later)
    *_quiet, made = watched(Belief(Rules()), [], [ONLINE])
    assert made[:2] == [Change("added", None, ONLINE), Change("online", None, ONLINE)]


def test_catch_up_sends_the_state_of_all_and_calls_it_initial() -> None:
    first, second = watched(Belief(Rules(catch_up=True)), [PHONE, TABLET], [PHONE, TABLET])
    assert sent(first) == [
        ("added", "phone"),
        ("added", "tablet"),
        ("online", "tablet"),
        ("offline", "phone"),
    ]
    assert all(change.initial for change in first)
    # That the phone is offline is sure only in the second look.
    assert (first[-1].online, first[-1].offline) == (("tablet",), ())
    assert second == [Change(DEVICES, online=("tablet",), offline=("phone",))]


def test_what_happened_while_nobody_looked_is_caught_up_with() -> None:
    for catch_up in (True, False):
        belief = Belief(Rules(catch_up=catch_up))
        watched(belief, [PHONE, TABLET], [PHONE, TABLET])
        belief.nobody_looked()
        found = belief.look([PHONE, TABLET], 600.0)
        expected = [("online", "tablet"), ("offline", "phone")] if catch_up else []
        assert sent(found) == expected
        assert belief.look([PHONE, TABLET], 630.0) == []


MANY = [User(number, f"user{number}", online=True) for number in range(12)]


@pytest.mark.parametrize(("left", "trouble"), [(0, True), (7, True), (8, False), (11, False)])
def test_a_listing_that_lost_more_than_a_third_has_to_stand(left: int, trouble: bool) -> None:
    belief = Belief(Rules())
    looks = watched(belief, MANY, *[MANY[:left]] * (STANDS + 1))
    removed = [
        ("removed", user.client_name) for user in sorted(MANY[left:], key=lambda x: x.client_name)
    ]
    at = STANDS if trouble else 2
    expected: list[Sent] = [[] for _look in looks]
    expected[1] = [("trouble", None)] if trouble else []
    expected[at] = removed
    assert [sent(changes) for changes in looks] == expected


def test_many_that_were_made_anew_are_no_trouble() -> None:
    anew = [replace(user, id=100 + number) for number, user in enumerate(MANY)]
    _first, found = watched(Belief(Rules()), MANY, anew)
    assert {kind for kind, _name in sent(found)} == {"removed", "added", "online"}
    assert len(sent(found)) == 36


def test_all_types_are_sent_in_an_order() -> None:
    assert set(TYPES) < set(ORDER)


def test_users_of_a_server_that_is_gone_are_removed_and_new_when_it_is_back() -> None:
    belief = Belief(Rules())
    belief.look([PHONE, TABLET], 0.0)
    assert sent(belief.gone()) == [("removed", "phone"), ("removed", "tablet")]
    assert belief.gone() == []
    assert sent(belief.look([PHONE], 30.0)) == [("added", "phone")]
