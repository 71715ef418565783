# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_qr: what a phone scans is the .conf, byte for byte."""

from __future__ import annotations

import base64
import sys
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.premiervpn.wireguard.plugins.filter import wg_qr as plugin

from .qr_codes import BORDER, PICTURES, border, decode, from_text

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")
segno: Any = pytest.importorskip("segno")
zxingcpp: Any = pytest.importorskip("zxingcpp")

wg_qr = plugin.FilterModule().filters()["wg_qr"]


def conf(number: int = 2) -> str:
    """A configuration as the portal gives it."""
    key = base64.b64encode(bytes([number]) * 32).decode()
    return (
        f"[Interface]\nPrivateKey = {key}\nAddress = 10.66.66.{number}/32\nDNS = 1.1.1.1, 8.8.8.8\n"
        f"\n[Peer]\nPublicKey = {key}\nPresharedKey = {key}\nEndpoint = 192.0.2.5:51820\n"
        "AllowedIPs = 0.0.0.0/0, ::/0\nPersistentKeepalive = 25\n"
    )


TEXTS = {
    "as the portal gives it": conf(),
    "with no end of line at its end": conf().rstrip("\n"),
    "with CRLF": conf().replace("\n", "\r\n"),
    "with an umlaut": f"# Büro\n{conf()}",
    "with Cyrillic": f"# офис\n{conf()}",
    "with Japanese": f"# 東京の事務所\n{conf()}",
    "with an emoji": f"# 🏠\n{conf()}",
    "with space around it": f"\n\t {conf()} \n",
    "long": conf() + "# and more\n" * 150,
}


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_read_again(kind: str, text: str) -> None:
    assert decode(PICTURES[kind](wg_qr(text, kind=kind))) == text.encode("utf-8")


@hypothesis.settings(max_examples=25)
@hypothesis.given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\n"), min_size=1, max_size=300)
)
def test_any_comment_read_again(comment: str) -> None:
    text = f"{conf()}#{comment}"
    assert decode(from_text(wg_qr(text, kind="text"))) == text.encode("utf-8")


@pytest.mark.parametrize("text", [conf(), f"# Büro\n{conf()}", f"# 東京\n{conf()}"])
def test_what_is_not_ascii_is_marked_as_utf_8(text: str) -> None:
    """Or an app would have to guess; our decoder guesses right, so pictures are compared."""

    def drawn(eci: bool) -> str:
        code = segno.make(text, micro=False, mode="byte", encoding="utf-8", eci=eci)
        return code.svg_inline(scale=8, light="#fff")

    def path(svg: str) -> str:
        return svg[svg.rindex(" d=") : svg.rindex("/>")]

    assert path(wg_qr(text)) == path(drawn(not text.isascii()))
    assert path(drawn(True)) != path(drawn(False))
    (code,) = zxingcpp.read_barcodes(PICTURES["png"](wg_qr(text, kind="png")).convert("L"))
    assert code.text == text


@pytest.mark.parametrize("kind", PICTURES)
def test_a_byte_order_mark_is_left_out(kind: str) -> None:
    assert wg_qr(f"\ufeff{conf()}", kind=kind) == wg_qr(conf(), kind=kind)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("東京", "line 1"),
        ("1234567", "line 1"),
        ("https://portal.premiervpn.net", "line 1"),
        (f"{conf()}Colour = HIDDEN\n", "line 12 has a key that WireGuard does not know"),
        ("[Interface]\nPrivateKey = HIDDEN\n", "line 2: PrivateKey"),
        (conf().encode("utf-16").decode("utf-8", "replace"), "UTF-16"),
        (conf().encode("utf-16").decode("utf-16-be"), "UTF-16"),
    ],
)
def test_what_is_no_configuration(text: str, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match="not a WireGuard configuration") as error:
        wg_qr(text)
    assert said in str(error.value)
    assert "HIDDEN" not in str(error.value)


@pytest.mark.parametrize(("comment", "wide"), [("", False), ("x" * 800, True)])
def test_a_text_too_wide_for_a_terminal(
    monkeypatch: pytest.MonkeyPatch, comment: str, wide: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, msg, *_args, **_more: said.append(msg))
    text = wg_qr(f"{conf()}#{comment}\n", kind="text")
    wg_qr(f"{conf()}#{comment}\n", kind="svg")
    width = len(text.splitlines()[0])
    assert (width > 80) == wide
    assert [f"{width} columns" in line for line in said] == [True] * wide


def test_the_form_of_each_kind() -> None:
    svg, png, text = (wg_qr(conf(), kind=kind) for kind in ("svg", "png", "text"))
    assert wg_qr(conf()) == svg
    assert svg.startswith("<?xml")
    assert svg.rstrip().endswith("</svg>")
    assert base64.b64decode(png, validate=True).startswith(b"\x89PNG\r\n")
    assert set(text) == set(" ▀▄█\n")
    assert len({len(line) for line in text.splitlines()}) == 1
    for kind, scale in (("svg", 8), ("png", 8), ("text", 4)):
        assert border(PICTURES[kind](wg_qr(conf(), kind=kind)), scale) == BORDER


@pytest.mark.parametrize("kind", ["pdf", "SVG", "", None, "svgz", ["svg"], 5])
def test_a_kind_that_is_none(kind: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="svg, png, text") as error:
        wg_qr(conf(), kind=kind)
    assert "PrivateKey" not in str(error.value)


@pytest.mark.parametrize(
    "value", ["", " \n", None, 5, b"[Interface]", [], {"config": conf()}, True]
)
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"needs the text of a \.conf file") as error:
        wg_qr(value)
    assert "PrivateKey" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["x" * 3000, "ü" * 1500, conf() * 20, f"{conf()}#".ljust(2954, "x")]
)
def test_too_long(text: str) -> None:
    with pytest.raises(AnsibleFilterError, match="too long for a QR code") as error:
        wg_qr(text)
    assert f"{len(text.encode())} bytes" in str(error.value)
    assert "2953" in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(("begin", "most"), [("#", 2953), ("#ü", 2952)])
def test_the_longest(begin: str, most: int) -> None:
    text = f"{conf()}{begin}"
    text += "x" * (most - len(text.encode()))
    assert decode(PICTURES["png"](wg_qr(text, kind="png"))) == text.encode()
    with pytest.raises(AnsibleFilterError, match=rf"{most + 1} bytes.*{most}"):
        wg_qr(f"{text}x")


def test_text_that_is_not_unicode() -> None:
    with pytest.raises(AnsibleFilterError) as error:
        wg_qr(conf() + "\udcff")
    assert "PrivateKey" not in str(error.value)


def test_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "SEGNO_IMPORT_ERROR", "No module named segno")
    with pytest.raises(AnsibleFilterError) as error:
        wg_qr(conf())
    assert "segno" in str(error.value)
    assert sys.executable in str(error.value)
