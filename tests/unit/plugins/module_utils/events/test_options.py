# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the event source: what they may be, where else they come from, what is said of wrong ones."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._errors import OptionError
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.changes import TYPES
from ansible_collections.premiervpn.wireguard.plugins.module_utils._events.options import (
    validated_watch,
)

KEY = {"api_key": "wg_a_key"}


def test_a_key_is_all_it_takes() -> None:
    watch = validated_watch(KEY, {})
    assert watch.settings.api_key == "wg_a_key"
    assert watch.settings.api_url == "https://portal.premiervpn.net/api/wg"
    assert (watch.servers, watch.interval) == ((), 30.0)
    assert watch.events == frozenset(TYPES)
    assert watch.traffic_over is None
    assert (watch.settle, watch.catch_up) == (2, False)


def test_connection_options_come_from_the_environment_where_they_are_left_out_or_blank() -> None:
    environ = {
        "PREMIERVPN_API_KEY": "wg_of_the_environment",
        "PREMIERVPN_TIMEOUT": "7",
        "PREMIERVPN_MAX_WAIT": " ",
    }
    settings = validated_watch({"timeout": "", "rate_limit": 20}, environ).settings
    assert settings.api_key == "wg_of_the_environment"
    assert (settings.timeout, settings.rate_limit, settings.max_wait) == (7.0, 20, 300.0)
    assert validated_watch({**KEY, "timeout": 9}, environ).settings.timeout == 9.0
    assert validated_watch(KEY, environ).settings.api_key == "wg_a_key"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["fra1", 6], ("fra1", "6")),
        ("fra1, ams1", ("fra1", "ams1")),
        (5, ("5",)),
        ([], ()),
        ("", ()),
        (None, ()),
    ],
)
def test_servers(given: Any, expected: tuple[str, ...]) -> None:
    assert validated_watch({**KEY, "servers": given}, {}).servers == expected


def test_texts_of_numbers_and_lists_will_do_as_variables_give_them() -> None:
    given = {"interval": "5", "traffic_over": "1e9", "events": "online,traffic"}
    given |= {"settle": "3", "catch_up": "yes"}
    watch = validated_watch({**KEY, **given}, {})
    assert (watch.interval, watch.traffic_over) == (5.0, 1e9)
    assert watch.events == {"online", "traffic"}
    assert (watch.settle, watch.catch_up) == (3, True)


def test_devices_has_to_be_asked_for_by_name() -> None:
    assert "devices" not in validated_watch(KEY, {}).events
    assert validated_watch({**KEY, "events": ["devices"]}, {}).events == {"devices"}


def test_what_ansible_rulebook_adds_is_no_mistake() -> None:
    assert validated_watch({**KEY, "eda_feedback_queue": object()}, {}).servers == ()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a short interval": ({"interval": 4.9}, "interval must be at least 5 seconds, not 4.9"),
    "no interval": ({"interval": "soon"}, "interval is not a number: soon"),
    "a yes for an interval": ({"interval": True}, "interval is not a number: True"),
    "an endless interval": ({"interval": "inf"}, "interval is not a number: inf"),
    "an unknown event": (
        {"events": ["online", "Offline"]},
        "events has no event Offline; there are trouble, removed, added, online, offline, traffic, devices",
    ),
    "no event": ({"events": []}, "events names no event, so there would be nothing to send"),
    "traffic without a limit": (
        {"events": ["traffic"]},
        "traffic_over is needed: events names traffic, and nothing says how much is too much",
    ),
    "no looks": ({"settle": 0}, "settle must be a whole number of looks, at least 1, not 0"),
    "half a look": ({"settle": 1.5}, "settle must be a whole number of looks, at least 1, not 1.5"),
    "neither true nor false": (
        {"catch_up": "perhaps"},
        "catch_up is neither true nor false: perhaps",
    ),
    "less than nothing": ({"traffic_over": -1}, "traffic_over must be at least 0 bytes, not -1"),
    "servers that are none": ({"servers": [{"id": 5}]}, "servers is not a list of names"),
    "a server without a name": ({"servers": ["fra1", " "]}, "servers is not a list of names"),
    "a misspelt argument": ({"every": 30}, "no arguments: every (there are: api_key"),
    "a plain URL": ({"api_url": "http://example.net"}, "api_url is plain http to example.net"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong(case: str) -> None:
    given, message = WRONG[case]
    with pytest.raises(OptionError) as caught:
        validated_watch({**KEY, **given}, {})
    assert message in str(caught.value)
    assert "wg_a_key" not in str(caught.value)


def test_all_that_is_wrong_is_told_at_once_and_no_key() -> None:
    with pytest.raises(OptionError) as caught:
        validated_watch({"api_key": "two words", "interval": 1, "events": "none", "x": 1}, {})
    message = str(caught.value)
    for part in ("api_key holds white space", "interval must", "events has no", "no arguments: x"):
        assert part in message
    assert "two words" not in message
