# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""never_template: foreign text stays what it is, on every ansible-core."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._unsafe import (
    could_be_template,
    harmless_name,
    never_template,
    shown_plainly,
)

try:
    from ansible.template import trust_as_template as template
except ImportError:  # before 2.19 every text was one

    def template(value: str) -> str:
        return value


VALUES: list[Any] = [
    "{{ 7*7 }}",
    ["{{ 7*7 }}", {"a": ["{% if x %}"]}],
    "#jinja2:variable_start_string:'[%',variable_end_string:'%]'\n[% 7*7 %]",
    {"a": {"b": "{{ 7*7 }}"}},
    None,
    True,
    5,
    "",
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_it_is_the_same_and_is_not_rendered(value: Any) -> None:
    kept = never_template({"value": value})
    assert kept == {"value": value}
    templar = Templar(DataLoader(), variables=kept)
    rendered = templar.template(template("{{ value }}"))
    # Before 2.19 nothing at all is an empty text.
    assert rendered == value or (value is None and rendered in (None, ""))
    if isinstance(value, str):
        assert templar.template(template("<{{ value }}>")) == f"<{value}>"


def test_a_text_of_ones_own_is_rendered() -> None:
    """Or the tests above would show nothing."""
    templar = Templar(DataLoader(), variables={"value": template("{{ 7*7 }}")})
    assert str(templar.template(template("{{ value }}"))) == "49"


TEMPLATES = [
    *("{{ x }}", "{% if x %}", "{# gone #}", "a }} b", "#jinja2:block_start_string:'<'\n<"),
    *("lookup('pipe', 'id')", "query ('pipe', 'id')", "1 if q('pipe', 'id') else 2"),
    *(
        "(lookup)('pipe', 'id')",
        "[lookup][0]('pipe', 'id')",
        "x | pipe",
        "x()",
        "'a'",
        '"a"',
        "`id`",
    ),
    *(
        "a\nb",
        "50 %",
        "a, b",
        "a #jinja2:b",
        "# x",
        "a\u200bb",
        "a\u202eb",
        "a = b",
        "~x",
        "!x",
        "\\",
    ),
]
TEXTS = [
    "",
    "phone",
    "rack 7/left",
    "Büro 2. Stock",
    "10.66.66.2",
    "fd00::1/64",
    "a@example.org",
    "2026-06-01T12:00:00+02:00",
    "lookup it up",
]


@pytest.mark.parametrize(
    ("text", "could"), [*((t, True) for t in TEMPLATES), *((t, False) for t in TEXTS)]
)
def test_what_could_be_a_template(text: str, could: bool) -> None:
    assert could_be_template(text) == could
    kept = never_template({"a": [text]})["a"][0]
    assert kept == text
    # The mark of ansible-core before 2.19: on what could be one, and on nothing else.
    marked = getattr(kept, "__UNSAFE__", False)
    assert marked in ((could, False) if could else (False,))
    assert shown_plainly({"a": [text]}) == {"a": [text]}


@pytest.mark.parametrize("text", TEXTS)
def test_a_needless_mark_is_taken_off(text: str) -> None:
    wrap_var = pytest.importorskip("ansible.utils.unsafe_proxy").wrap_var
    (plain,) = shown_plainly([wrap_var(text)])
    assert plain == text
    assert not getattr(plain, "__UNSAFE__", False)


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("phone", "phone"),
        ("web-1.example_net", "web-1.example_net"),
        ("Büro 7", "B_ro_7"),
        ("{{ x }}", "___x___"),
        ("a\x1b[1m\nb\u200b", "a__1m_b_"),
        ("#jinja2:x", "_jinja2_x"),
        ("../group_vars/prod", "_._group_vars_prod"),
        ("..", "_."),
        ("-oProxyCommand=id", "_oProxyCommand_id"),
        ("~root", "_root"),
        ("a[1:3],b:&c", "a_1_3__b__c"),
        ("x" * 300, "x" * 255),
        ("", ""),
    ],
)
def test_a_name_is_harmless(name: str, becomes: str) -> None:
    assert harmless_name(name) == becomes
    assert harmless_name(becomes) == becomes


def test_a_name_in_a_mapping_is_harmless() -> None:
    assert never_template([{"{{ 7*7 }}": 1, "a b": 2}]) == [{"__ 7_7 __": 1, "a b": 2}]
    # What ansible-core's JSON takes for one of its own types, in a cache or in an output.
    typed = {"__ansible_type": "x", "__ansible_unsafe": "x", "__ansible_vault": "x"}
    assert set(never_template(typed)) == {"ansible_type", "ansible_unsafe", "ansible_vault"}
