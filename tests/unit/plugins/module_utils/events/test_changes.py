# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two looks: laws, and a table of cases."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import (
    TYPES,
    Change,
    changes,
    remembered,
    traffic,
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
LISTINGS = st.lists(USERS, max_size=6, unique_by=lambda user: user.id)
LIMITS = st.none() | st.integers(0, 1000)


def told(found: list[Change]) -> list[tuple[str, str]]:
    return [(change.type, change.user) for change in found]


@given(LISTINGS, LIMITS, st.randoms())
def test_nothing_is_told_where_nothing_changed(
    users: list[User], limit: int | None, chance: random.Random
) -> None:
    shuffled = [replace(user, last_seen="now", extra={"x": 1}) for user in users]
    chance.shuffle(shuffled)
    assert changes(users, shuffled, traffic_over=limit) == []


@given(LISTINGS, LISTINGS, LIMITS)
def test_each_change_is_told_once(before: list[User], after: list[User], limit: int | None) -> None:
    found = changes(before, after, traffic_over=limit)
    seen = [(change.type, (change.after or change.before)) for change in found]
    assert len({(kind, user.id, user.client_name) for kind, user in seen if user}) == len(found)
    then = {(user.id, user.client_name): user for user in before}
    now = {(user.id, user.client_name): user for user in after}
    by_type = {kind: [change for change in found if change.type == kind] for kind in TYPES}
    assert {x.before.id for x in by_type["removed"] if x.before} == {
        key[0] for key in then.keys() - now.keys()
    }
    assert {x.after.id for x in by_type["added"] if x.after} == {
        key[0] for key in now.keys() - then.keys()
    }
    stayed = [(then[key], now[key]) for key in then.keys() & now.keys()]
    for kind, state in (("online", True), ("offline", False)):
        expected = {x.id for x, y in stayed if y.online is state and x.online is (not state)}
        assert {change.after.id for change in by_type[kind] if change.after} == expected
    too_much = {x.id for x, y in stayed if limit is not None and traffic(x, y) > limit}
    assert {change.after.id for change in by_type["traffic"] if change.after} == too_much


@given(LISTINGS, LISTINGS, LIMITS, st.randoms())
def test_the_order_of_the_listings_does_not_matter(
    before: list[User], after: list[User], limit: int | None, chance: random.Random
) -> None:
    found = changes(before, after, traffic_over=limit)
    for users in (before, after):
        chance.shuffle(users)
    assert changes(before, after, traffic_over=limit) == found
    places = [TYPES.index(change.type) for change in found]
    assert places == sorted(places)


@given(LISTINGS, LISTINGS, st.sets(st.sampled_from(TYPES)))
def test_what_is_not_wanted_is_left_out_and_nothing_else(
    before: list[User], after: list[User], wanted: set[str]
) -> None:
    every = changes(before, after, traffic_over=100)
    assert changes(before, after, traffic_over=100, wanted=wanted) == [
        change for change in every if change.type in wanted
    ]


@given(st.lists(LISTINGS, min_size=2, max_size=6))
def test_looks_together_tell_who_is_there_and_who_is_online(looks: list[list[User]]) -> None:
    """Whoever listens to every event knows in the end what the last look showed."""
    last = remembered([], looks[0])
    known = {(user.id, user.client_name): user.online for user in last}
    for look in looks[1:]:
        users = remembered(last, look)
        for change in changes(last, users):
            user = change.after or change.before
            assert user is not None
            key = (user.id, user.client_name)
            if change.type == "removed":
                del known[key]
            else:
                assert known.get(key) is not (change.type == "online")
                known[key] = user.online
        last = users
    for user in last:
        key = (user.id, user.client_name)
        # A user that only now says whether it is online has not changed.
        assert known[key] in (user.online, None)
    assert len(known) == len(last)


@given(LISTINGS, LISTINGS)
def test_a_look_without_online_between_two_others_hides_nothing_and_tells_nothing_twice(
    before: list[User], after: list[User]
) -> None:
    silent = [replace(user, online=None) for user in before]
    between = remembered(before, silent)
    direct = changes(before, remembered(before, after))
    assert changes(before, between) == []
    assert told(changes(between, remembered(between, after))) == told(direct)


PHONE = User(101, "phone", "10.66.66.2", online=False, rx_bytes=100, tx_bytes=200)
CASES = {
    "comes": ([PHONE], [replace(PHONE, online=True)], [("online", "phone")]),
    "goes": ([replace(PHONE, online=True)], [PHONE], [("offline", "phone")]),
    "is new": ([], [PHONE], [("added", "phone")]),
    "is new and online": ([], [replace(PHONE, online=True)], [("added", "phone")]),
    "is gone": ([replace(PHONE, online=True)], [], [("removed", "phone")]),
    "is made anew": (
        [PHONE],
        [replace(PHONE, id=109)],
        [("removed", "phone"), ("added", "phone")],
    ),
    "has another name": (
        [PHONE],
        [replace(PHONE, client_name="tablet")],
        [("removed", "phone"), ("added", "tablet")],
    ),
    "moves too much": ([PHONE], [replace(PHONE, rx_bytes=1101)], [("traffic", "phone")]),
    "moves as much as it may": ([PHONE], [replace(PHONE, rx_bytes=1100)], []),
    "moves too much in both directions together": (
        [PHONE],
        [replace(PHONE, rx_bytes=700, tx_bytes=700)],
        [("traffic", "phone")],
    ),
    "begins to count anew": ([PHONE], [replace(PHONE, rx_bytes=50, tx_bytes=60)], []),
    "begins to count anew, and has moved too much": (
        [replace(PHONE, rx_bytes=5000)],
        [replace(PHONE, rx_bytes=1001)],
        [("traffic", "phone")],
    ),
    "does not say what it moved": ([PHONE], [replace(PHONE, rx_bytes=None, tx_bytes=None)], []),
    "does not say whether it is online": ([PHONE], [replace(PHONE, online=None)], []),
    "comes and moves too much": (
        [PHONE],
        [replace(PHONE, online=True, rx_bytes=5000)],
        [("online", "phone"), ("traffic", "phone")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_device_that(case: str) -> None:
    before, after, expected = CASES[case]
    assert told(changes(before, after, traffic_over=1000)) == expected


def test_a_change_holds_both_looks() -> None:
    after = replace(PHONE, online=True)
    assert changes([PHONE], [after]) == [Change("online", PHONE, after)]


def test_without_a_limit_no_traffic_is_too_much() -> None:
    assert changes([PHONE], [replace(PHONE, rx_bytes=10**15)]) == []
