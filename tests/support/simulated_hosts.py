# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated host: a table answers its commands, and its folders are temporary ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    apply,
    boot_hook,
    given_conf,
    host,
    rollback,
    system,
    tunnel_options,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.current import Device
from tests.support.tunnel_hosts import CONF, NOW, options

Answer = tuple[int, str, str]


class SimulatedHost:
    """Answers each command by the longest beginning of it that is known; notes what was run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ran: list[tuple[str, ...]] = []
        self.answers: dict[tuple[str, ...], Answer] = {
            (): (0, "", ""),
            ("wg-quick", "strip"): (0, CONF, ""),
            ("wg", "setconf"): (1, "", "Unable to modify interface: No such device"),
            ("ip", "-j", "address", "show", "dev"): (1, "[", "Device does not exist."),
            ("wg", "show"): (1, "", "No such device"),
            ("systemctl", "is-enabled"): (1, "", ""),
            ("modprobe",): (1, "", ""),
        }

    def __call__(self, arguments: list[str]) -> system.Ran:
        command = tuple(arguments[arguments.index("timeout") + 2 :])
        self.ran.append(command)
        known = [words for words in self.answers if command[: len(words)] == words]
        return system.Ran(*self.answers[max(known, key=len)])

    def began(self, *words: str) -> list[tuple[str, ...]]:
        """What was run that holds all these words."""
        return [command for command in self.ran if set(words) <= set(" ".join(command).split())]

    def has(self, device: Device, interface: str = "pvpn0") -> None:
        """Let this be the tunnel on the host."""
        peer = next(iter(device.peers.values()))
        keys = f"{device.private_key}\t{device.public_key}\t{device.listen_port}\t0xca6c\n"
        held = (peer.public_key, peer.preshared_key, peer.endpoint, ",".join(sorted(peer.allowed)))
        self.answers[("wg", "show")] = (
            0,
            keys + "\t".join([*map(str, held), str(peer.latest_handshake), "1", "1", "25"]) + "\n",
            "",
        )
        addresses = [_address(one) for one in device.addresses]
        link = {"ifname": interface, "flags": ["UP"], "mtu": 1420, "addr_info": addresses}
        self.answers[("ip", "-j", "address", "show", "dev")] = (0, json.dumps([link]), "")
        for family, default in ((4, "0.0.0.0/0"), (6, "::/0")):
            rules = [_rule(rule) for rule in device.rules if rule.family == family]
            self.answers[("ip", "-N", "-j", f"-{family}", "rule")] = (0, json.dumps(rules), "")
            routes = [{"dst": "default", "dev": interface}] if default in device.routes else []
            command = ("ip", "-j", f"-{family}", "route", "show", "table", "51820")
            self.answers[command] = (0, json.dumps(routes), "")

    @property
    def files(self) -> rollback.TunnelFiles:
        return rollback.TunnelFiles("pvpn0", "none")


def _address(value: str) -> dict[str, Any]:
    local, _slash, length = value.partition("/")
    return {"local": local, "prefixlen": int(length), "scope": "global"}


def _rule(rule: Any) -> dict[str, Any]:
    """A rule as ip(8) lists it."""
    source, _slash, length = (rule.source or "all").partition("/")
    found: dict[str, Any] = {"priority": rule.pref, "src": source}
    if length and length not in ("32", "128"):
        found["srclen"] = int(length)
    if rule.table.startswith("goto "):
        found["goto"] = int(rule.table[5:])
    elif rule.table == "nop":
        found["nop"] = None
    else:
        found["table"] = "254" if rule.table == "main" else rule.table
    if rule.iif:
        found["iif"] = rule.iif
    if rule.suppress:
        found["suppress_prefixlen"] = 0
    if rule.mark is not None:
        found["fwmark"] = hex(rule.mark)
    if rule.unless_mark is not None:
        found.update({"not": None, "fwmark": hex(rule.unless_mark)})
    return found


@pytest.fixture
def simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimulatedHost:
    """A host with WireGuard's tools, without a tunnel, a resolver integration or a service manager."""
    found = SimulatedHost(tmp_path)
    monkeypatch.setattr(system, "execute", found)
    monkeypatch.setattr(rollback, "FOLDER", str(tmp_path / "wireguard"))
    monkeypatch.setattr(rollback, "_NOTE", str(tmp_path / "wireguard" / ".note"))
    monkeypatch.setattr(rollback, "STATES", str(tmp_path / "state"))
    monkeypatch.setattr(boot_hook, "SYSTEMD", str(tmp_path / "systemd"))
    monkeypatch.setattr(boot_hook, "OPENRC", str(tmp_path / "openrc"))
    monkeypatch.setattr(host, "UNIT_FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(host, "resolver", lambda: (tunnel_options.NO_RESOLVER, "nothing"))
    monkeypatch.setattr(host, "has_ipv6", lambda: True)
    monkeypatch.setattr(host, "connected_to", lambda: None)
    (tmp_path / "wg-quick@.service").touch()
    for module in (apply, host):
        monkeypatch.setattr(module, "find_program", lambda name: f"/usr/bin/{name}")
    return found


def present(
    simulated: SimulatedHost, *, check: bool = False, reached_at: str | None = None, **values: Any
) -> apply.Outcome:
    """Bring the host to what is desired."""
    conf = given_conf.read(values.pop("conf", CONF), allow_hooks=False)
    task = apply.Task(check, reached_at)
    return apply.present(conf, options(**{"service": "none", "dns": "none", **values}), task)


__all__ = ["NOW", "SimulatedHost", "present", "simulated"]
