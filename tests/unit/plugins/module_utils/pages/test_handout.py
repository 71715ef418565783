# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hand-out's page: what is on it, and that nothing foreign is more than text."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward, Server
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.handout import (
    Handout,
    handout_page,
    public_address,
)
from tests.support.html_reader import Element, read

CONFIG = """[Interface]
PrivateKey = aW4gdGhlIHRlc3RzIGFsb25lLCBubyBrZXkgb2YgYW55
Address = 10.66.66.2/32

[Peer]
Endpoint = 192.0.2.5:51820
"""
WEB = PortForward(501, 443, 8443, "both", "HTTPS")
SSH = PortForward(503, 2222, 22, "tcp")
SVG = "<svg/>"


def shown(user: str = "web-server", **more: Any) -> Element:
    values: dict[str, Any] = {"server": "fra1", "config": CONFIG, "address": "192.0.2.5"}
    return read(handout_page(Handout(user=user, **{**values, "forwards": [WEB, SSH], **more}), SVG))


def sections(page: Element) -> dict[str, Element]:
    return {section.one("h2").text: section for section in page.all("section")}


def test_what_is_on_the_page() -> None:
    page = shown()
    assert page.one("title").text == page.one("h1").text == "VPN access for web-server"
    found = sections(page)
    assert list(found) == [
        "This page is a key",
        "Scan the code, or save the file",
        "Set up your device",
        "Reach this device from the internet",
    ]
    assert "delete it as soon as your device is set up" in found["This page is a key"].text
    assert [item.text for item in page.one("ul").all("li")] == [
        "192.0.2.5:443 TCP and UDP, to port 8443 of this deviceHTTPS",
        "192.0.2.5:2222 TCP, to port 22 of this device",
    ]


def test_each_system_has_two_sentences() -> None:
    systems = shown().one("dl")
    names = [name.text for name in systems.all("dt")]
    assert names == ["iPhone and iPad", "Android", "Windows", "macOS", "Linux"]
    for words in systems.all("dd"):
        told = re.sub(r"\b(wireguard\.com|web-server\.conf)\b", "X", words.text)
        assert len(re.findall(r"\.(?: |$)", told)) == 2, words.text


def test_the_code_and_the_file_are_in_the_page() -> None:
    page = shown()
    image, link = page.one("img"), page.one("a")
    assert str(image.attributes["src"]).endswith(base64.b64encode(SVG.encode()).decode())
    assert image.attributes["alt"] == "QR code of the configuration of web-server"
    kind, _comma, content = str(link.attributes["href"]).partition(",")
    assert kind == "data:application/octet-stream;base64"
    assert base64.b64decode(content) == CONFIG.encode()
    assert link.attributes["download"] == "web-server.conf"


def test_without_port_forwards_nothing_is_said_of_them() -> None:
    assert "Reach this device from the internet" not in sections(shown(forwards=[]))


@pytest.mark.parametrize(
    ("user", "tunnel"),
    [
        ("phone", "phone"),
        ("a-very-long-name-of-a-device", "a-very-long-nam"),
        ("-x", "x"),
        ("$(reboot) <b>", "rebootb"),
        ("东京", "vpn"),
    ],
)
def test_the_tunnels_name_does_for_every_system(user: str, tunnel: str) -> None:
    page = shown(user)
    assert page.one("a").attributes["download"] == f"{tunnel}.conf"
    assert f"sudo wg-quick up {tunnel}" in [code.text for code in page.one("dl").all("code")]


def test_foreign_text_is_shown_as_it_is() -> None:
    evil = "</li><script>alert('{{ 7*7 }}')</script>"
    page = shown(evil, server=evil, address=evil, forwards=[PortForward(1, 80, 80, "udp", evil)])
    assert page.one("h1").text == f"VPN access for {evil}"
    assert page.one("ul").one("bdi").text == evil
    assert not list(page.all("script"))


@pytest.mark.parametrize(
    ("config", "address"),
    [
        (CONFIG, "192.0.2.5"),
        (CONFIG.replace("192.0.2.5", "[2001:db8::5]"), "[2001:db8::5]"),
        (CONFIG.replace("192.0.2.5", "vpn.example.net"), "vpn.example.net"),
        ("something else", "192.0.2.9"),
        ("[Interface]\n", "192.0.2.9"),
        ("[Interface]\n[Peer]\n", "192.0.2.9"),
    ],
)
def test_the_address_is_the_one_of_the_vpn(config: str, address: str) -> None:
    server = Server(9, ip="192.0.2.9", hostname="x")
    assert public_address(config, server) == address
    assert public_address("", Server(9)) is None
    assert "port 443" in shown(address=None).one("ul").text


def test_no_secret_in_what_is_printed_of_it() -> None:
    assert "PrivateKey" not in repr(Handout("a", "b", CONFIG, None, []))
