# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML of the pages: what is text stays text, and nothing in a page leads out of it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.html import (
    Html,
    drawing,
    joined,
    page,
    tag,
    text,
)
from tests.support.html_reader import read

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table><!-- ",
    "&lt;b&gt; &amp; &#60;",
    "{{ 7*7 }} {% raw %}",
    "]]>",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


@hypothesis.given(TEXTS, TEXTS)
def test_any_text_is_read_again_as_it_was_shown(content: str, attribute: str) -> None:
    page_ = tag("p", "before ", tag("b", content), " after", title=attribute)
    element = read(page_.source).one("p")
    assert element.text == f"before {text(content)} after"
    assert element.attributes == {"title": text(attribute)}
    assert [child.name for child in element.all()] == ["b"]


@hypothesis.given(st.text(max_size=60))
def test_what_is_shown_can_be_seen(value: str) -> None:
    shown = text(value)
    assert not set(shown) & {*map(chr, range(32)), "\x7f", "\u202e", "\u2066", "\u200f", "\ud800"}
    shown.encode("utf-8")
    if value.isascii() and value.isprintable():
        assert shown == value


def test_control_characters_are_shown_as_numbers() -> None:
    assert text("a\x1b[31mb\n\u202ec\ud800\x00") == r"a\x1b[31mb\n\u202ec\ud800\x00"
    names = "\N{MAN}\N{BLACK HEART SUIT}\N{VARIATION SELECTOR-16} имя\N{NO-BREAK SPACE}東京 عربي"
    assert text(names) == names


def test_only_the_builder_makes_html() -> None:
    assert tag("p", "<b>", Html("<i></i>")).source == "<p>&lt;b&gt;<i></i></p>"
    assert tag("p", str(tag("b"))).source.startswith("<p>Html(source=&#x27;&lt;b&gt;")
    assert joined(["a", None, 5, ["<", [tag("br")]]]).source == "a5&lt;<br>"


def test_attributes() -> None:
    made = tag("th", class_="a b", data_sort=0, aria_label='"', hidden=True, title=None, id=False)
    assert made.source == '<th class="a b" data-sort="0" aria-label="&quot;" hidden></th>'


@pytest.mark.parametrize(
    "name", ["script", "style", "iframe", "object", "base", "b onclick", "B", ""]
)
def test_an_element_that_holds_code_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no element"):
        tag(name, "alert(1)")


@pytest.mark.parametrize("name", ["onclick", "onmouseover", "style", "a b", "x=y", "A"])
def test_an_attribute_that_holds_code_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no attribute"):
        tag("p", **{name: "alert(1)"})


@pytest.mark.parametrize(
    "address", ["https://example.net", "//example.net", "javascript:x", "", " data:"]
)
def test_a_page_leads_nowhere_else(address: str) -> None:
    for name in ("href", "src"):
        with pytest.raises(ValueError, match="nowhere"):
            tag("a", **{name: address})


def test_a_page_allows_its_own_code_and_nothing_more() -> None:
    made = read(page("T<", "p { }", "f()", tag("p", "<x>")))
    html = made.one("html")
    assert html.attributes["lang"] == "en"
    assert html.one("title").text == "T<"
    policy = next(
        str(meta.attributes["content"])
        for meta in html.all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind, element, code in (("style-src", "style", "p { }"), ("script-src", "script", "f()")):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{digest}'"
        assert html.one(element).text == code


def test_a_drawing_is_inside_the_page() -> None:
    image = read(drawing("<svg/>", 'the "code"').source).one("img")
    assert image.attributes["alt"] == 'the "code"'
    kind, _comma, content = str(image.attributes["src"]).partition(",")
    assert (kind, base64.b64decode(content)) == ("data:image/svg+xml;base64", b"<svg/>")
