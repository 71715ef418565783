# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any JSON at all gives a value or a ``ShapeError``, never another exception and never a value in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._api import parsing
from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    ShapeError,
)

from .strategies import examples, hypothesis, st

PARSERS: list[Callable[[Any], Any]] = [
    parsing.servers,
    parsing.users,
    parsing.devices,
    parsing.port_forwards,
    lambda body: parsing.user(body, 1),
    parsing.created_user,
    parsing.created_port_forward,
    parsing.next_link,
]

KEYS = (
    *("data", "servers", "users", "user", "port_forwards", "port_forward", "status", "devices"),
    *("id", "assignment_id", "client_name", "config", "keys", "next", "links", "meta"),
    *("external_port", "internal_port", "protocol", "comment", "online", "rx_bytes"),
)
SECRET = "wg-secret-value"

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from((SECRET, "tcp", "both", "7", "", "9" * 30, "\ud800", "²")),
    st.text(max_size=5),
)
keys = st.one_of(st.sampled_from(KEYS), st.text(max_size=5))
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=8,
)
items = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(KEYS, leaves) | {"keys": st.dictionaries(keys, leaves, max_size=2)},
)
likely = st.one_of(
    items,
    st.lists(items, max_size=3),
    st.dictionaries(st.sampled_from(KEYS[:8]), st.one_of(items, st.lists(items, max_size=3))),
)


@hypothesis.given(st.one_of(anything, likely))
@examples(250)
def test_any_json(body: Any) -> None:
    for parse in PARSERS:
        said = refusal(lambda parse=parse: parse(body))
        assert said is None or (SECRET not in said and said.isprintable())


def refusal(read: Callable[[], Any]) -> str | None:
    """What a reader refuses to read something with; any other exception is a failure."""
    try:
        read()
    except ShapeError as exc:
        return str(exc)
    return None


@hypothesis.given(st.one_of(st.integers(-5, 70000), st.text(max_size=4), leaves))
@examples(300)
def test_a_number_is_read_or_refused(value: Any) -> None:
    said = refusal(lambda: parsing.integer(value, "it"))
    if said is None:
        assert int(str(value).strip()) == parsing.integer(value, "it")
    else:
        assert said == "it is not a whole number"


def test_a_number_among_control_characters() -> None:
    """Shrunk: `strip` takes away what `int` does not, and the wrong exception came of it."""
    assert parsing.integer("0\x1f", "it") == 0


def test_very_deep() -> None:
    body: Any = []
    for _level in range(50_000):
        body = [body]
    for parse in PARSERS:
        refusal(lambda parse=parse: parse(body))
    with pytest.raises(ShapeError):
        parsing.users(body)
