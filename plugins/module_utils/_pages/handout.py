# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The hand-out: one page that a person needs to set up a device, with the QR code of its configuration."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from .._model import PortForward, Server
from . import style
from .html import Html, drawing, page, tag

_ENDPOINT = re.compile(r"^\s*Endpoint\s*=\s*(?P<host>\S+):[0-9]+\s*$", re.MULTILINE | re.IGNORECASE)

# Linux and Android take no longer name for a tunnel, and Windows none that is longer than that.
_LONGEST_TUNNEL = 15
_LONGEST_ON_WINDOWS = 32

TITLE = "VPN access"

# What says when a page was made, for the next run to find.
_MADE = re.compile(r'<time datetime="(\d{4}-\d\d-\d\d)">', re.ASCII)

_WARNING = (
    "Anyone who has this page, its file or a photo of the code can use the VPN in your name. Show it to"
    " nobody, and delete it as soon as your device is set up."
)
_ONE_DEVICE = (
    "It is for one device: two that use the same key cut each other off. Ask for another page for"
    " another device."
)


@dataclass(frozen=True)
class Handout:
    """What the page is about. ``address`` is the server's public one, None where it is not known."""

    user: str
    server: str
    config: str = field(repr=False)
    address: str | None
    forwards: Sequence[PortForward]
    name: str
    """What the file beside the page is called, without ``.conf``."""
    title: str = TITLE
    contact: str = ""
    ends: datetime | None = None
    """When access ends, in UTC. None: nobody has said so."""

    @property
    def file(self) -> str:
        return f"{self.name}.conf"

    @property
    def tunnel(self) -> str:
        """A name for the tunnel that every system takes."""
        kept = "".join(
            char for char in self.name if char.isascii() and (char.isalnum() or char in "-_")
        )
        return kept.lstrip("-")[:_LONGEST_TUNNEL] or "vpn"


def public_address(config: str, server: Server) -> str | None:
    """Where the server's port forwards are reached: where its VPN is, else as the listing has it."""
    found = _ENDPOINT.search(config)
    return found["host"] if found else server.ip or server.hostname


def made_on(page: str) -> date | None:
    """The day that a page says it was made on."""
    found = _MADE.search(page)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def handout_page(handout: Handout, code: str, made: date) -> str:
    """The page. ``code`` is the QR code as SVG. The page is a secret, as the configuration is."""
    day = made.isoformat()
    return page(
        f"{handout.title} for {handout.user}",
        style.HANDOUT,
        "",
        tag(
            "header",
            tag("h1", tag("bdi", handout.title), " for ", tag("bdi", handout.user)),
            tag(
                *("p", "Server ", tag("bdi", handout.server)),
                *(", made on ", tag("time", day, datetime=day)),
                class_="quiet",
            ),
            tag("p", tag("strong", f"Access ends on {_end(handout.ends)}."))
            if handout.ends
            else None,
        ),
        tag(
            "main", _warning(handout), _scan(handout, code), _systems(handout), _addresses(handout)
        ),
    )


def _end(ends: datetime) -> str:
    """The end of a day, as a declared date means it, by that day."""
    if ends.time() == time():
        return f"{ends - timedelta(days=1):%Y-%m-%d}, at the end of the day (UTC)"
    return f"{ends:%Y-%m-%d at %H:%M} UTC"


def _warning(handout: Handout) -> Html:
    lost = "If it got lost, or if something does not work: "
    contact: list[Any] = ["Tell your administrator if it got lost."]
    if handout.contact:
        contact = [lost, tag("bdi", handout.contact, class_="contact"), "."]
    words = [tag("p", _WARNING), tag("p", _ONE_DEVICE), tag("p", contact)]
    return tag("section", tag("h2", "This page is a key"), words, class_="card warning")


