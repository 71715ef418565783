# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of looks is read as it was written; what is anything else is not believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.memory import (
    Look,
    Memory,
    memory_text,
    read_memory,
)

RULE = PortForward(7, 443, 8443, "tcp", "HTTPS", "active", "2026-01-01T00:00:00Z")
MEMORY = Memory(
    {"web": Look(17, 12.5, "digest", (RULE, PortForward(8, 80, 80, "udp", "")))},
    {"ann": {"token": 3.5}, "ben": {"token": 4, "other": 5}},
    {"web": 2.5},
)


def test_it_is_read_as_it_was_written() -> None:
    found = read_memory(memory_text(MEMORY, "portal", 5), "portal", 5)
    assert found == MEMORY
    assert found.looks["web"].rules[0].status == "active"
    assert found.looks["web"].rules[0].created_at == "2026-01-01T00:00:00Z"


def _rule(number: int, value: Any) -> Callable[[Any], None]:
    def spoil(data: Any) -> None:
        data["looks"]["web"]["rules"][0][number] = value

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        _rule(0, "7"),
        _rule(0, True),
        _rule(1, None),
        _rule(2, 80.5),
        _rule(3, "sctp"),
        _rule(4, None),
        lambda data: data["looks"]["web"]["rules"][0].pop(),
        lambda data: data["looks"]["web"].update(id=True),
        lambda data: data["looks"]["web"].update(at="now"),
        lambda data: data["looks"]["web"].update(declared=None),
        lambda data: data["written"].update(web=True),
        lambda data: data["writing"].update(ann=[]),
        lambda data: data.update(server=6),
        lambda data: data.pop("written"),
    ],
)
def test_what_is_no_memory_is_not_believed(spoil: Callable[[Any], None]) -> None:
    data = json.loads(memory_text(MEMORY, "portal", 5))
    spoil(data)
    with pytest.raises(ValueError, match=r"not a memory of looks|another's"):
        read_memory(json.dumps(data), "portal", 5)


@pytest.mark.parametrize("status", [["x"], {"x": 1}, 1.5, "x" * 201])
def test_what_else_the_portal_said_of_a_rule_is_kept_where_it_is_plain(status: Any) -> None:
    data = json.loads(memory_text(MEMORY, "portal", 5))
    _rule(5, status)(data)
    assert read_memory(json.dumps(data), "portal", 5).looks["web"].rules[0].status is None
