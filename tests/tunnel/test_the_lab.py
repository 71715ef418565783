# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab itself: the facts that the role is built on, shown with .conf files made by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from .conftest import Scene
from .lab import looks, services
from .lab.lab import Lab

ROOT = Path(__file__).resolve().parents[2]

PATH = "/etc/wireguard/wg0.conf"
# Rules of our own instead of wg-quick's: what comes from the host's own addresses takes the way it took.
LAYOUT = """Table = 51820
FwMark = 51820
PostUp = ip rule add from HOST4 lookup main pref 31000; ip -6 rule add from HOST6 lookup main pref 31000
PostUp = ip rule add lookup main suppress_prefixlength 0 pref 31001
PostUp = ip rule add not fwmark 51820 lookup 51820 pref 31002
PostUp = ip -6 rule add lookup main suppress_prefixlength 0 pref 31001
PostUp = ip -6 rule add not fwmark 51820 lookup 51820 pref 31002
"""


def without_dns(conf: str) -> str:
    return "".join(f"{line}\n" for line in conf.splitlines() if not line.startswith("DNS"))


def test_without_resolvconf_the_vendors_conf_does_not_come_up(scene: Scene) -> None:
    scene.host.write(PATH, scene.lab.user("web"), "0600")
    up = scene.host.attempt("wg-quick", "up", "wg0")
    assert up.returncode == 127
    assert "resolvconf: command not found" in up.stdout


def test_the_vendors_conf_cuts_the_connection_off(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    host.write(PATH, without_dns(lab.user("web", "8080/both -> 80")), "0600")
    with lab.session(host.v4) as four, lab.session(host.v6) as six:
        assert four.lives()
        assert six.lives()
        host.run("wg-quick", "up", "wg0")
        assert not four.lives(2)
        assert not six.lives(2)
        assert not lab.reachable(host.v4)
        assert not lab.reachable(host.v6)
        # The tunnel itself works: that is the trouble.
        assert lab.seen_as(host) == lab.server.link.v4()
        host.run("wg-quick", "down", "wg0")
        assert lab.reachable(host.v4)


def test_the_roles_layout_keeps_it(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    conf = without_dns(lab.user("web", "8080/both -> 80"))
    layout = LAYOUT.replace("HOST4", host.v4).replace("HOST6", host.v6)
    host.write(PATH, conf.replace("[Peer]", f"{layout}\n[Peer]"), "0600")
    with lab.session(host.v4) as four, lab.session(host.v6) as six:
        host.run("wg-quick", "up", "wg0")
        assert four.lives()
        assert six.lives()
        assert lab.reachable(host.v4)
        assert lab.reachable(host.v6)
        assert lab.seen_as(host) == lab.server.link.v4()
        public = lab.server.link.v4()
        with services.serving(host, 80, services.named("web")):
            for node in (lab.controller, lab.far):
                assert services.ask(node, public, 8080) == "web: hello"
                assert services.ask(node, public, 8080, udp=True) == "web: hello"


def test_the_server_follows_the_portal(scene: Scene) -> None:
    lab, host = scene.lab, scene.host
    host.write(PATH, without_dns(lab.user("web")), "0600")
    host.run("wg-quick", "up", "wg0")
    assert lab.seen_as(host) == lab.server.link.v4()
    lab.ask_portal("DELETE", "/users/101")
    assert lab.seen_as(host, wait=1) is None


def test_a_host_keeps_its_changes_to_itself(scene: Scene) -> None:
    scene.host.write("/etc/of-the-host", "")
    scene.host.write("/run/of-the-host", "")
    other = scene.lab.host()
    for node in (other, scene.lab.controller):
        assert node.attempt("ls", "/etc/of-the-host", "/run/of-the-host").returncode != 0
    scene.lab.remove(other)


def test_a_whole_systemd(booted: Scene, root: Path) -> None:
    lab, host = booted.lab, booted.host
    assert host.run("systemctl", "is-system-running", "--wait").strip() == "running"
    assert lab.seen_as(host) == host.v4
    assert lab.reachable(host.v6)
    other = lab.machine(root)
    assert other.run("hostname").strip() != host.run("hostname").strip()
    lab.remove(other)
    assert host.run("systemctl", "is-system-running").strip() == "running"


def of_the_machine() -> list[str]:
    """Its links, addresses, routes and rules."""
    asked = ("link", "address", "route", "-6 route", "rule", "-6 rule", "netns")
    commands = [["ip", "-o", *each.split()] for each in asked]
    # Lifetimes of addresses and routes count down.
    return [
        re.sub(
            r"(valid_lft|preferred_lft|expires) \w+", "", subprocess.check_output(each, text=True)
        )
        for each in commands
    ]


A_LAB = """
import pathlib, sys, time
from tests.tunnel.lab.lab import running
with running(pathlib.Path(sys.argv[1]), pathlib.Path("none")) as lab:
    host = lab.host()
    print(host.pid, *(node.pid for node in lab.network.nodes), flush=True)
    time.sleep(600)
"""


def test_a_killed_lab_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    before = of_the_machine()
    command = [sys.executable, "-c", A_LAB, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        processes = [Path("/proc", pid) for pid in other.stdout.readline().split()]
        other.kill()
    assert len(processes) == 5
    assert looks.until(lambda: not any(each.exists() for each in processes), 10)
    assert of_the_machine() == before
