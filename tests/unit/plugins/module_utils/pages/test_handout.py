# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hand-out's page: what is on it, and that nothing foreign is more than text."""

from __future__ import annotations

import base64
import re
from datetime import date
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import PortForward, Server
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.handout import (
    Handout,
    handout_page,
    made_on,
    public_address,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.desired import (
    DesiredUser,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.expiry import (
    end_of,
    end_of_user,
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
DAY = date(2026, 11, 28)


def shown(user: str = "web-server", **more: Any) -> Element:
    values: dict[str, Any] = {"server": "fra1", "config": CONFIG, "address": "192.0.2.5"}
    values = {**values, "forwards": [WEB, SSH], "name": user, **more}
    return read(handout_page(Handout(user=user, **values), SVG, DAY))


def systems(page: Element) -> dict[str, str]:
    """What is said of each system."""
    return {row.one("dt").text: row.one("dd").text for row in page.one("dl").all("div")}


def sections(page: Element) -> dict[str, Element]:
    return {section.one("h2").text: section for section in page.all("section")}


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        ("2027-01-31", "Access ends on 2027-01-31, at the end of the day (UTC)."),
        ("2027-01-31T12:30:00+02:00", "Access ends on 2027-01-31 at 10:30 UTC."),
        (None, None),
    ],
)
def test_the_page_says_when_access_ends(expires: str | None, words: str | None) -> None:
    page = shown(ends=end_of_user(DesiredUser("web-server", expires=expires)))
    assert [one.text for one in page.one("header").all("strong")] == [words] * bool(words)
    # The day on which it was made is still the first that is found.
    html = handout_page(
        Handout("a", "b", CONFIG, None, [], "a", ends=end_of("2027-01-31")), SVG, DAY
    )
    assert made_on(html) == DAY


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
        "192.0.2.5:443 TCP and UDP, to port 8443 of this device (HTTPS)",
        "192.0.2.5:2222 TCP, to port 22 of this device",
    ]


def test_what_is_said_of_each_system_is_short() -> None:
    told = systems(shown())
    assert list(told) == ["iPhone and iPad", "Android", "Windows", "macOS", "Linux"]
    for words in told.values():
        plain = re.sub(r"wireguard\.com|web-server\.conf", "X", words)
        assert len(re.findall(r"\.(?: |$)", plain)) <= 4, words


def test_the_page_serves_on_the_phone_itself() -> None:
    """Where there is no other screen to scan the code from."""
    page = shown()
    assert "This page is on the device that you set up: save web-server.conf" in page.text
    told = systems(page)
    assert "Or save the file, choose Create from file or archive" in told["iPhone and iPad"]
    assert "Or save the file, choose Import from file or archive" in told["Android"]
    # iOS asks for a name after a scan.
    assert "Name the tunnel web-server when you are asked" in told["iPhone and iPad"]


def test_title_contact_and_day() -> None:
    page = shown(title="Example Ltd VPN", contact="helpdesk@example.com")
    assert page.one("title").text == page.one("h1").text == "Example Ltd VPN for web-server"
    assert page.one("header").one("p").text == "Server fra1, made on 2026-11-28"
    warning = sections(page)["This page is a key"].text
    assert "If it got lost, or if something does not work: helpdesk@example.com." in warning
    assert "administrator" not in warning
    assert "Tell your administrator" in sections(shown())["This page is a key"].text


@pytest.mark.parametrize(
    ("page", "day"),
    [
        ('x <time datetime="2026-11-28">', DAY),
        ('<time datetime="2026-99-28">', None),
        ('<time datetime="2026-11-28T00:00">', None),
        ("", None),
    ],
)
def test_a_page_says_when_it_was_made(page: str, day: date | None) -> None:
    assert made_on(page) == day
    written = handout_page(Handout("a", "b", CONFIG, None, [], "a"), SVG, DAY)
    assert made_on(written) == DAY


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
    ("name", "tunnel", "renamed"),
    [
        ("phone", "phone", []),
        ("15-characters--", "15-characters--", []),
        ("a-name-of-more-than-15", "a-name-of-more-", ["Android"]),
        ("a-very-long-name-of-more-than-32-letters", "a-very-long-nam", ["Android", "Windows"]),
        ("_.x", "_x", []),
        ("_._-7", "__-7", []),
    ],
)
def test_one_file_name_and_what_a_system_makes_of_it(
    name: str, tunnel: str, renamed: list[str]
) -> None:
    """The name beside the page; the tunnel's is one that every system takes."""
    page = shown("somebody", name=name)
    assert page.one("a").attributes["download"] == f"{name}.conf"
    assert page.one("a").text == f"Save {name}.conf"
    told = systems(page)
    hint = f"rename the file to {tunnel}.conf first"
    assert [system for system, words in told.items() if hint in words] == renamed
    assert f"install -m 600 {name}.conf /etc/wireguard/{tunnel}.conf" in told["Linux"]
    assert f"sudo wg-quick up {tunnel}" in [code.text for code in page.one("dl").all("code")]


def test_foreign_text_is_shown_as_it_is() -> None:
    evil = "</li><script>alert('{{ 7*7 }}')</script>"
    rules = [PortForward(1, 80, 80, "udp", evil)]
    more = {"name": "x", "title": evil, "contact": evil}
    page = shown(evil, server=evil, address=evil, forwards=rules, **more)
    assert page.one("h1").text == f"{evil} for {evil}"
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
    assert "PrivateKey" not in repr(Handout("a", "b", CONFIG, None, [], "a"))
