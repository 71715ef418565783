# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has: its resolver, its service manager, IPv6, and the connection that we came by."""

from __future__ import annotations

import os
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import host, system
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    NO_RESOLVER,
    RESOLVCONF,
    RESOLVED,
    TunnelError,
)
from tests.support.tunnel_hosts import options

PLAIN = "/etc/resolv.conf"
STUB = "/run/systemd/resolve/stub-resolv.conf"
OPENRESOLV = "#!/bin/sh\n# Copyright (c) 2007-2023 Roy Marples\n"


class Machine:
    """Files, links and commands that the host module may look at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **facts: Any) -> None:
        self.files: dict[str, str] = facts.get("files", {})
        self.links: dict[str, str] = facts.get("links", {})
        self.programs: dict[str, str] = facts.get("programs", {})
        self.answers = facts.get("answers", True)
        monkeypatch.setattr(host, "read_text", lambda path: self.files.get(path, ""))
        monkeypatch.setattr(host, "find_program", self.programs.get)
        monkeypatch.setattr(os.path, "exists", lambda path: path in self.files)
        monkeypatch.setattr(os.path, "isdir", lambda path: path in self.files)
        monkeypatch.setattr(os.path, "realpath", lambda path, **_more: self.links.get(path, path))
        code = 0 if self.answers else 124
        monkeypatch.setattr(host, "run", lambda *_command, **_more: system.Ran(code, "", ""))


RUNS = {"/run/systemd/resolve/io.systemd.Resolve": ""}
RESOLVECTL = {"resolvectl": "/usr/bin/resolvectl"}
TAKEN = {"resolvconf": "/sbin/resolvconf"}

RESOLVERS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, NO_RESOLVER),
    "openresolv": ({"programs": TAKEN, "files": {"/sbin/resolvconf": OPENRESOLV}}, RESOLVCONF),
    "Debian's resolvconf, in use": (
        {"programs": TAKEN, "links": {PLAIN: "/run/resolvconf/resolv.conf"}},
        RESOLVCONF,
    ),
    "Debian's resolvconf with a plain file": ({"programs": TAKEN}, NO_RESOLVER),
    "systemd-resolved, parse_link": (
        {"programs": RESOLVECTL, "files": RUNS, "links": {PLAIN: STUB}},
        RESOLVED,
    ),
    "systemd-resolved, by its address": (
        {"programs": RESOLVECTL, "files": {**RUNS, PLAIN: "nameserver 127.0.0.53\n"}},
        RESOLVED,
    ),
    "systemd-resolved with its resolvconf": (
        {
            "programs": {**RESOLVECTL, **TAKEN},
            "files": RUNS,
            "links": {PLAIN: STUB, "/sbin/resolvconf": "/usr/bin/resolvectl"},
        },
        RESOLVCONF,
    ),
    "its resolvconf, and a plain file": (
        {
            "programs": {**RESOLVECTL, **TAKEN},
            "files": {**RUNS, PLAIN: "nameserver 192.0.2.53\n"},
            "links": {"/sbin/resolvconf": "/usr/bin/resolvectl"},
        },
        NO_RESOLVER,
    ),
    "one that does not run": ({"programs": RESOLVECTL, "links": {PLAIN: STUB}}, NO_RESOLVER),
    "one that does not answer": (
        {"programs": RESOLVECTL, "files": RUNS, "links": {PLAIN: STUB}, "answers": False},
        NO_RESOLVER,
    ),
    "another resolver on this machine": (
        {"programs": RESOLVECTL, "files": {**RUNS, PLAIN: "nameserver 127.0.0.1\n"}},
        NO_RESOLVER,
    ),
}


@pytest.mark.parametrize(("facts", "kind"), RESOLVERS.values(), ids=RESOLVERS)
def test_a_resolver_that_works(
    facts: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Machine(monkeypatch, **facts)
    found, words = host.resolver()
    assert found == kind
    assert words


SERVICES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "systemd": ({"/run/systemd/system": ""}, {"systemctl": "/bin/systemctl"}, "systemd"),
    "systemd that is only installed": ({}, {"systemctl": "/bin/systemctl"}, "none"),
    "OpenRC": ({"/run/openrc/softlevel": ""}, {"rc-service": "/sbin/rc-service"}, "openrc"),
    "nothing": ({}, {}, "none"),
}


@pytest.mark.parametrize(("files", "programs", "manager"), SERVICES.values(), ids=SERVICES)
def test_what_starts_it(
    files: dict[str, Any], programs: dict[str, Any], manager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Machine(monkeypatch, files=files, programs=programs)
    assert host.service(options()) == manager
    assert host.service(options(service="none")) == "none"


def test_a_name_that_no_unit_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, files={"/run/systemd/system": ""}, programs={"systemctl": "x"})
    assert host.service(options(interface="a=b")) == "none"


def test_no_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch)
    assert "wg-quick@.service" in str(host.service_problem("systemd"))
    assert host.service_problem("none") is None


@pytest.mark.parametrize(
    ("values", "has"),
    [(("0", "0"), True), (("1", "0"), False), (("0", "1"), False), ((None, None), False)],
)
def test_ipv6(values: tuple[Any, Any], has: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6": f"{value}\n"
        for name, value in zip(("all", "default"), values, strict=True)
    }
    if values[0] is not None:
        files["/proc/net/if_inet6"] = "..."
    Machine(monkeypatch, files=files)
    assert host.has_ipv6() is has


def test_the_connection_that_sudo_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.getpid()
    Machine(
        monkeypatch,
        files={
            f"/proc/{pid}/environ": "PATH=/bin\0",
            f"/proc/{pid}/status": "Name:\tpython\nPPid:\t4\n",
            "/proc/4/environ": "HOME=/root\0SSH_CONNECTION=192.0.2.9 40000 10.66.66.2 22\0X=1\0",
        },
    )
    assert host.connected_to() == "10.66.66.2"
    assert host.is_reached_over(None, ["10.66.66.2/32"])
    assert not host.is_reached_over(None, ["10.66.66.3/32"])
    assert host.is_reached_over("10.66.66.3", ["10.66.66.3/32"])


FROM, AT = "192.0.2.9", "198.51.100.2"


@pytest.mark.parametrize(
    ("networks", "named"),
    [
        (["192.0.2.0/24"], FROM),
        (["10.0.0.0/8", f"{AT}/32"], AT),
        (["198.0.0.0/7"], AT),
        (["10.0.0.0/8", "2001:db8::/32"], ""),
    ],
)
@pytest.mark.parametrize("mapped", ["", "::ffff:"])
def test_networks_that_hold_the_way_by_which_we_came(
    monkeypatch: pytest.MonkeyPatch, networks: list[str], named: str, mapped: str
) -> None:
    """With neither guard nor roll-back nobody could come that way any more."""
    variable = f"SSH_CONNECTION={mapped}{FROM} 40000 {mapped}{AT} 22\0"
    Machine(monkeypatch, files={f"/proc/{os.getpid()}/environ": variable})
    neither = options(guard=False, rollback=0, routes=networks)
    if named:
        with pytest.raises(TunnelError, match=f"routes has {named}, .* lock you out"):
            host.refuse_lockout(neither)
    else:
        host.refuse_lockout(neither)
    host.refuse_lockout(options(routes=networks))
    host.refuse_lockout(options(routes=networks, rollback=0))
    host.refuse_lockout(options(routes=networks, guard=False))
    host.refuse_lockout(options(routes="forwards", guard=False, rollback=0))


def test_a_connection_by_an_address_of_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    variable = "SSH_CONNECTION=fe80::1%eth0 40000 fe80::2%eth0 22\0"
    Machine(monkeypatch, files={f"/proc/{os.getpid()}/environ": variable})
    host.refuse_lockout(options(guard=False, rollback=0, routes=["2001:db8::/32", "10.0.0.0/8"]))


def test_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, files={f"/proc/{os.getpid()}/status": "PPid:\t1\n"})
    assert host.connected_to() is None
    Machine(monkeypatch)
    assert host.connected_to() is None


def test_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, answers=False)
    assert not host.has_kernel_module()
    Machine(monkeypatch, answers=False, files={"/sys/module/wireguard": ""})
    assert host.has_kernel_module()
