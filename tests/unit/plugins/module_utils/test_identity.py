# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which budget it is: one for each portal and key, however they are spelt."""

from __future__ import annotations

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing.identity import (
    canonical,
    identity,
)

URL = "https://portal.example.net/api/wg"
KEY = "wg_key"
BOOT = bytes(16)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://portal.example.net/api/wg",
        "https://portal.example.net/api/wg/",
        "https://portal.example.net/api/wg//",
        "HTTPS://portal.example.net/api/wg",
        "https://Portal.EXAMPLE.net/api/wg",
        "https://portal.example.net:443/api/wg",
        "https://portal.example.net./api/wg",
        "https://portal.example.net/%61pi/w%67",
        "https://portal.example.net//api/./x/../wg",
        " https://portal.example.net/api/wg ",
    ],
)
def test_one_portal_has_one_budget(spelling: str) -> None:
    assert canonical(spelling) == URL
    assert identity(spelling, f" {KEY}\n", 60, BOOT) == identity(URL, KEY, 60.0, BOOT)


@pytest.mark.parametrize(
    "other",
    [
        "http://portal.example.net/api/wg",
        "https://portal.example.net:444/api/wg",
        "https://portal.example.net:80/api/wg",
        "https://portal.example.org/api/wg",
        "https://portal.example.net/api",
        "https://portal.example.net/API/wg",
        "https://portal.example.net/api%2Fwg",
        "https://portal.example.net",
    ],
)
def test_another_portal_has_another(other: str) -> None:
    assert identity(other, KEY, 60.0, BOOT) != identity(URL, KEY, 60.0, BOOT)


def test_escapes_in_one_case() -> None:
    assert canonical("https://a.example/b%2fc") == canonical("https://a.example/b%2Fc")


@pytest.mark.parametrize("url", ["http://[::1]:8080/api", "http://[::1", "", "no url", "a:b:c"])
def test_whatever_it_is_it_has_one(url: str) -> None:
    assert identity(url, KEY, 60.0, BOOT) == identity(url, KEY, 60.0, BOOT)


def test_an_address_keeps_its_brackets() -> None:
    assert canonical("http://[::1]:8080/api/") == "http://[::1]:8080/api"
    assert canonical("http://[::1]:80") == "http://[::1]"


def test_another_key_or_window_or_boot_has_another() -> None:
    ours = identity(URL, KEY, 60.0, BOOT)
    for other in (
        identity(URL, KEY + "2", 60.0, BOOT),
        identity(URL, KEY, 30.0, BOOT),
        identity(URL, KEY, 60.0, b"\1" * 16),
    ):
        assert other.name != ours.name
        assert other.seal != ours.seal


def test_the_name_tells_nothing_of_the_seal() -> None:
    name, seal = identity(URL, KEY, 60.0, BOOT)
    assert len(seal) == 32
    assert name not in seal.hex()
