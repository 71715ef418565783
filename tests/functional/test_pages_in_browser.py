# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages in a real browser: they show what the portal holds, search, sort, fold, fit, and print.

Skipped where no Chromium is installed (Debian: chromium).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support import axe, browser
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
        shown = ", ".join(filter(None, column(chromium, f"Users of {name}", 4))).split(", ")
        assert sorted(map(int, shown)) == ports
    assert chromium.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert chromium.evaluate("document.querySelectorAll('th button').length > 0") == script
    assert_clean(chromium, report)


def test_sorting(chromium: Browser, report: Path, simulator: Simulator) -> None:
    chromium.open(report)
    users = {u["client_name"]: u for u in simulator.state()["users"] if u["server"] == 5}
    by_traffic = sorted(users, key=lambda name: -users[name]["rx_bytes"])
    assert click(chromium, "Users of fra1", 2) == "descending"
    assert column(chromium, "Users of fra1", 0) == by_traffic
    assert click(chromium, "Users of fra1", 2) == "ascending"
    assert column(chromium, "Users of fra1", 0) == by_traffic[::-1]
    assert click(chromium, "Users of fra1", 0) == "ascending"
    assert column(chromium, "Users of fra1", 0) == sorted(users)
    # 10.66.66.10 comes after 10.66.66.9: they are sorted as numbers.
    assert click(chromium, "Users of fra1", 5) == "ascending"
    assert column(chromium, "Users of fra1", 0) == list(users)
    assert chromium.evaluate("document.querySelectorAll('[aria-sort]').length") == 1
    # Other tables stay as they are.
    assert column(chromium, "Users of ams1", 0) == sorted(users)
    assert_clean(chromium, report)


def test_sorting_by_keyboard(chromium: Browser, report: Path) -> None:
    chromium.open(report)
    for name in ("search", "online", "absolute"):
        chromium.press("Tab")
        assert chromium.evaluate("document.activeElement.id") == name
    focus = "document.activeElement"
    while chromium.evaluate(f"{focus}.tagName") != "BUTTON":
        chromium.press("Tab")
    assert chromium.evaluate(f"{focus}.innerText") == "Server"
    chromium.press("Enter", "\r")
    assert column(chromium, "All servers", 0) == ["ams1", "fra1"]
    chromium.press("Enter", "\r")
    assert column(chromium, "All servers", 0) == ["fra1", "ams1"]


SHOWN = "[...document.querySelectorAll('.users tbody tr')].filter(row => row.checkVisibility())"


def shown_users(page: Browser) -> list[str]:
    """The users whose rows can be seen, in the order of the page."""
    found: list[str] = page.evaluate(f"{SHOWN}.map(row => row.cells[0].innerText.trim())")
    return found


def search(page: Browser, text: str) -> str:
    """Type into the search box, in place of what is there; what the page says was found."""
    page.evaluate("(box => { box.focus(); box.select() })(document.getElementById('search'))")
    page.type(text)
    said: str = page.evaluate("document.getElementById('found').innerText")
    return said.replace("\N{NO-BREAK SPACE}", " ")


def test_one_search_over_all_servers(chromium: Browser, report: Path, simulator: Simulator) -> None:
    chromium.open(report)
    state = simulator.state()
    names = sorted(user["client_name"] for user in state["users"] if "anna" in user["client_name"])
    assert search(chromium, "ANNA") == "6 of 60 users"
    assert sorted(shown_users(chromium)) == names
    # Every word has to fit, and the server's name is one.
    assert search(chromium, "ams1 anna-ph") == "1 of 60 users"
    assert shown_users(chromium) == ["anna-phone"]
    visible = "[...document.querySelectorAll('.server')].filter(x => x.checkVisibility()).length"
    assert chromium.evaluate(visible) == 1
    # A port, and it unfolds what it was found in.
    rule = state["port_forwards"][40]
    assert search(chromium, f"{rule['external_port']}/") == "1 of 60 users"
    assert shown_users(chromium) == [rule["user"]]
    assert chromium.evaluate("document.querySelectorAll('.ports details[open]').length") == 1
    assert search(chromium, "nobody has this") == "0 of 60 users"
    chromium.evaluate("document.getElementById('search').select()")
    chromium.command(
        "Input.dispatchKeyEvent", type="keyDown", key="Escape", windowsVirtualKeyCode=27
    )
    assert len(shown_users(chromium)) == 60
    assert_clean(chromium, report)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_online_only(chromium: Browser, report: Path, simulator: Simulator, script: bool) -> None:
    chromium.open(report, script=script)
    online = sorted(u["client_name"] for u in simulator.state()["users"] if u["online"])
    chromium.evaluate("document.getElementById('online').click()")
    assert sorted(shown_users(chromium)) == online
    # The overview is no list of users.
    assert column(chromium, "All servers", 0) == ["fra1", "ams1"]
    searched = chromium.evaluate("document.getElementById('search').checkVisibility()")
    assert searched == script
    if script:
        assert search(chromium, "anna").endswith("of 60 users")
        assert shown_users(chromium) == [name for name in shown_users(chromium) if name in online]


