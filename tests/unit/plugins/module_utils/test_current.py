# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a server is a value: changing it makes another one."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.current import (
    Current,
    in_order,
    lines_of,
)

TCP = PortForward(1, 80, 8080, "tcp", "web", status="active", created_at="2026-06-01")
UDP = PortForward(2, 80, 8080, "udp")
ANN = User(1, "ann", "10.66.66.2", online=True, rx_bytes=5)


def test_users_come_with_no_rules_and_take_theirs_with_them() -> None:
    empty = Current()
    one = empty.with_user(ANN)
    assert one.forwards == {"ann": ()}
    full = one.with_forward("ann", TCP).with_forward("ann", UDP)
    assert full.forwards["ann"] == (TCP, UDP)
    assert full.without_forward("ann", TCP).forwards["ann"] == (UDP,)
    assert full.without_user("ann") == empty
    assert one.forwards == {"ann": ()}


def test_of_two_equal_rules_the_very_one_is_removed() -> None:
    planned = [PortForward(None, 80, 1, "tcp"), PortForward(None, 80, 1, "tcp")]
    state = Current({"ann": ANN}, {"ann": tuple(planned)})
    (left,) = state.without_forward("ann", planned[1]).forwards["ann"]
    assert left is planned[0]


def test_a_line_for_each_fact_holds_nothing_that_changes_by_itself() -> None:
    assert lines_of("ann", (UDP, TCP)) == [
        "user ann",
        "ann: 80/tcp -> 8080 (web)",
        "ann: 80/udp -> 8080",
    ]
    assert lines_of("ben") == ["user ben"]
    assert lines_of("b\x1b[31m\n", None) == [
        "user b\\x1b[31m\\n",
        "b\\x1b[31m\\n: its port forwards",
    ]


def test_the_order_of_rules_is_that_of_ports_then_protocols() -> None:
    high = PortForward(3, 443, 1, "both")
    assert in_order([high, UDP, TCP]) == [TCP, UDP, high]
