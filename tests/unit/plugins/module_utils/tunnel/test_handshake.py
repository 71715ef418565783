# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tunnel that is up is only right if its server answers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import handshake
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    TunnelError,
)
from tests.support.tunnel_hosts import CONF, wish

NAMED = CONF.replace("192.0.2.5", "vpn.example.net")


class Server:
    """Answers at one address; the device is set to another one until it is set anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, right: str, resolved: str) -> None:
        self.right, self.resolved, self.endpoint = right, resolved, "192.0.2.5:51820"
        self.now = 1000.0
        monkeypatch.setattr(handshake, "latest", lambda interface: self.latest())
        monkeypatch.setattr(handshake, "_endpoint", lambda interface: {self.endpoint})
        monkeypatch.setattr(handshake, "trigger", lambda conf, interface: None)
        monkeypatch.setattr(handshake, "run", self.run)
        monkeypatch.setattr(handshake.socket, "getaddrinfo", self.look_up)
        monkeypatch.setattr(handshake.time, "time", lambda: self.now)
        monkeypatch.setattr(handshake.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(handshake.time, "sleep", self.sleep)

    def latest(self) -> int:
        return int(self.now) if self.endpoint == self.right else 0

    def run(self, *command: str) -> None:
        assert command[:2] == ("wg", "set")
        self.endpoint = self.resolved

    def look_up(self, name: str, port: str, **how: object) -> list[Any]:
        addresses = {"several.example.net": ("192.0.2.5", "2001:db8::5", "192.0.2.5")}
        found = addresses.get(name, ("192.0.2.5",))
        return [(0, 0, 0, "", (one, int(port))) for one in found]

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_one_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    Server(monkeypatch, right="192.0.2.5:51820", resolved="x")
    assert handshake.verify(wish(NAMED).conf, "pvpn0", 5) == ""


def test_a_name_that_leads_elsewhere_now(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, right="192.0.2.9:51820", resolved="192.0.2.9:51820")
    assert "another address" in handshake.verify(wish(NAMED).conf, "pvpn0", 5)
    assert server.endpoint == "192.0.2.9:51820"


@pytest.mark.parametrize("conf", [CONF, NAMED])
def test_a_dead_one_is_no_success(monkeypatch: pytest.MonkeyPatch, conf: str) -> None:
    Server(monkeypatch, right="nowhere", resolved="192.0.2.7:51820")
    with pytest.raises(TunnelError, match="did not answer within 5 s"):
        handshake.verify(wish(conf).conf, "pvpn0", 5)


def test_a_dead_one_with_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    Server(monkeypatch, right="nowhere", resolved="192.0.2.5:51820")
    conf = wish(CONF.replace("192.0.2.5", "several.example.net")).conf
    with pytest.raises(TunnelError, match=r"leads to 192\.0\.2\.5, 2001:db8::5, and WireGuard"):
        handshake.verify(conf, "pvpn0", 5)
