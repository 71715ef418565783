# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of the journal: what a replacement takes away, line by line, and when one is needed."""

from __future__ import annotations

import json
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
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.steps import Step
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.taken import (
    Entry,
    TakenUser,
    at_stake,
    entry_of,
    first_line,
    line,
    note_of,
    read_entry,
)

OLD = PortForward(7, 443, 8443, "tcp", "HTTPS")
NEW = PortForward(None, 443, 80, "tcp", "HTTPS")
ENTRY = Entry(
    5,
    12.5,
    (TakenUser("ann", None, None, {"up": 5}), TakenUser("ben", 3, "key")),
    {"web": 17, "late": None},
    (LostForward("web", NEW), LostForward("ann", PortForward(None, 80, 80, "udp", ""))),
    frozenset({7, 9}),
)


def test_an_entry_is_read_as_it_was_written() -> None:
    text = first_line(ENTRY, "digest")
    assert read_entry(text, "digest") == ENTRY
    assert "was cut off" in json.loads(text)["about"]


@pytest.mark.parametrize(
    ("note", "changed"),
    [
        ({"making": "ann"}, {"making": frozenset({"ann"})}),
        ({"made": "ann", "id": 8}, {"made": {"ann": 8}}),
        ({"made": "ann", "id": None}, {}),
        ({"stands": 1}, {"standing": frozenset({1})}),
        ({"limited": "ann"}, {"limited": frozenset({"ann"})}),
        ({"reported": True}, {"reported": True}),
        ({"something": "newer"}, {}),
    ],
)
def test_a_line_more(note: dict[str, Any], changed: dict[str, Any]) -> None:
    text = first_line(ENTRY, "digest") + line(note)
    wanted = Entry(**{**ENTRY.__dict__, **changed})
    assert read_entry(text, "digest") == wanted
    # What was noted stays, and so does it beside half a line.
    assert read_entry(text + line({"making": "x"}) + '{"mad', "digest").made == wanted.made
    assert wanted.with_note({}) == wanted


@pytest.mark.parametrize(
    "spoilt",
    [
        {"format": "premiervpn.wireguard journal 2"},
        {"portal": "another"},
        {"server": None},
        {"removed": ["x"]},
        {"owners": {"web": "x"}},
        {"users": [{"name": "a", "id": 1, "public_key": None, "bandwidth": [5]}]},
        {"users": [{"name": 5, "id": 1, "public_key": None, "bandwidth": None}]},
        {"users": [{"name": "a"}]},
    ],
)
def test_what_is_no_entry(spoilt: dict[str, Any]) -> None:
    data = {**json.loads(first_line(ENTRY, "digest")), **spoilt}
    with pytest.raises(ValueError, match=r"it (is|holds)|invalid literal"):
        read_entry(json.dumps(data) + "\n", "digest")


def test_of_a_group() -> None:
    before = Current(
        {"ann": User(3, "ann"), "web": User(17, "web")},
        {"web": (OLD,)},
        {"ann": "key"},
    )
    group = (
        Step("delete", "ann"),
        Step("create", "ann"),
        Step("create", "ann", NEW),
        Step("delete", "web", OLD),
        Step("create", "web", NEW),
    )
    entry = entry_of(5, 1.0, group, before, {"ann": {"up": 5}})
    assert entry.users == (TakenUser("ann", 3, "key", {"up": 5}),)
    assert (entry.owners, entry.removed) == ({"web": 17}, {7})
    assert entry.rules == (LostForward("ann", NEW), LostForward("web", NEW))
    notes = [note_of(entry, step, 8) for step in group]
    assert notes == [None, {"made": "ann", "id": 8}, {"stands": 0}, None, {"stands": 1}]
    assert note_of(entry, Step("create", "web", OLD)) is None, "nobody waits for that one"


def _declared(comment: str | None = "HTTPS", **options: Any) -> Desired:
    forward = DesiredForward(443, 80, comment=comment)
    return Desired((DesiredUser("web", port_forwards=(forward,), **options),))


NEW_KEYS = (Step("delete", "web"), Step("create", "web"))
REPLACED = (Step("delete", "web", OLD), Step("create", "web", NEW))


@pytest.mark.parametrize(
    ("group", "desired", "settings", "wanted"),
    [
        # The declaration alone leads there.
        (REPLACED, _declared(), False, False),
        (NEW_KEYS, _declared(), False, False),
        # Nobody declares the comment, the rule, or that the user is to be.
        (REPLACED, _declared(None), False, True),
        (REPLACED, Desired((DesiredUser("web"),)), False, True),
        (
            REPLACED,
            Desired((DesiredUser("ann", port_forwards=(DesiredForward(443, 80),)),)),
            False,
            True,
        ),
        (NEW_KEYS, _declared(may_create=False), False, True),
        (REPLACED, _declared(may_create=False), False, False),
        (NEW_KEYS, _declared(), True, True),
    ],
)
def test_whether_anything_is_at_stake(
    group: tuple[Step, ...], desired: Desired, settings: bool, wanted: bool
) -> None:
    assert at_stake(group, desired, settings) == wanted
