# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign text in messages can paint on no terminal and flood no log."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._text import (
    Scrubber,
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


KEY = "wg_live_Zm9vYmFy+/&<"
PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
NAMED = [
    f"PrivateKey = {PRIVATE}",
    f"PresharedKey={PRIVATE}",
    f"privatekey : {PRIVATE}",
    f'"client_private_key": "{PRIVATE}"',
    f"'preshared_key': '{PRIVATE}'",
    f"the pre-shared key is {PRIVATE}",
    f"the private key ({PRIVATE})",
    f"psk: {PRIVATE}",
    "PrivateKey = too-short-to-be-a-key",
    f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 10.66.66.2/32",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_key_after_such_a_name_is_shown_nowhere(text: str) -> None:
    for shown in (show(text), show(text, 30), Scrubber()(text)):
        assert not any(part in shown for part in (PRIVATE[:8], "too-short"))
    assert "***" in show(text)


def test_what_stands_around_a_key_is_kept() -> None:
    text = f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 10.66.66.2/32"
    assert Scrubber()(text) == "[Interface]\nPrivateKey = ***\nAddress = 10.66.66.2/32"


@pytest.mark.parametrize(
    "text",
    [
        f"the key {KEY} is not active",
        f"the key {KEY.upper()} is not active",
        "the key wg_live_Zm9vYmFy%2B%2F%26%3C is not active",
        "the key wg_live_Zm9vYmFy+/&amp;&lt; is not active",
        f"the key {PRIVATE} is not active",
    ],
)
def test_a_known_secret_is_taken_out_however_it_is_quoted(text: str) -> None:
    assert Scrubber(KEY)(text) == "the key *** is not active"


def test_a_bearer_is_no_part_of_a_message() -> None:
    assert Scrubber()("Authorization: Bearer abc.def") == "Authorization: Bearer ***"


@pytest.mark.parametrize(
    "text", ["", "plain", "a private key is missing", "web-server_" * 4, "the preshared keys"]
)
def test_what_is_no_secret_is_kept(text: str) -> None:
    assert Scrubber(KEY, "", "abc")(text) == text
    assert show(text) == text


@hypothesis.given(st.text(), st.text(alphabet="abcKEY+/=_-", min_size=4, max_size=60), st.text())
@examples(300)
def test_no_known_secret_is_left_and_twice_is_once(before: str, secret: str, after: str) -> None:
    scrub = Scrubber(secret)
    scrubbed = scrub(f"{before} {secret} {after}")
    assert secret not in scrubbed
    assert scrub(scrubbed) == scrubbed


def test_a_flood_is_read_in_no_time() -> None:
    """Nothing here takes longer than the text is long: the square of it would be minutes for each."""
    for piece in ("a", "psk/", "private_key ", "PrivateKey", "bearer ", "=" * 50, "a" * 43 + " "):
        flood = piece * (200_000 // len(piece))
        assert len(show(flood)) < 400
        Scrubber(KEY)(flood)


def test_a_text_is_cut_before_anything_is_looked_for_in_it() -> None:
    """And never so that a half of a secret is left, which nothing would recognize."""
    key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    for padding in range(4000, 4100):
        said = Scrubber("wg_known_key")(f"{'x' * padding} {key} wg_known_key " * 3)
        assert len(said) < 5000
        assert key[:8] not in said
        assert "wg_kno" not in said
    assert len(show("x" * 10_000_000)) < 400
    assert show("bad\r\n" + "x" * 5000) == "bad\\r..."
