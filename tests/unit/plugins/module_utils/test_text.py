# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign text in messages can paint on no terminal and flood no log."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._text import (
    listing,
    show,
)

from .strategies import examples, hypothesis, st


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("müller", "müller"),
        ("", ""),
        (None, "None"),
        (7, "7"),
        ("a\nb", "a\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("\u00a0", "\\xa0"),
    ],
)
def test_show(value: Any, shown: str) -> None:
    assert show(value) == shown


def test_what_is_long_is_cut() -> None:
    assert show("x" * 301) == "x" * 300 + "..."
    assert show("x" * 300) == "x" * 300
    assert show("xyz", 2) == "xy..."


@hypothesis.given(st.text(), st.integers(1, 50))
@examples(300)
def test_whatever_it_is_one_printable_line_comes_out(value: str, limit: int) -> None:
    shown = show(value, limit)
    assert shown.isprintable()
    # The longest escape is that of a character outside the basic plane.
    assert len(shown) <= limit * len("\\U0010ffff") + len("...")


def test_listing() -> None:
    assert listing([]) == "none"
    assert listing(["b", "a"]) == "a, b"
    assert listing(["b", "a", "c"], limit=2) == "a, b and 1 more"
    assert listing(["a\nb"]) == "a\\nb"
    assert listing([""]) == "none"
