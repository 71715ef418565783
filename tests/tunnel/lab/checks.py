# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What most tests of tunnels assert: sessions live, forwards answer, traffic leaves by the server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..lab import services
from .host import Host
from .lab import Lab

# One forward for both protocols, as a task declares it; and what the host does on its port.
FORWARDS = [{"external_port": 8080, "internal_port": 80, "protocol": "both"}]
EXTERNAL, INTERNAL = 8080, 80


@contextlib.contextmanager
def sessions_live(lab: Lab, host: Host) -> Iterator[None]:
    """Sessions that are open before live on after it, and new ones come about; v4 and v6."""
    with lab.session(host.v4) as four, lab.session(host.v6) as six:
        yield
        assert four.lives(), "the open session over IPv4 died"
        assert six.lives(), "the open session over IPv6 died"
    assert lab.reachable(host.v4), "no new session over IPv4"
    assert lab.reachable(host.v6), "no new session over IPv6"


def on_the_vpn(lab: Lab, host: Host) -> None:
    """The host's own traffic leaves by the server."""
    assert lab.seen_as(host) == lab.server.link.v4()


def forwards_answer(lab: Lab, host: Host) -> None:
    """The forward answers over TCP and UDP, from the controller and from elsewhere."""
    public = lab.server.link.v4()
    with services.serving(host, INTERNAL, services.named(host.name)):
        answers: dict[Any, str | None] = {
            (node.name, "udp" if udp else "tcp"): services.ask(node, public, EXTERNAL, udp=udp)
            for node in (lab.controller, lab.far)
            for udp in (False, True)
        }
    assert answers == dict.fromkeys(answers, f"{host.name}: hello"), answers
