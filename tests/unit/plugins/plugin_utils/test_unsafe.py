# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""never_template: foreign text stays what it is, on every ansible-core."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._unsafe import never_template

try:
    from ansible.template import trust_as_template as template
except ImportError:  # before 2.19 every text was one

    def template(value: str) -> str:
        return value


VALUES: list[Any] = [
    "{{ 7*7 }}",
    ["{{ 7*7 }}", {"{{ 1 }}": ["{% if x %}"]}],
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
