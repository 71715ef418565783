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

from ansible_collections.premiervpn.wireguard.plugins.filter import wg_qr as plugin

from .qr_codes import BORDER, PICTURES, border, decode, from_text

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

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
    "with Japanese alone": "東京",
    "with digits alone": "1234567",
    "with capitals alone": "ABC-123",
    "with space around it": f"\n\t {conf()} \n",
    "long": conf() + "# and more\n" * 150,
}


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_read_again(kind: str, text: str) -> None:
    assert decode(PICTURES[kind](wg_qr(text, kind=kind))) == text.encode("utf-8")


@hypothesis.settings(max_examples=25)
@hypothesis.given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_any_text_read_again(text: str) -> None:
    if text.strip():
        assert decode(from_text(wg_qr(text, kind="text"))) == text.encode("utf-8")


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


@pytest.mark.parametrize("text", ["x" * 3000, "ü" * 1500, conf() * 20])
def test_too_long(text: str) -> None:
    with pytest.raises(AnsibleFilterError, match="too long for a QR code") as error:
        wg_qr(text)
    assert str(len(text)) in str(error.value)
    assert len(str(error.value)) < 200


def test_text_that_is_not_unicode() -> None:
    with pytest.raises(AnsibleFilterError) as error:
        wg_qr(conf() + "\udcff")
    assert "PrivateKey" not in str(error.value)


def test_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "segno", None)
    with pytest.raises(AnsibleFilterError) as error:
        wg_qr(conf())
    assert "segno" in str(error.value)
    assert sys.executable in str(error.value)
