# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that belong together are reserved at once, and what of them is not used is given back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import WaitRefusedError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.budget import Budget
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.pacer import Pacer
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.progress import (
    Wait,
    Work,
)

pytestmark = pytest.mark.once

Made = Callable[[int], Budget]


@pytest.fixture
def budget(tmp_path: Path) -> Made:
    return lambda limit: Budget("http://[::1]", "key", limit, directory=str(tmp_path))


def send(some: Budget, requests: int = 1) -> None:
    for _request in range(requests):
        assert some.ticket().wait() == 0.0


def test_what_is_reserved_counts_until_it_is_used_or_given_back(budget: Made) -> None:
    some = budget(5)
    reserved = some.reservation(3)
    assert (reserved.wait(), some.remaining()) == (0.0, 2)
    assert (reserved.wait(), some.remaining()) == (0.0, 2)
    reserved.use_one()
    send(some)
    assert some.remaining() == 2, "one went out in the place of one that was reserved"
    reserved.release()
    reserved.release()
    assert some.remaining() == 4
    reserved.use_one()
    assert some.remaining() == 4


def test_it_waits_until_there_is_room_for_all(budget: Made) -> None:
    some = budget(3)
    send(some)
    assert 50 < some.reservation(3).wait() <= 60.5
    assert some.remaining() == 0, "its room is kept"


def test_more_than_the_limit_are_as_many_as_it_allows(budget: Made) -> None:
    some = budget(3)
    assert some.reservation(99).wait() == 0.0
    assert some.remaining() == 0


def test_where_nothing_is_paced_nothing_is_reserved(budget: Made) -> None:
    reserved = budget(0).reservation(3)
    assert reserved.wait() == 0.0
    reserved.use_one()
    reserved.release()
    assert budget(5).remaining() == 5


def test_in_a_reserved_stretch_nothing_waits(budget: Made) -> None:
    some = budget(2)
    pacer = Pacer(some, max_wait=0)
    with pacer.reserved(1):
        assert some.remaining() == 1
        pacer.expect(9)
        for _request in range(4):  # more than were reserved, and more than the limit
            pacer.wait_for_turn("POST", "/users/1/port-forwards", None)
    assert some.remaining() == 0
    with pytest.raises(WaitRefusedError):
        pacer.wait_for_turn("GET", "/servers", None)


def test_what_the_stretch_did_not_need_is_given_back(budget: Made) -> None:
    some = budget(4)
    pacer = Pacer(some, max_wait=0)
    with pacer.reserved(3):
        pacer.wait_for_turn("DELETE", "/port-forwards/7", None)
        assert some.remaining() == 1
    assert some.remaining() == 3


def test_requests_that_can_not_all_go_out_in_time_are_refused_before_the_first(
    budget: Made,
) -> None:
    some = budget(2)
    pacer = Pacer(some, max_wait=0)
    pacer.expect(2)  # they can, at once
    send(some, 2)
    pacer.expect(1)  # a single one says so itself
    with pytest.raises(WaitRefusedError, match="2 requests are needed"):
        pacer.expect(2)


def test_who_is_refused_a_wait_learns_of_which_request(budget: Made) -> None:
    some = budget(1)
    send(some)
    with pytest.raises(WaitRefusedError, match="rate_limit is used up") as refused:
        Pacer(some, max_wait=5).wait_for_turn("GET", "/servers", None)
    error = refused.value.result()["error"]
    assert (error["method"], error["path"]) == ("GET", "/servers")


def test_a_wait_is_shown_with_its_seconds(budget: Made) -> None:
    some = budget(1)
    send(some)
    shown: list[Wait | Work] = []

    def show(what: Wait | Work) -> None:
        shown.append(what)
        raise KeyboardInterrupt  # or it would be waited

    pacer = Pacer(some, 1000, show)
    pacer.expect(7)
    with pytest.raises(KeyboardInterrupt):
        pacer.wait_for_turn("GET", "/servers", None)
    (wait,) = shown
    assert isinstance(wait, Wait)
    assert 50 < wait.seconds <= 60.5
    assert wait.left == 7


def test_a_short_window_has_a_short_margin(tmp_path: Path) -> None:
    some = Budget("http://[::1]", "key", 1, window=1.0, directory=str(tmp_path))
    send(some)
    assert some.ticket().wait() <= 1.1


def test_why_nothing_is_shared(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    some = Budget("http://[::1]", "key", 1, directory=str(file))
    send(some)
    assert some.unshared_reason
    assert some.unshared_reason.endswith(": Not a directory")
