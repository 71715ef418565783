# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of the event source: each thing once, and when it is over."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import (
    WaitRefusedError,
    WireguardError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.notices import Notices
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.progress import Wait

DOWN, OTHER = WireguardError("down"), WireguardError("other")


def test_what_fails_for_long_is_told_when_it_begins_when_it_changes_and_when_it_is_over() -> None:
    lines: list[str] = []
    notices = Notices(lines.append, 30)
    for error in (DOWN, DOWN, OTHER, OTHER):
        notices.failed("server 5", error)
    notices.answered("server 5")
    notices.answered("server 5")
    notices.failed("server 5", DOWN)
    kept = "; what was seen last is kept, looking again every 30 s"
    assert lines == [
        f"server 5: down{kept}",
        f"server 5: other{kept}",
        "server 5: the portal answers again, after 4 looks that failed",
        f"server 5: down{kept}",
    ]


def test_looks_that_are_left_out_are_said_once_however_long_a_wait_would_be() -> None:
    lines: list[str] = []
    notices = Notices(lines.append, 30)
    for seconds in (59.9, 29.9):
        error = WaitRefusedError(f"it would wait {seconds} s", method="GET", path="/servers")
        notices.left_out("server 5", error)
    notices.answered("server 5")
    notices.answered("server 5")
    assert lines == [
        "server 5: it would wait 59.9 s; this look is left out, the next look is in 30 s",
        "server 5: there is room in the rate limit again, 2 looks were left out",
    ]


def test_a_look_that_fails_says_what_is_done_about_it() -> None:
    lines: list[str] = []
    Notices(lines.append, 30).failed("server 5", DOWN, "it is given up")
    assert lines == ["server 5: down; what was seen last is kept, it is given up"]


def test_each_server_has_its_own_trouble() -> None:
    lines: list[str] = []
    notices = Notices(lines.append, 5)
    notices.failed("server 5", DOWN)
    notices.failed("server 6", DOWN)
    notices.answered("server 6")
    assert [line.partition(":")[0] for line in lines] == ["server 5", "server 6", "server 6"]
    assert lines[-1].endswith("after 1 look that failed")


def test_a_warning_is_told_once() -> None:
    lines: list[str] = []
    notices = Notices(lines.append, 5)
    for warning in (None, "alone", "alone", None, "alone"):
        notices.warned(warning)
    assert lines == ["alone"]


def test_of_many_waits_one_is_told_and_no_short_one() -> None:
    lines: list[str] = []
    notices = Notices(lines.append, 5)
    for seconds in (0.9, 12.0, 11.0, 10.0):
        notices.waits(Wait(seconds, 3))
    assert lines == ["the event source waits 12 s for the rate limit, 3 requests are left"]


def test_a_wait_that_is_refused_is_not_announced() -> None:
    lines: list[str] = []
    Notices(lines.append, 5, 15).waits(Wait(20.0, 1))
    assert lines == []