def _scan(handout: Handout, code: str) -> Html:
    content = base64.b64encode(handout.config.encode()).decode()
    save = tag(
        *("a", f"Save {handout.file}"),
        download=handout.file,
        href=f"data:application/octet-stream;base64,{content}",
        class_="button",
    )
    words = [
        tag("h2", "Scan the code, or save the file"),
        tag(
            *("p", tag("strong", "This page is on another screen or on paper: ")),
            "scan the code with the WireGuard app of your phone or tablet.",
        ),
        tag(
            *("p", tag("strong", "This page is on the device that you set up: ")),
            *(
                "save ",
                tag("code", handout.file),
                " and import it. It is also the file beside this page.",
            ),
        ),
        tag("p", save, class_="screen"),
        tag(
            *("p", "If nothing is saved, open this page in your browser first."),
            class_="quiet screen",
        ),
    ]
    label = f"QR code of the configuration of {handout.user}"
    return tag("section", drawing(code, label), tag("div", words), class_="card scan")


def _systems(handout: Handout) -> Html:
    rows = [
        tag("div", tag("dt", system), tag("dd", words))
        for system, words in (*_phones(handout), *_computers(handout))
    ]
    title = tag("h2", "Set up your device")
    return tag("section", title, tag("dl", rows, class_="systems"), class_="card")


def _phones(handout: Handout) -> list[tuple[str, Sequence[Any]]]:
    """Each with the way by the code, and the way by the file where the page is on the phone itself."""
    name = tag("code", handout.tunnel)
    file = tag("code", handout.file)
    return [
        (
            "iPhone and iPad",
            [
                "Install WireGuard from the App Store and tap +. Choose ",
                *(tag("q", "Create from QR code"), " and scan the code. Or save the file, choose "),
                *(tag("q", "Create from file or archive"), " and open ", file),
                *(". Name the tunnel ", name, " when you are asked for a name, "),
                "allow the VPN configuration and turn the tunnel on.",
            ],
        ),
        (
            "Android",
            [
                "Install WireGuard from the Play Store or F-Droid and tap +. Choose ",
                *(tag("q", "Scan from QR code"), ", scan the code and name the tunnel ", name),
                *(". Or save the file, choose ", tag("q", "Import from file or archive")),
                *(" and open ", file, ". ", _renamed(handout, _LONGEST_TUNNEL)),
                "Turn the tunnel on.",
            ],
        ),
    ]


def _renamed(handout: Handout, longest: int) -> list[Any]:
    """What to do where a system does not take the file's name for a tunnel."""
    if len(handout.name) <= longest:
        return []
    short = tag("code", f"{handout.tunnel}.conf")
    return ["The name is too long for it: rename the file to ", short, " first. "]


def _computers(handout: Handout) -> list[tuple[str, Sequence[Any]]]:
    file, name = tag("code", handout.file), handout.tunnel
    imports = [tag("q", "Import tunnel(s) from file"), " and open ", file, ". "]
    activate = tag("q", "Activate")
    install = f"sudo install -m 600 {handout.file} /etc/wireguard/{name}.conf"
    return [
        (
            "Windows",
            [
                *("Install WireGuard from wireguard.com/install, choose ", *imports),
                *(_renamed(handout, _LONGEST_ON_WINDOWS), "Click ", activate, " to connect."),
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
                "Install the package wireguard-tools and run ",
                *(tag("code", install), ". Connect with ", tag("code", f"sudo wg-quick up {name}")),
                *(", and disconnect with ", tag("code", f"sudo wg-quick down {name}"), "."),
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
    comment = [" (", tag("bdi", rule.comment), ")"] if rule.comment else []
    leads = f" {protocols}, to port {rule.internal_port} of this device"
    return tag(
        "li", tag("code", typed, class_="address"), tag("span", leads, class_="quiet"), comment
    )


_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]", re.ASCII)
_LONGEST = 60


def file_names(named: Iterable[tuple[int, str]]) -> dict[int, str]:
    """For each id a name that leads nowhere else, and that no other id has, in whatever case.

    That is the given name where it will do, else what is left of it and the id. The lower id has the
    first choice, so that a new one does not rename what is there.
    """
    found: dict[int, str] = {}
    wanted = sorted(named)
    later = []
    taken: set[str] = set()
    for number, name in wanted:
        if not _SAFE.fullmatch(name) or name.casefold() in taken:
            later.append((number, name))
            continue
        found[number] = name
        taken.add(name.casefold())
    for number, name in later:
        safe = f"{_UNSAFE.sub('_', name).lstrip('.-')[:_LONGEST]}-{number}".lstrip("-")
        while safe.casefold() in taken:
            safe += "_"
        found[number] = safe
        taken.add(safe.casefold())
    return found
