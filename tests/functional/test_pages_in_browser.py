# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages in a real browser: they show what the portal holds, sort, fit, and log no error.

Skipped where no Chromium is installed (Debian: chromium).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support import browser
from tests.support.accounts import HOSTILE, account, hostile
from tests.support.browser import Browser
from tests.support.modules import Modules
from tests.support.world import fill, rule, secrets

PROGRAM = browser.find()
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed (Debian: chromium)"),
]

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with Browser(str(PROGRAM)) as started:
        yield started


@pytest.fixture
def report(module: Modules, simulator: Simulator, tmp_path: Path) -> Path:
    simulator.reset(account())
    path = tmp_path / "report.html"
    declared = [{"server": 5, "users": [{"name": "anna-phone"}, {"name": "zoe"}]}]
    done = module("wg_report", path=str(path), declared=declared)
    assert not done.last.failed, done.last.msg
    return path


def assert_clean(page: Browser, path: Path) -> None:
    """Nothing was logged, and nothing was asked for but the page."""
    assert page.errors == []
    assert page.requests == [path.as_uri()]


def column(page: Browser, table: str, number: int) -> list[str]:
    """What is shown in a column of a table, in the order of the rows."""
    found: list[str] = page.evaluate(
        f"[...document.querySelectorAll('table[aria-label=\"{table}\"] tbody tr')]"
        f".map(row => row.cells[{number}].innerText.trim())"
    )
    return found


def click(page: Browser, table: str, number: int) -> str:
    """Click on a column's head; the table's order after it."""
    order: str = page.evaluate(
        f"(() => {{ const head = document.querySelectorAll('table[aria-label=\"{table}\"] th button')"
        f"[{number}]; head.click(); return head.parentElement.getAttribute('aria-sort') }})()"
    )
    return order


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_everything_is_shown_and_fits(
    chromium: Browser, report: Path, simulator: Simulator, size: dict[str, int], script: bool
) -> None:
    chromium.open(report, script=script, dark=size is PHONE, **size)
    for server, name in ((5, "fra1"), (6, "ams1")):
        users = [u["client_name"] for u in simulator.state()["users"] if u["server"] == server]
        assert column(chromium, f"Users of {name}", 0) == sorted(users)
        forwards = [x for x in simulator.state()["port_forwards"] if x["server"] == server]
        ports = sorted(x["external_port"] for x in forwards)
        assert column(chromium, f"Port forwards of {name}, by port", 0) == [*map(str, ports)]
    assert chromium.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert chromium.evaluate("document.querySelectorAll('th button').length > 0") == script
    assert_clean(chromium, report)


def test_sorting(chromium: Browser, report: Path, simulator: Simulator) -> None:
    chromium.open(report)
    users = {u["client_name"]: u for u in simulator.state()["users"] if u["server"] == 5}
    by_traffic = sorted(users, key=lambda name: -users[name]["rx_bytes"])
    assert click(chromium, "Users of fra1", 3) == "descending"
    assert column(chromium, "Users of fra1", 0) == by_traffic
    assert click(chromium, "Users of fra1", 3) == "ascending"
    assert column(chromium, "Users of fra1", 0) == by_traffic[::-1]
    assert click(chromium, "Users of fra1", 0) == "ascending"
    assert column(chromium, "Users of fra1", 0) == sorted(users)
    # 10.66.66.10 comes after 10.66.66.9: they are sorted as numbers.
    assert click(chromium, "Users of fra1", 6) == "ascending"
    assert column(chromium, "Users of fra1", 0) == list(users)
    assert chromium.evaluate("document.querySelectorAll('[aria-sort]').length") == 1
    # Other tables stay as they are.
    assert column(chromium, "Users of ams1", 0) == sorted(users)
    assert_clean(chromium, report)


def test_sorting_by_keyboard(chromium: Browser, report: Path) -> None:
    chromium.open(report)
    chromium.press("Tab")
    assert chromium.evaluate("document.activeElement.id") == "absolute"
    chromium.press("Tab")
    assert chromium.evaluate("document.activeElement.innerText") == "Server"
    chromium.press("Enter", "\r")
    assert column(chromium, "All servers", 0) == ["ams1", "fra1"]
    chromium.press("Enter", "\r")
    assert column(chromium, "All servers", 0) == ["fra1", "ams1"]


def test_absolute_times(chromium: Browser, report: Path) -> None:
    chromium.open(report)
    before = column(chromium, "Users of fra1", 2)
    chromium.evaluate("document.getElementById('absolute').click()")
    after = column(chromium, "Users of fra1", 2)
    assert not any("UTC" in text for text in before)
    assert all(text.endswith("UTC") for text in after)


