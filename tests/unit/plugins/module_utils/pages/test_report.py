# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page: what is on it, and that nothing foreign is more than text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.account import (
    Report,
    ServerPart,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.html import text
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.report import report_page
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.drift import (
    Difference,
    Drift,
)
from tests.support.html_reader import Element, read, tables

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

DASH = "\N{EN DASH}"
NOW = datetime(2026, 11, 25, 2, 41, 45, tzinfo=timezone.utc)
FRA = Server(5, "fra1", "fra1.example.net", "192.0.2.5")
ANNA = User(101, "anna", "10.66.66.2", True, "2026-11-25T02:41:15Z", 1_000_000, 4_000_000)
BEN = User(102, "Ben", "10.66.66.3", False, "2026-11-22T02:41:45Z", 0, 500_000)
CARLA = User(103, "carla", None, None, None, None, None)
WEB = PortForward(501, 443, 8443, "both", "HTTPS", "active")
GAME = PortForward(502, 80, 8080, "udp", "", None)
SSH = PortForward(503, 2222, 22, "tcp", "", "pending")


def shown(*parts: ServerPart, **more: Any) -> Element:
    return read(report_page(Report(NOW, parts, **more)))


def server(**more: Any) -> ServerPart:
    return ServerPart(FRA, [(BEN, [SSH]), (ANNA, [WEB, GAME]), (CARLA, [])], **more)


def plain(element: Element) -> str:
    return " ".join(element.text.replace("\N{NO-BREAK SPACE}", " ").split())


def totals(page: Element) -> dict[str, str]:
    pairs = page.one("dl").all("div")
    return {plain(pair.one("dt")): plain(pair.one("dd")) for pair in pairs}


def test_what_is_on_the_page() -> None:
    page = shown(server())
    assert totals(page) == {
        "Servers": "1",
        "Online": "1 of 3",
        "Port forwards": "3",
        "From devices": "1.00 MB",
        "To devices": "4.50 MB",
    }
    found = tables(page)
    assert found["Users of fra1"] == [
        {
            "User": "anna",
            "Last seen": "● online 30 s ago2026-11-25 02:41 UTC",
            "From the device": "1.00 MB",
            "To the device": "4.00 MB",
            "Port forwards": "80, 443\n80/udp → 8080\n443/tcp+udp → 8443 HTTPS",
            "Address": "10.66.66.2",
        },
        {
            "User": "Ben",
            "Last seen": "3 days ago2026-11-22 02:41 UTC",
            "From the device": "0 B",
            "To the device": "500 kB",
            "Port forwards": "2222 1 not active\n2222/tcp → 22 pending",
            "Address": "10.66.66.3",
        },
        {
            "User": "carla",
            "Last seen": DASH,
            "From the device": DASH,
            "To the device": DASH,
            "Port forwards": "",
            "Address": DASH,
        },
    ]
    # One server needs no overview, and without a declaration nothing is said of drift.
    assert len(found) == 1
    assert "drift" not in plain(page.one("main")).lower()


def test_bars_are_as_long_as_the_numbers() -> None:
    """By the logarithm, and the more the longer."""
    cells = [cell for cell in shown(server()).all("td") if list(cell.all("svg"))]
    widths = [float(str(cell.one("rect").attributes["width"])) for cell in cells]
    assert widths == [92.5, 100, 0, 88.7, 0, 0]


def test_absolute_times_are_behind_the_relative_ones() -> None:
    times = list(shown(server()).all("time"))
    assert [time.attributes["datetime"] for time in times] == [
        *("2026-11-25T02:41:45+00:00", "2026-11-25T02:41:15+00:00", "2026-11-22T02:41:45+00:00"),
    ]
    assert (
        str(times[1].attributes["title"]).replace("\N{NO-BREAK SPACE}", " ")
        == "2026-11-25 02:41 UTC"
    )


def test_drift() -> None:
    changes = [
        Difference("create", "user", "dora", "dora"),
        Difference("delete", "port_forward", "Ben", "2222/tcp -> 22"),
    ]
    other = ServerPart(Server(6, "ams1"), [])
    broken = ServerPart(Server(7, "nyc1"), [], Drift(error="the plan deletes 12 users"))
    fits = ServerPart(Server(8, "sin1"), [], Drift())
    missing = ["server 'x' was not found"]
    page = shown(server(drift=Drift(changes)), other, broken, fits, declared=True, missing=missing)
    assert (totals(page)["Differences"], totals(page)["Not compared"]) == ("2", "2")
    overview = tables(page)["All servers"]
    assert [(row["Server"], row["Drift"]) for row in overview] == [
        *(
            ("fra1", "2 differences"),
            ("ams1", "not declared"),
            ("nyc1", "unknown"),
            ("sin1", "none"),
        ),
    ]
    lists = {str(one.attributes.get("class")): one for one in page.all("ul")}
    assert [plain(item) for item in lists["changes"].all("li")] == [
        "+user dora, to be created",
        "\N{MINUS SIGN}port forward 2222/tcp -> 22 of user Ben, to be deleted",
    ]
    said = plain(page)
    assert "This server could not be compared: the plan deletes 12 users" in said
    assert "✓ As declared" in said
    assert "server 'x' was not found" in said


def attention(page: Element) -> dict[str, list[str]]:
    """What needs attention: each reason with its lines."""
    (found,) = (x for x in page.all("section") if "attention" in str(x.attributes["class"]))
    return {
        plain(block.one("h3")): [plain(item) for item in block.all("li")]
        for block in next(found.all("div")).all("div")
    }


