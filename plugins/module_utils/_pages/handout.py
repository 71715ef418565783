# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The hand-out: one page that a person needs to set up a device, with the QR code of its configuration."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._model import PortForward, Server
from . import style
from .html import Html, drawing, page, tag

_ENDPOINT = re.compile(r"^\s*Endpoint\s*=\s*(?P<host>\S+):[0-9]+\s*$", re.MULTILINE | re.IGNORECASE)

# Linux and Android take no longer name for a tunnel.
_LONGEST_TUNNEL = 15

_WARNING = (
    "Whoever has this page, its file or a photo of the code can use the VPN in your name. Show it to"
    " nobody, and delete it as soon as your device is set up. Tell your administrator if it got lost."
)
_ONE_DEVICE = (
    "It is for one device: two that use the same key cut each other off. Ask for another page for"
    " another device."
)

_LINUX = (
    "Install your distribution\N{RIGHT SINGLE QUOTATION MARK}s WireGuard tools and put the file in its"
    " place: "
)


@dataclass(frozen=True)
class Handout:
    """What the page is about. ``address`` is the server's public one, None where it is not known."""

    user: str
    server: str
    config: str = field(repr=False)
    address: str | None
    forwards: Sequence[PortForward]

    @property
    def tunnel(self) -> str:
        """A name for the tunnel that every system takes."""
        kept = "".join(
            char for char in self.user if char.isascii() and (char.isalnum() or char in "-_")
        )
        return kept.lstrip("-")[:_LONGEST_TUNNEL] or "vpn"


def public_address(config: str, server: Server) -> str | None:
    """Where the server's port forwards are reached: where its VPN is, else as the listing has it."""
    found = _ENDPOINT.search(config)
    return found["host"] if found else server.ip or server.hostname


def handout_page(handout: Handout, code: str) -> str:
    """The page. ``code`` is the QR code as SVG. The page is a secret, as the configuration is."""
    title = f"VPN access for {handout.user}"
    return page(
        title,
        style.HANDOUT,
        "",
        tag(
            "header",
            tag("h1", "VPN access for ", tag("bdi", handout.user)),
            tag("p", "Server ", tag("bdi", handout.server), class_="quiet"),
        ),
        tag("main", _warning(), _scan(handout, code), _systems(handout), _addresses(handout)),
    )


def _warning() -> Html:
    said = [tag("p", _WARNING), tag("p", _ONE_DEVICE)]
    return tag("section", tag("h2", "This page is a key"), said, class_="card warning")


def _scan(handout: Handout, code: str) -> Html:
    file = f"{handout.tunnel}.conf"
    content = base64.b64encode(handout.config.encode()).decode()
    save = tag(
        *("a", f"Save {file}"),
        download=file,
        href=f"data:application/octet-stream;base64,{content}",
        class_="button screen",
    )
    here = tag("span", ", or the one from here", class_="screen")
    words = [
        tag("h2", "Scan the code, or save the file"),
        tag("p", "A phone or tablet scans the code with the WireGuard app."),
        tag("p", "A computer imports the file that lies beside this page", here, "."),
        tag("p", save),
    ]
    label = f"QR code of the configuration of {handout.user}"
    return tag("section", drawing(code, label), tag("div", words), class_="card scan")


def _systems(handout: Handout) -> Html:
    rows = [
        (tag("dt", system), tag("dd", words))
        for system, words in (*_phones(handout), *_computers(handout))
    ]
    title = tag("h2", "Set up your device")
    return tag("section", title, tag("dl", rows, class_="systems"), class_="card")


def _phones(handout: Handout) -> list[tuple[str, Sequence[Any]]]:
    return [
        (
            "iPhone and iPad",
            [
                "Install WireGuard from the App Store, tap the plus sign and choose ",
                tag("q", "Create from QR code"),
                ". Scan the code above, allow the VPN configuration and turn the tunnel on.",
            ],
        ),
        (
            "Android",
            [
                "Install WireGuard from the Play Store or F-Droid, tap the plus sign and choose ",
                tag("q", "Scan from QR code"),
                f". Scan the code above, name the tunnel {handout.tunnel} and turn it on.",
            ],
        ),
    ]


def _computers(handout: Handout) -> list[tuple[str, Sequence[Any]]]:
    file, name = f"{handout.tunnel}.conf", handout.tunnel
    imports = [tag("q", "Import tunnel(s) from file"), f" and open {file}. "]
    activate = tag("q", "Activate")
    return [
        (
            "Windows",
            [
                *("Install WireGuard from wireguard.com/install, choose ", *imports),
                *("Click ", activate, " to connect."),
            ],
        ),
        (
            "macOS",
            [
                *("Install WireGuard from the App Store, choose ", *imports),
                *("Allow the VPN configuration and click ", activate, " to connect."),
            ],
        ),
        (
            "Linux",
            [
                *(_LINUX, tag("code", f"sudo install -m 600 {file} /etc/wireguard/{file}")),
                *(". Connect with ", tag("code", f"sudo wg-quick up {name}")),
                *(", and end it with ", tag("code", f"sudo wg-quick down {name}"), "."),
            ],
        ),
    ]


def _addresses(handout: Handout) -> Html | None:
    if not handout.forwards:
        return None
    title = tag("h2", "Reach this device from the internet")
    rows = [_address(handout.address, rule) for rule in handout.forwards]
    intro = tag("p", "While it is connected, these addresses lead to it:")
    return tag("section", title, intro, tag("ul", rows, class_="addresses"), class_="card")


def _address(host: str | None, rule: PortForward) -> Html:
    protocols = "TCP and UDP" if rule.protocol == "both" else rule.protocol.upper()
    typed = f"{host}:{rule.external_port}" if host else f"port {rule.external_port}"
    comment = [tag("br"), tag("bdi", rule.comment)] if rule.comment else []
    told = f" {protocols}, to port {rule.internal_port} of this device"
    return tag(
        "li", tag("code", typed, class_="address"), tag("span", told, class_="quiet"), comment
    )