def test_a_screen_reader_meets_tables(chromium: Browser, report: Path) -> None:
    """On a phone too, where the rows are laid out as blocks."""
    for size in (PHONE, DESKTOP):
        chromium.open(report, **size)
        nodes = chromium.command("Accessibility.getFullAXTree")["nodes"]
        roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
        named = {node["name"]["value"] for node in nodes if node["role"]["value"] == "table"}
        assert named == {
            "All servers",
            *(f"Users of {name}" for name in ("fra1", "ams1")),
            *(f"Port forwards of {name}, by port" for name in ("fra1", "ams1")),
        }
        assert roles.count("rowheader") == 2 + 60 + 100


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_told_from_its_ground(chromium: Browser, report: Path, dark: bool) -> None:
    """A contrast of 4.5 at least, which is what WCAG 2 wants of small text."""
    chromium.open(report, dark=dark)
    colours = chromium.evaluate(COLOURS)
    assert len(colours) > 3
    for ground, text in colours:
        assert contrast(ground, text) >= 4.5, (ground, text)


def test_on_paper(chromium: Browser, report: Path) -> None:
    """Tables stay tables, every time is written in full, and all fits between the margins of A4."""
    width = 700
    chromium.open(report, paper=True, width=width)
    shown = "[...document.querySelectorAll('tbody tr')].map(row => getComputedStyle(row).display)"
    assert set(chromium.evaluate(shown)) == {"table-row"}
    assert chromium.evaluate("document.documentElement.scrollWidth") == width
    assert all(text.endswith("UTC") for text in column(chromium, "Users of fra1", 2))
    assert chromium.evaluate("document.getElementById('absolute').offsetParent === null")


def test_hostile_names(
    chromium: Browser, module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.reset(hostile())
    path = tmp_path / "report.html"
    declared = [{"server": 5, "users": [{"name": "new"}]}, {"server": "nowhere", "users": []}]
    module("wg_report", path=str(path), declared=declared)
    for size in (PHONE, DESKTOP):
        chromium.open(path, **size)
        assert chromium.evaluate("document.documentElement.scrollWidth") == size["width"]
        assert {HOSTILE[0], HOSTILE[1], HOSTILE[2]} <= set(
            chromium.evaluate("[...document.querySelectorAll('tbody th')].map(x => x.innerText)")
        )
        assert chromium.evaluate("document.querySelectorAll('script, img').length") == 1
        assert_clean(chromium, path)


def test_no_code_but_its_own_would_run(chromium: Browser, report: Path) -> None:
    """Even if something foreign got into the page: the policy in its head forbids it."""
    page = report.read_text(encoding="utf-8")
    evil = "<script>document.title='run'</script><p style='color:red' onclick='1'>x</p>"
    report.write_text(page.replace("<h1>", f"{evil}<h1>", 1), encoding="utf-8")
    chromium.open(report)
    assert chromium.evaluate("document.title") == "WireGuard servers"
    assert any("Content Security Policy" in error for error in chromium.errors)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_handout(
    chromium: Browser, module: Modules, simulator: Simulator, tmp_path: Path, size: dict[str, int]
) -> None:
    """The code on the screen is read by a decoder, also in the dark."""
    zxingcpp: Any = pytest.importorskip("zxingcpp")
    image: Any = pytest.importorskip("PIL.Image")
    fill(simulator, {"phone": [rule("443 -> 8443", "HTTPS"), rule("80/udp -> 80")]})
    module("wg_handout", path=str(tmp_path / "out"))
    path = tmp_path / "out" / "fra1" / "phone.html"
    picture = tmp_path / "shown.png"
    chromium.open(path, dark=True, **size)
    picture.write_bytes(chromium.picture(whole=True))
    (code,) = zxingcpp.read_barcodes(image.open(picture).convert("L"))
    assert bytes(code.bytes) == secrets(simulator, "phone")["config"].encode()
    assert chromium.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert chromium.evaluate(
        "[...document.querySelectorAll('.address')].map(x => x.innerText)"
    ) == [
        *("192.0.2.5:80", "192.0.2.5:443"),
    ]
    assert_clean(chromium, path)


COLOURS = """
(() => {
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const numbers = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const found = new Map();
  for (const one of document.querySelectorAll("body *")) {
    const told = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!told || one.tagName === "SCRIPT") continue;
    const pair = [ground(one), getComputedStyle(one).color];
    found.set(pair.join(), pair.map(numbers));
  }
  return [...found.values()];
})()
"""


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast of two colours, as WCAG 2 defines it."""

    def luminance(colour: list[float]) -> float:
        parts = [value / 255 for value in colour]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