def away(number: int, days: int | None, moved: int = 5) -> User:
    seen = None if days is None else (NOW - timedelta(days=days)).isoformat()
    return User(number, f"user-{number}", None, False, seen, moved, 0)


def test_what_needs_attention() -> None:
    users = [
        away(1, None, 0),
        away(2, None, 7),
        away(3, 91),
        away(4, 90),
        away(5, 400),
        ANNA,
        CARLA,
    ]
    drift = Drift([Difference("create", "user", "dora", "dora")])
    part = ServerPart(FRA, [(user, []) for user in users], drift)
    found = attention(shown(part, ServerPart(Server(6, "ams1"), [(BEN, [])]), declared=True))
    assert found == {
        "Drift: 1 server": ["fra1: 1 difference"],
        # Neither who moved data, nor of whom the portal says nothing.
        "Never connected: 1": ["user-1 on fra1"],
        "Not seen for 90 days: 2": [
            "user-5 on fra1, 13 months ago",
            "user-3 on fra1, 3 months ago",
        ],
        "Most traffic, both ways": [
            "anna on fra1, 5.00 MB, 90 % of all",
            "Ben on ams1, 500 kB, 9 % of all",
            *(f"user-{number} on fra1, {count} B" for number, count in ((2, 7), (3, 5))),
            *(f"user-{number} on fra1, 5 B" for number in (4, 5)),
        ],
    }


def test_whose_access_ends_soon_is_listed_the_next_first() -> None:
    ends = [("Ben", NOW + timedelta(hours=3)), ("gone", NOW), ("anna", NOW + timedelta(days=9))]
    found = attention(shown(server(ends=ends), declared=True))
    assert found["Access ends in the next 14 days: 2"] == [
        "Ben on fra1, ends 2026-11-25 05:41 UTC",
        "anna on fra1, ends 2026-12-04 02:41 UTC",
    ]


def test_long_groups_are_folded_and_a_ranking_is_cut() -> None:
    never = [(away(number, None, 0), []) for number in range(30)]
    busy = [(away(number, 1, number), []) for number in range(100, 130)]
    page = shown(ServerPart(FRA, [*never, *busy]))
    found = attention(page)
    assert len(found["Never connected: 30"]) == 30
    assert "20 more" in [plain(one) for one in page.all("summary")]
    assert [line.split()[0] for line in found["Most traffic, both ways"]] == [
        f"user-{number}" for number in range(129, 119, -1)
    ]


def test_nothing_needs_attention() -> None:
    quiet = User(1, "a", None, False, NOW.isoformat(), 0, 0)
    assert "Needs attention" not in plain(shown(ServerPart(FRA, [(quiet, [])])))


def test_an_account_with_nothing() -> None:
    page = shown()
    assert totals(page)["Servers"] == "0"
    assert "The account has no server." in plain(page)
    assert not list(page.all("table"))
    assert "0 users, 0 online" in plain(shown(ServerPart(Server(8), [])))


def test_every_table_can_be_read_by_a_screen_reader() -> None:
    page = shown(server(), ServerPart(Server(6, "ams1"), []))
    assert len(list(page.all("h1"))) == 1
    ids = [x.attributes["id"] for x in page.all() if "id" in x.attributes]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert str(link.attributes["href"]).removeprefix("#") in ids
    for table in page.all("table"):
        assert table.attributes["aria-label"]
        assert {head.attributes["scope"] for head in table.one("thead").all("th")} == {"col"}
        for row in table.one("tbody").all("tr"):
            assert [cell.attributes["scope"] for cell in row.all("th")] == ["row"]
            assert all(cell.attributes["data-label"] for cell in row.all("td"))
    for picture in page.all("svg"):
        assert picture.attributes["aria-hidden"] == "true"


FOREIGN = st.one_of(
    st.sampled_from(
        ["<script>alert(1)</script>", '"><svg onload=x>', "{{ 7*7 }}", "</td>", "&lt;"]
    ),
    st.text(min_size=1, max_size=40),
)


@hypothesis.settings(max_examples=50)
@hypothesis.given(FOREIGN, FOREIGN, FOREIGN, FOREIGN)
def test_whatever_a_portal_sends_is_shown_as_it_is(
    name: str, comment: str, status: str, seen: str
) -> None:
    user = User(1, name, name, True, seen, 5, 5)
    rule = PortForward(1, 80, 81, "tcp", comment, status)
    part = ServerPart(
        Server(9, name, comment, status),
        [(user, [rule])],
        Drift([Difference("create", "port_forward", name, comment)], error=None),
    )
    page = shown(part, ServerPart(Server(8), []), declared=True, missing=[comment])
    assert {x.name for x in page.all()} <= ELEMENTS
    assert len(list(page.all("script"))) == 1
    (row,) = tables(page)[f"Users of {text(name)}"]
    (entry,) = [*page.all("table")][-1].all("li")
    assert row["User"] == soft(text(name))
    assert soft(text(comment)) in soft(entry.text)
    if status.strip().casefold() != "active":
        assert soft(entry.text).endswith(soft(text(status)))


def soft(value: str) -> str:
    return value.replace("\N{NO-BREAK SPACE}", " ")


ELEMENTS = {
    *("html", "head", "meta", "title", "style", "link", "body", "script", "header", "main"),
    *("section", "div", "h1", "h2", "h3", "p", "dl", "dt", "dd", "ul", "li", "label", "input"),
    *("table", "thead", "tbody", "tr", "th", "td", "span", "bdi", "code", "time", "a"),
    *("svg", "rect", "details", "summary"),
}
