# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an open entry may be given back: laws over random entries, servers and declarations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    LostForward,
    PortForward,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import Current
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    Desired,
    DesiredForward,
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.giving_back import (
    MAX_AGE,
    GivenBack,
    give_back,
    summary,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.taken import (
    Entry,
    TakenUser,
    first_line,
    line,
    read_entry,
)

from .strategies import NAMES, declarations, examples, hypothesis, names, rules, st

given = hypothesis.given
NOTHING = Desired(())
ids = st.integers(1, 4)


@st.composite
def entries(draw: Any) -> Entry:
    """Users that are made again, and owners of others; rules of both; anything noted."""
    replaced = draw(st.sets(names, max_size=2))
    users = tuple(
        TakenUser(name, draw(ids), "key", draw(st.sampled_from([None, {"up": 5}])))
        for name in sorted(replaced)
    )
    owners = {name: draw(ids) for name in NAMES if name not in replaced}
    kept: list[LostForward] = []
    for name, rule in draw(st.lists(st.tuples(names, rules), max_size=4)):
        taken = {(k.rule.external_port, p) for k in kept for p in k.rule.protocols}
        if not taken & {(rule.external_port, p) for p in rule.protocols}:
            kept.append(LostForward(name, rule))
    owners = {
        name: number for name, number in owners.items() if any(k.client_name == name for k in kept)
    }
    made = draw(st.dictionaries(st.sampled_from(sorted(replaced)), ids)) if replaced else {}
    making = set(made) | (draw(st.sets(st.sampled_from(sorted(replaced)))) if replaced else set())
    standing = draw(st.sets(st.integers(0, len(kept) - 1))) if kept else set()
    return Entry(
        5,
        0.0,
        users,
        owners,
        tuple(kept),
        draw(st.frozensets(st.integers(50, 53))),
        frozenset(making),
        made,
        frozenset(standing),
    )


@st.composite
def currents(draw: Any) -> Current:
    held = {name: draw(ids) for name in NAMES if draw(st.booleans())}
    users = {name: User(number, name) for name, number in held.items()}
    forwards: dict[str, tuple[PortForward, ...]] = dict.fromkeys(users, ())
    slots: set[Any] = set()
    for name, rule in draw(st.lists(st.tuples(names, rules), max_size=5)):
        wanted = {(rule.external_port, p) for p in rule.protocols}
        if name in users and not wanted & slots:
            slots |= wanted
            made = replace(rule, id=draw(st.integers(50, 59)))
            forwards[name] = (*forwards[name], made)
    return Current(users, forwards)


def slots_of(found: GivenBack) -> list[tuple[str, int, str]]:
    return [(r.client_name, r.rule.external_port, p) for r in found.rules for p in r.rule.protocols]


@given(entries(), currents(), declarations(), st.sampled_from([0.0, MAX_AGE - 1, MAX_AGE + 1]))
@examples(300)
def test_it_only_gives_back_into_empty_places(
    entry: Entry, current: Current, desired: Desired, now: float
) -> None:
    found = give_back(entry, desired, current, now)
    held = {
        (rule.external_port, p)
        for rs in current.forwards.values()
        for rule in rs
        for p in rule.protocols
    }
    declared = {user.client_name: user for user in desired.users}
    for name, port, protocol in slots_of(found):
        assert (port, protocol) not in held
        target = desired.targets.get((port, protocol))
        assert target is None or target.client_name == name
        assert (name, (port, protocol)) not in desired.unwanted
        there = current.users.get(name)
        assert name in found.make or there is not None
        if there:
            taken = entry.user(name)
            assert (there.id == entry.owners.get(name)) if taken is None else there.id != taken.id
            if taken and name in entry.made:
                assert there.id == entry.made[name]
    for name in found.make:
        assert name not in current.users
        assert declared[name].present
    if now > MAX_AGE:
        assert not found.group()
        assert not found.limits
    # The steps are creations alone.
    assert {step.action for step in found.group()} <= {"create"}
    assert all(step.restored for step in found.group())


@given(entries(), currents(), declarations(), st.sampled_from([0.0, MAX_AGE + 1]))
@examples(300)
def test_each_rule_stands_or_is_given_back_or_told(
    entry: Entry, current: Current, desired: Desired, now: float
) -> None:
    found = give_back(entry, desired, current, now)
    text = "\n".join((*found.lost, *found.waiting))
    absent = {u.client_name for u in desired.users if not u.present}
    present = {u.client_name for u in desired.users if u.present}
    for number, kept in enumerate(entry.rules):
        name, taken = kept.client_name, entry.user(kept.client_name)
        there = current.users.get(name)
        if number in entry.standing or name in absent:
            continue
        if desired.purge_users and name not in present:
            continue
        if taken and there and there.id == taken.id:
            continue  # nothing was taken from this user
        for protocol in kept.rule.protocols:
            slot = (kept.rule.external_port, protocol)
            holder = [
                (n, r)
                for n, rs in current.forwards.items()
                for r in rs
                if r.external_port == slot[0] and protocol in r.protocols
            ]
            stands = any(
                (n == name and r.same_rule(replace(kept.rule, protocol=r.protocol)))
                or r.id in entry.removed
                for n, r in holder
            )
            given_back = (name, *slot) in slots_of(found)
            told = any(
                replace(kept, rule=replace(kept.rule, protocol=part)).text() in text
                for part in (protocol, "both")
            )
            assert stands or given_back or told, (kept, found)


@given(entries(), st.lists(st.sampled_from([{"reported": True}, {"making": "ann"}, {"stands": 0}])))
def test_what_was_written_is_read(entry: Entry, notes: list[dict[str, Any]]) -> None:
    bare = replace(entry, making=frozenset(), made={}, standing=frozenset())
    text = first_line(bare, "digest")
    expected = bare
    for note in notes:
        text += line(note)
        expected = expected.with_note(note)
    assert read_entry(text, "digest") == expected
    # A line that was not finished counts for nothing.
    assert read_entry(text + '{"stands": 1', "digest") == expected


@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]\n", "{}\n", '{"format": "x", "portal": "digest"}\n', "[" * 100000, "\0\n"],
)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_entry(text, "digest")


