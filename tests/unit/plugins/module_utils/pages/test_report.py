# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page: what is on it, and that nothing foreign is more than text."""

from __future__ import annotations

from datetime import datetime, timezone
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
        "Received": "1.00 MB",
        "Sent": "4.50 MB",
    }
    found = tables(page)
    ago = "30 s ago2026-11-25 02:41 UTC"
    assert found["Users of fra1"] == [
        {
            "User": "anna",
            "Status": "● online",
            "Last seen": ago,
            "Received": "1.00 MB",
            "Sent": "4.00 MB",
            "Port forwards": "80, 443",
            "Address": "10.66.66.2",
        },
        {
            "User": "Ben",
            "Status": "○ offline",
            "Received": "0 B",
            "Sent": "500 kB",
            "Last seen": "3 days ago2026-11-22 02:41 UTC",
            "Port forwards": "2222",
            "Address": "10.66.66.3",
        },
        {
            "User": "carla",
            "Status": DASH,
            "Last seen": "never",
            "Received": DASH,
            "Sent": DASH,
            "Port forwards": "",
            "Address": DASH,
        },
    ]
    heads = ("Port", "Protocol", "Leads to", "There", "Comment", "Status")
    assert found["Port forwards of fra1, by port"] == [
        dict(zip(heads, ("80", "udp", "anna", "8080", "", ""), strict=True)),
        dict(zip(heads, ("443", "tcp and udp", "anna", "8443", "HTTPS", "active"), strict=True)),
        dict(zip(heads, ("2222", "tcp", "Ben", "22", "", "pending"), strict=True)),
    ]
    # One server needs no overview, and without a declaration nothing is said of drift.
    assert len(found) == 2
    assert "drift" not in plain(page.one("body")).lower().replace(page.one("script").text, "")


def test_bars_are_as_long_as_the_numbers() -> None:
    cells = [cell for cell in shown(server()).all("td") if list(cell.all("svg"))]
    widths = [float(str(cell.one("rect").attributes["width"])) for cell in cells]
    assert widths == [25, 100, 0, 12.5, 0, 0]


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
    assert totals(page)["Drift"] == "2 steps, 2 errors"
    overview = tables(page)["All servers"]
    assert [(row["Server"], row["Drift"]) for row in overview] == [
        *(("fra1", "2 steps"), ("ams1", "not declared"), ("nyc1", "unknown"), ("sin1", "none")),
    ]
    assert [plain(item) for item in page.one("ul").all("li")] == [
        "+user dora, to be created",
        "\N{MINUS SIGN}port forward 2222/tcp -> 22 of user Ben, to be deleted",
    ]
    said = plain(page)
    assert "It can't be told: the plan deletes 12 users" in said
    assert "✓ As declared" in said
    assert "server 'x' was not found" in said


def test_an_account_with_nothing() -> None:
    page = shown()
    assert totals(page)["Servers"] == "0"
    assert "The account has no server." in plain(page)
    assert not list(page.all("table"))
    assert "Users None." in plain(shown(ServerPart(Server(8), []))).replace(
        "UsersNone", "Users None"
    )


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
    (row,) = page_table(page, f"Port forwards of {text(name)}, by port")
    assert (row["Leads to"], row["Comment"], row["Status"]) == (
        *(soft(text(name)), soft(text(comment)), soft(text(status))),
    )


def soft(value: str) -> str:
    return value.replace("\N{NO-BREAK SPACE}", " ")


def page_table(page: Element, label: str) -> list[dict[str, str]]:
    return tables(page)[label]


ELEMENTS = {
    *("html", "head", "meta", "title", "style", "link", "body", "script", "header", "main"),
    *("section", "div", "h1", "h2", "h3", "p", "dl", "dt", "dd", "ul", "li", "label", "input"),
    *("table", "thead", "tbody", "tr", "th", "td", "span", "bdi", "code", "time", "a"),
    *("svg", "rect"),
}
