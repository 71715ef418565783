# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that lack something: each comes up, or says in one clear sentence why not."""

from __future__ import annotations

import pytest

from .conftest import Scene
from .lab import checks, looks
from .lab.host import NAMESERVER, Host
from .lab.lab import RESOLVED
from .lab.plays import changed

pytestmark = pytest.mark.spread

PLAIN = f"nameserver {NAMESERVER}\n"


def install(host: Host, *packages: str) -> None:
    command = f"apt-get -q update && apt-get -q install -y {' '.join(packages)}"
    host.run("sh", "-c", command, timeout=120)


def resolves(host: Host) -> bool:
    """Whether a name is resolved, by the resolvers that the portal's .conf names."""
    return RESOLVED in host.attempt("getent", "ahostsv4", "lab.example", timeout=90).stdout


def test_no_resolvconf(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    run = scene.plays.good(host)
    checks.on_the_vpn(lab, host)
    assert "DNS" not in host.read(looks.CONF)
    assert host.read("/etc/resolv.conf") == PLAIN
    assert "resolv" in run.output.lower()  # the note that the resolver was left alone


def test_openresolv(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    install(host, "openresolv")
    plays.good(host)
    checks.on_the_vpn(lab, host)
    assert "nameserver 1.1.1.1" in host.read("/etc/resolv.conf")
    assert resolves(host)
    assert changed(plays.good(host))[host.name] == 0
    plays.good(host, wg_client_state="absent")
    assert "1.1.1.1" not in host.read("/etc/resolv.conf")


def test_openresolv_can_be_installed(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    plays.good(host, wg_client_dns="install")
    checks.on_the_vpn(lab, host)
    assert resolves(host)


def test_debians_resolvconf_and_a_plain_file(scene: Scene) -> None:
    """It succeeds and changes nothing: that is no resolver that works."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    install(host, "resolvconf")
    host.run("rm", "-f", "/etc/resolv.conf")
    host.write("/etc/resolv.conf", PLAIN)
    run = plays.good(host)
    checks.on_the_vpn(lab, host)
    assert "DNS" not in host.read(looks.CONF)
    assert host.read("/etc/resolv.conf") == PLAIN
    assert "resolv" in run.output.lower()


def test_systemd_resolved(booted: Scene) -> None:
    lab, host, plays = booted.lab, booted.host, booted.plays
    install(host, "systemd-resolved")
    # As after a boot: installed into a running system, it is not on the bus yet.
    host.run("systemctl", "reload", "dbus")
    host.run("systemctl", "restart", "systemd-resolved")
    plays.good(host)
    checks.on_the_vpn(lab, host)
    assert "1.1.1.1" in host.run("resolvectl", "dns", looks.INTERFACE)
    assert resolves(host)
    plays.good(host, wg_client_state="absent")
    assert "1.1.1.1" not in host.run("resolvectl", "dns")


def test_a_list_of_resolvers_and_none(scene: Scene) -> None:
    host, plays = scene.host, scene.plays
    install(host, "openresolv")
    plays.good(host, wg_client_dns=["8.8.8.8"])
    assert "nameserver 8.8.8.8" in host.read("/etc/resolv.conf")
    assert "1.1.1.1" not in host.read("/etc/resolv.conf")
    plays.good(host, wg_client_dns="none")
    assert "DNS" not in host.read(looks.CONF)
    assert "8.8.8.8" not in host.read("/etc/resolv.conf")


def test_ipv6_is_off(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    host.sysctl(ipv6__conf__all__disable_ipv6=1, ipv6__conf__default__disable_ipv6=1)
    with lab.session(host.v4) as session:
        plays.good(host, wg_client_port_forwards=checks.FORWARDS)
        assert session.lives()
    assert lab.reachable(host.v4)
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)
    assert changed(plays.good(host, wg_client_port_forwards=checks.FORWARDS))[host.name] == 0


def test_ipv6_kept_where_it_is_off_says_why_it_fails(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    host.sysctl(ipv6__conf__all__disable_ipv6=1, ipv6__conf__default__disable_ipv6=1)
    before = looks.rules(host)
    said = plays.bad(host, wg_client_ipv6="keep")
    assert "IPv6" in said, said
    assert lab.reachable(host.v4)
    assert looks.until(lambda: looks.rules(host) == before, 5)
    assert not looks.has_interface(host)


LOGINS = "/etc/systemd/logind.conf.d/lab.conf"


def test_the_end_of_a_login_takes_nothing_along(booted: Scene) -> None:
    """KillUserProcesses=yes, and no unit for the tunnel: ssh logs in by PAM, and all that a login left is killed."""
    lab, host, plays = booted.lab, booted.host, booted.plays
    install(host, "libpam-systemd")
    # Of root's logins too, as of those of a user who becomes root by sudo.
    host.write(LOGINS, "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=nobody\n")
    host.run("sed", "-i", "s/^UsePAM no/UsePAM yes/", "/etc/ssh/sshd_config")
    host.run("systemctl", "restart", "systemd-logind", "ssh")

    def logins() -> list[str]:
        return host.run("loginctl", "list-sessions", "--no-legend").splitlines()

    def runs(what: str) -> bool:
        return any(line.endswith(what) for line in host.run("ps", "-eo", "args").splitlines())

    with lab.session(host.v4):
        assert looks.until(lambda: bool(logins()), 20)
        left = "setsid sleep 303 </dev/null >/dev/null 2>&1 &"
        lab.controller.run("ssh", *lab.keys.options(), f"root@{host.v4}", left)
    assert looks.until(lambda: not logins() and not runs("sleep 303"), 60)
    plays.good(host, wg_client_service="none", wg_client_port_forwards=checks.FORWARDS)
    host.run("loginctl", "terminate-user", "root")
    assert looks.until(lambda: not logins(), 60)
    assert runs(f"wireguard-go {looks.INTERFACE}")
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)
    # The roll-back is detached as the start is.
    plays.bad(host, wg_client_service="none", wg_client_guard=False, wg_client_rollback=15)
    host.run("loginctl", "terminate-user", "root")
    assert looks.until(lambda: lab.reachable(host.v4), 60)
    checks.on_the_vpn(lab, host)
    plays.good(host, wg_client_service="none", wg_client_state="absent")
    host.run("rm", LOGINS)
    host.run("sed", "-i", "s/^UsePAM yes/UsePAM no/", "/etc/ssh/sshd_config")
    host.run("systemctl", "restart", "systemd-logind", "ssh")


def test_proc_sys_is_read_only(scene: Scene) -> None:
    """As in containers."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    host.run("mount", "--bind", "/proc/sys", "/proc/sys")
    host.run("mount", "-o", "remount,bind,ro", "/proc/sys")
    assert host.attempt("tee", "/proc/sys/net/ipv4/conf/all/src_valid_mark", stdin="1").returncode
    with checks.sessions_live(lab, host):
        plays.good(host, wg_client_port_forwards=checks.FORWARDS)
    checks.on_the_vpn(lab, host)
    checks.forwards_answer(lab, host)


def test_no_tun_device(scene: Scene) -> None:
    """Neither the kernel's WireGuard nor what wireguard-go needs: one sentence, and nothing changed."""
    lab, host, plays = scene.lab, scene.host, scene.plays
    if host.attempt("ip", "link", "add", "try0", "type", "wireguard").returncode == 0:
        pytest.skip("this kernel has WireGuard")
    host.run("mount", "-t", "tmpfs", "lab", "/dev/net")
    before = looks.rules(host)
    said = plays.bad(host)
    assert "/dev/net/tun" in said, said
    assert lab.reachable(host.v4)
    assert looks.rules(host) == before


def test_a_system_that_is_not_supported(scene: Scene) -> None:
    lab, host, plays = scene.lab, scene.host, scene.plays
    host.attempt("dpkg", "--purge", "wireguard-tools", "wireguard-go")
    host.run("rm", "-f", "/etc/debian_version", "/etc/os-release")
    host.write("/etc/os-release", 'NAME="Gentoo"\nID=gentoo\nVERSION_ID="2.15"\n')
    host.write("/etc/gentoo-release", "Gentoo Base System release 2.15\n")
    said = plays.bad(host)
    assert "Gentoo" in said, said
    assert lab.controller.call(lab.simulator.state)["users"] == []