def test_an_entry_of_another_portal_is_refused() -> None:
    with pytest.raises(ValueError, match="another portal"):
        read_entry(first_line(Entry(5, 0.0), "other"), "digest")


RULE = PortForward(None, 443, 8443, "both", "x")
TAKEN = Entry(5, 0.0, (TakenUser("ann", 1, "key", {"up": 5}),), {}, (LostForward("ann", RULE),))


def server(**users: int) -> Current:
    return Current({n: User(i, n) for n, i in users.items()}, dict.fromkeys(users, ()))


def test_a_user_that_still_has_its_id_lost_nothing() -> None:
    assert give_back(TAKEN, NOTHING, server(ann=1), 0) == GivenBack()


def test_who_was_made_by_the_cut_off_run_gets_all_back() -> None:
    found = give_back(replace(TAKEN, making=frozenset({"ann"})), NOTHING, server(ann=2), 0)
    assert found == GivenBack((), (LostForward("ann", RULE),), ("ann",))


def test_who_was_made_by_somebody_else_gets_nothing_and_it_is_told() -> None:
    found = give_back(TAKEN, NOTHING, server(ann=2), 0)
    assert not found.group()
    assert "443/both -> 8443 (x) of user 'ann' (its user is another one now)" in found.lost


def test_who_was_made_and_removed_since_does_not_come_back() -> None:
    entry = replace(TAKEN, making=frozenset({"ann"}), made={"ann": 2})
    found = give_back(entry, Desired((DesiredUser("ann"),)), server(), 0)
    assert not found.group()
    assert "its user was removed since" in found.lost[0]


def test_who_is_missing_waits_for_a_task_that_names_it() -> None:
    found = give_back(TAKEN, NOTHING, server(), 0)
    assert not found.group()
    assert not found.lost
    assert found.waiting[0] == "user 'ann'"
    named = Desired((DesiredUser("ann", may_create=False),))
    found = give_back(TAKEN, named, server(), 0)
    assert found == GivenBack(("ann",), (LostForward("ann", RULE),), ("ann",))