def test_what_needs_attention_leads_to_its_row(chromium: Browser, report: Path) -> None:
    """Also where the search has taken the row away."""
    chromium.open(report)
    link = "[...document.querySelectorAll('.attention a[href^=\"#user-\"]')].at(-1)"
    row = f"document.querySelector({link}.getAttribute('href'))"
    chromium.evaluate("document.getElementById('online').click()")
    chromium.evaluate(f"{row}.hidden = true")
    chromium.evaluate(f"{link}.click()")
    assert chromium.evaluate(
        f"new Promise(done => setTimeout(() => done({row}.checkVisibility()), 50))"
    )
    top = chromium.evaluate(f"{row}.getBoundingClientRect().top")
    # Below what stays at the top.
    assert 60 < top < 900


def test_heads_stay_in_sight(chromium: Browser, report: Path) -> None:
    chromium.open(report)
    chromium.evaluate("document.querySelectorAll('.users tbody tr')[20].scrollIntoView()")
    tops = chromium.evaluate(
        "['.tools', '.users thead th'].map(x => document.querySelector(x).getBoundingClientRect())"
        ".map(box => [box.top, box.bottom])"
    )
    assert tops[0][0] == 0
    assert tops[1][0] <= tops[0][1] < tops[1][1] < 200


def test_port_forwards_are_folded_in(chromium: Browser, report: Path) -> None:
    chromium.open(report, script=False)
    folded = "document.querySelector('.ports details')"
    entry = f"{folded}.querySelector('li').checkVisibility()"
    assert chromium.evaluate(entry) is False
    chromium.evaluate(f"{folded}.querySelector('summary').click()")
    assert chromium.evaluate(entry) is True


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_paper_has_everything_on_few_pages(
    chromium: Browser, report: Path, simulator: Simulator, tmp_path: Path, script: bool
) -> None:
    """What is folded too; 60 users with 100 port forwards."""
    chromium.open(report, script=script)
    paper = chromium.paper()
    assert paper.count(b"/Type /Page\n") <= 3
    if shutil.which("pdftotext"):
        (tmp_path / "report.pdf").write_bytes(paper)
        command = ["pdftotext", "-raw", str(tmp_path / "report.pdf"), "-"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ports = {str(x["external_port"]) for x in simulator.state()["port_forwards"]}
        assert {x for x in ports if not re.search(rf"\b{x}/(tcp|udp)", text)} == set()


def test_absolute_times(chromium: Browser, report: Path) -> None:
    chromium.open(report)
    before = column(chromium, "Users of fra1", 1)
    chromium.evaluate("document.getElementById('absolute').click()")
    after = column(chromium, "Users of fra1", 1)
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
        }
        assert roles.count("rowheader") == 2 + 60


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_told_from_its_ground(chromium: Browser, report: Path, dark: bool) -> None:
    """A contrast of 4.5 at least, which is what WCAG 2 wants of small text."""
    chromium.open(report, dark=dark)
    colours = chromium.evaluate(COLOURS)
    assert len(colours) > 3
    for ground, text in colours:
        assert contrast(ground, text) >= 4.5, (ground, text)


@pytest.fixture(scope="module")
def axe_core() -> str:
    found = axe.find()
    if found is None:
        pytest.skip(axe.LACKING)
    return found


def test_axe_finds_nothing(
    chromium: Browser, report: Path, module: Modules, tmp_path: Path, axe_core: str
) -> None:
    """On the report and on a hand-out, light and dark, on a desktop and a phone."""
    options = {"servers": ["fra1"], "users": ["anna-phone"], "contact": "helpdesk@example.com"}
    module("wg_handout", path=str(tmp_path / "out"), **options)
    for page in (report, tmp_path / "out" / "fra1" / "anna-phone.html"):
        for size, dark in ((DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)):
            # A page's policy keeps any other script from running, but not what the tools run.
            chromium.open(page, dark=dark, **size)
            assert axe.violations(chromium, axe_core) == [], (page.name, size, dark)


def test_on_paper(chromium: Browser, report: Path) -> None:
    """Tables stay tables, every time is written in full, and all fits between the margins of A4."""
    width = 700
    chromium.open(report, paper=True, width=width)
    shown = "[...document.querySelectorAll('tbody tr')].map(row => getComputedStyle(row).display)"
    assert set(chromium.evaluate(shown)) == {"table-row"}
    assert chromium.evaluate("document.documentElement.scrollWidth") == width
    assert all(text.endswith("UTC") for text in column(chromium, "Users of fra1", 1))
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
    # On a phone, which is set up with the file, that comes before the code.
    tops = (
        "['.button', '.scan img'].map(x => document.querySelector(x).getBoundingClientRect().top)"
    )
    button, code_top = chromium.evaluate(tops)
    assert (button < code_top) == (size is PHONE)
    assert chromium.paper().count(b"/Type /Page\n") == 1
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
