# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, times and file names of the pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages import figures
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.handout import file_names

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

DASH = "\N{EN DASH}"
NOW = datetime(2026, 11, 25, 2, 41, 45, tzinfo=timezone.utc)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, DASH),
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (1234, "1.23 kB"),
        (9994, "9.99 kB"),
        (9996, "10.0 kB"),
        (99_940, "99.9 kB"),
        (99_960, "100 kB"),
        (999_400, "999 kB"),
        (999_600, "1.00 MB"),
        (1_500_000_000, "1.50 GB"),
        (2 * 10**12, "2.00 TB"),
        (3 * 10**15, "3.00 PB"),
        (10**18, "1.00 EB"),
        (10**22, "10000 EB"),
    ],
)
def test_sizes(count: int | None, text: str) -> None:
    assert plain(figures.size(count)) == text


@hypothesis.given(st.integers(1000, 999 * 10**18))
def test_a_size_has_three_digits_and_is_near(count: int) -> None:
    number, unit = plain(figures.size(count)).split()
    assert len(number.replace(".", "")) == 3
    power = {"kB": 3, "MB": 6, "GB": 9, "TB": 12, "PB": 15, "EB": 18}[unit]
    assert float(number) * 10**power == pytest.approx(count, rel=0.006)


def test_exact_numbers() -> None:
    assert figures.exact(1234567) == "1,234,567 bytes"
    assert figures.exact(None) is None
    assert [plain(figures.counted(n, "user")) for n in (0, 1, 1200)] == [
        *("0 users", "1 user", "1,200 users"),
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-90, "in 1 min"),
        (-59, "just now"),
        (0, "just now"),
        (1, "just now"),
        (2, "2 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (47 * 3600, "47 h ago"),
        (48 * 3600, "2 days ago"),
        (59 * 86400, "59 days ago"),
        (60 * 86400, "2 months ago"),
        (729 * 86400, "24 months ago"),
        (730 * 86400, "2 years ago"),
        (3650 * 86400, "10 years ago"),
    ],
)
def test_ages(seconds: int, text: str) -> None:
    assert plain(figures.age(NOW - timedelta(seconds=seconds), NOW)) == text


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-25T02:41:45Z",
        "2026-11-25T02:41:45.123456789Z",
        "2026-11-25 02:41:45",
        "2026-11-25 02:41:45 UTC",
        "2026-11-25T03:41:45+01:00",
        "2026-11-24T20:11:45-0630",
        1795574505,
        "1795574505",
        1795574505.25,
        1795574505123,
    ],
)
def test_times(value: Any) -> None:
    found = figures.time_of(value)
    assert isinstance(found, datetime)
    assert found.replace(microsecond=0) == NOW


@pytest.mark.parametrize(
    "value",
    [None, "", " ", True, False, 0, "0", "0001-01-01T00:00:00Z", "1970-01-01 00:00:00"],
)
def test_never(value: Any) -> None:
    assert figures.time_of(value) == "never"


@pytest.mark.parametrize(
    "value", ["2 minutes ago", "2026-13-45T99:99:99Z", "9" * 40, "2026-11-25", "<b>", "-5", "NaN"]
)
def test_a_time_in_the_portals_own_words(value: str) -> None:
    assert figures.time_of(value) == value


@hypothesis.given(st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.none()))
def test_any_value_is_a_time_or_words(value: Any) -> None:
    found = figures.time_of(value)
    if isinstance(found, datetime):
        assert figures.age(found, NOW)
        assert found.isoformat().endswith("+00:00")
    else:
        assert found


@pytest.mark.parametrize(
    ("count", "most", "length"),
    [
        *((0, 10, 0), (None, 10, 0), (-5, 10, 0), (10, 10, 100), (1, 0, 0)),
        # An eighth less for a tenth, and never so little that it can't be seen.
        *((1, 10, 87.5), (10**5, 10**9, 50), (1, 10**9, 2), (20, 10, 100)),
    ],
)
def test_bars(count: int | None, most: int, length: float) -> None:
    assert figures.bar_length(count, most) == length


NAMES = st.one_of(
    st.sampled_from(
        ["phone", "Phone", "..", "../../etc/passwd", "", "phone-7", "a/b", "nul\0", "-x", "é"]
    ),
    st.text(max_size=80),
)


@hypothesis.given(st.dictionaries(st.integers(1, 50), NAMES, max_size=12))
def test_file_names_lead_nowhere_else_and_are_nobody_elses(named: dict[int, str]) -> None:
    found = file_names(named.items())
    assert found.keys() == named.keys()
    assert len({name.casefold() for name in found.values()}) == len(named)
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) for name in found.values())


def test_file_names() -> None:
    named = {5: "fra1", 6: "fra1", 7: "FRA1", 8: "../up", 9: "", 10: "Köln / Süd", 11: "fra1-6"}
    assert file_names(named.items()) == {
        5: "fra1",
        6: "fra1-6_",
        7: "FRA1-7",
        8: "_up-8",
        9: "9",
        10: "K_ln___S_d-10",
        11: "fra1-6",
    }
    # A server that comes later renames nothing that is there.
    assert file_names([(5, "fra1")])[5] == file_names([(9, "fra1"), (5, "fra1")])[5] == "fra1"