@pytest.mark.parametrize(
    "desired",
    [Desired((DesiredUser("ann", present=False),)), Desired((), purge_users=True)],
)
def test_who_is_to_be_absent_ends_the_entry(desired: Desired) -> None:
    assert give_back(TAKEN, desired, server(), 0) == GivenBack()


def test_half_of_a_rule_is_given_back_where_the_other_half_is_held() -> None:
    current = server(ann=2, ben=3).with_forward("ben", PortForward(9, 443, 1, "udp"))
    found = give_back(replace(TAKEN, making=frozenset({"ann"})), NOTHING, current, 0)
    assert [r.rule.text() for r in found.rules] == ["443/tcp -> 8443 (x)"]
    assert found.lost == ("443/udp -> 8443 (x) of user 'ann' (user 'ben' holds it: 443/udp -> 1)",)


def test_what_the_task_declares_otherwise_is_told() -> None:
    forward = DesiredForward(443, 1, "tcp")
    desired = Desired((DesiredUser("ann", port_forwards=(forward,)),))
    found = give_back(replace(TAKEN, making=frozenset({"ann"})), desired, server(ann=2), 0)
    assert [r.rule.protocol for r in found.rules] == ["udp"]
    assert "443/tcp -> 8443 (x) of user 'ann' (the task declares it otherwise)" in found.lost


FAILED: dict[str, Any] = {"rules": [LostForward("ben", RULE).result()], "owners": {"ben": 3}}


def test_what_a_failed_run_could_not_put_back_goes_to_a_user_it_took_from() -> None:
    """The replacement gave ann a port of ben's: ben's rule is written down only when putting back failed."""
    entry = replace(TAKEN, making=frozenset({"ann"}), made={"ann": 2}).with_note(FAILED)
    found = give_back(entry, NOTHING, server(ann=2, ben=3), 0)
    assert found.rules == (LostForward("ben", RULE),)
    found = give_back(entry, NOTHING, server(ann=2, ben=4), 0)
    assert found.lost[0] == "443/both -> 8443 (x) of user 'ben' (its user is another one now)"


def test_a_rule_whose_user_is_not_known_is_told() -> None:
    entry = TAKEN.with_note({"rules": FAILED["rules"]})
    found = give_back(entry, NOTHING, server(ann=1, ben=3), 0)
    assert found.lost == ("443/both -> 8443 (x) of user 'ben' (whose it was is not known)",)


KEPT = PortForward(None, 443, 8443, "tcp", "HTTPS")


@pytest.mark.parametrize(
    ("holder", "comment", "given_back", "why"),
    [
        (None, "", True, None),
        ("web", "HTTPS", False, None),
        ("web", "another", False, "user 'web' holds it"),
        ("ann", "HTTPS", False, "user 'ann' holds it"),
    ],
)
def test_a_rule_whose_port_somebody_holds(
    holder: str | None, comment: str, given_back: bool, why: str | None
) -> None:
    """It stands, or it is lost and that is said; nothing is created on a port that is held."""
    entry = Entry(5, 0.0, owners={"web": 17}, rules=(LostForward("web", KEPT),))
    held = replace(KEPT, id=50, comment=comment)
    current = Current(
        {"web": User(17, "web"), "ann": User(18, "ann")},
        {"web": (), "ann": (), **({holder: (held,)} if holder else {})},
    )
    found = give_back(entry, NOTHING, current, 0.0)
    assert found.rules == ((LostForward("web", KEPT),) if given_back else ())
    assert [why in text for text in found.lost if why] == ([True] if why else [])
    assert len(found.lost) == (why is not None)


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (None, "its user was removed since"),
        (User(18, "web"), "its user is another one now"),
    ],
)
def test_a_rule_whose_user_is_not_there(there: User | None, why: str) -> None:
    entry = Entry(5, 0.0, owners={"web": 17}, rules=(LostForward("web", KEPT),))
    current = Current({"web": there} if there else {}, {"web": ()} if there else {})
    (said,) = give_back(entry, NOTHING, current, 0.0).lost
    assert said.endswith(f"({why})")


def test_what_is_given_back_in_words() -> None:
    found = GivenBack(make=("ann",), rules=(LostForward("ann", KEPT),))
    first, second = summary(found)
    assert first == "user 'ann'"
    assert "443/tcp -> 8443 (HTTPS)" in second
