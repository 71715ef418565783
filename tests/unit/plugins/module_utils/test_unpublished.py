# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields whose names nobody published: what counts as the same, as set, and as taken."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import parsing
from ansible_collections.premiervpn.wireguard.plugins.module_utils._applying.unpublished import (
    is_unset,
    merged,
    part,
    stands,
    validate_fields,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    DeclarationError,
    ShapeError,
)

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@pytest.mark.parametrize(
    ("given", "there"),
    [
        (50, 50),
        (50, "50"),
        ("50", 50),
        (50, 50.0),
        (1.5, "1.50"),
        ("1.5", 1.5),
        (-3, " -3 "),
        (10**30, str(10**30)),
        ("text", "text"),
        (None, None),
        (True, True),
        ([1, "2"], ["1", 2]),
        ([], []),
        ({"a": 1}, {"a": "1", "b": 2}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}),
        ({"a": None}, {}),
        ({"a": {}}, {"a": None}),
        ({5: 1}, {"5": 1}),
    ],
)
def test_what_stands(given: Any, there: Any) -> None:
    assert stands(given, there)


@pytest.mark.parametrize(
    ("given", "there"),
    [
        (50, 51),
        (50, None),
        (50, "50 Mbit/s"),
        ("050", "50"),
        ("a", "A"),
        (True, 1),
        (1, True),
        (False, None),
        (True, "true"),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        ([1], 1),
        ([1], {"0": 1}),
        ({"a": 1}, {}),
        ({"a": 1}, None),
        ({"a": 1}, [1]),
        ({"a": {"b": 1}}, {"a": {"c": 1}}),
        ({"a": {}}, {"a": 5}),
        (float("nan"), float("nan")),
    ],
)
def test_what_does_not_stand(given: Any, there: Any) -> None:
    assert not stands(given, there)


@hypothesis.given(OBJECTS, OBJECTS)
def test_what_is_predicted_stands(there: dict[str, Any], given: dict[str, Any]) -> None:
    after = merged(there, given)
    assert stands(given, after)
    assert stands(given, part(after, given))
    assert {k: v for k, v in after.items() if k not in given} == {
        k: v for k, v in there.items() if k not in given
    }


@hypothesis.given(OBJECTS)
def test_everything_stands_in_itself(given: dict[str, Any]) -> None:
    assert stands(given, given)
    assert part(given, given) == given


@pytest.mark.parametrize(
    "there", [None, {}, [], {"a": None}, {"a": None, "b": {"c": None}, "d": []}]
)
def test_unset(there: Any) -> None:
    assert is_unset(there)


@pytest.mark.parametrize("there", [0, "", False, {"a": 0}, {"a": {"b": ""}}, [None], {"a": [0]}])
def test_not_unset(there: Any) -> None:
    assert not is_unset(there)


def test_given_fields() -> None:
    assert validate_fields({5: 1, "a": None}, "limits") == {"5": 1, "a": None}
    for nothing in (None, {}):
        with pytest.raises(DeclarationError, match="limits names no field"):
            validate_fields(nothing, "limits")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (None, None),
        ([], None),
        ({}, {}),
        ({"dns": None}, None),
        ({"data": None}, None),
        ({"data": {"dns": None}}, None),
        ({"data": []}, None),
        ({"dns": {"a": 1}}, {"a": 1}),
        ({"data": {"a": 1}}, {"a": 1}),
        ({"data": {"dns": {"a": 1}}, "status": "ok"}, {"a": 1}),
        ({"dns": {"a": 1}, "server": 5}, {"a": 1}),
        ({"a": 1, "dns": ["192.0.2.53"]}, {"a": 1, "dns": ["192.0.2.53"]}),
        ({"dns": True}, {"dns": True}),
    ],
)
def test_every_envelope(body: Any, fields: Any) -> None:
    assert parsing.setting(body, "dns", {}) == fields


def test_an_envelope_that_is_none() -> None:
    body = {"dns": {"a": 1}, "data": {"b": 2}}
    assert parsing.setting(body, "dns", {"dns": 5}) == body
    assert parsing.setting(body, "dns", {"dns": 5, "data": 6}) == body
    assert parsing.setting({"data": body}, "dns", {"dns": 5}) == body
    assert parsing.setting(body, "dns", {"a": 1}) == {"b": 2}


@pytest.mark.parametrize("body", [5, "text", True, [1], [{"a": 1}]])
def test_no_setting(body: Any) -> None:
    with pytest.raises(ShapeError, match="dns is not an object"):
        parsing.setting(body, "dns", {})
