# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is simulated: a diff without keys, a cause in a sentence, facts; and the script that runs alone."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    messages,
    rollback_script,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.current import Device
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.own_values import (
    prefs_of,
)
from tests.support.tunnel_hosts import CONF, NOW, OTHER, PRIVATE, PUBLIC, SHARED, fitting, wish

PATH = "/etc/wireguard/pvpn0.conf"


def test_a_diff_has_no_keys() -> None:
    new = wish().text
    found = messages.diff(PATH, new.replace(PRIVATE, OTHER), new)
    shown = found["before"] + found["after"]
    assert not [key for key in (PRIVATE, SHARED, OTHER) if key in shown]
    assert "PrivateKey = ***\n" in found["before"]
    assert "PrivateKey = *** (another one)\n" in found["after"]
    assert "PresharedKey = ***\n" in found["after"]
    assert f"PublicKey = {PUBLIC}\n" in found["after"]


def test_a_diff_of_the_same_is_none() -> None:
    found = messages.diff(PATH, wish().text, wish().text)
    assert found["before"] == found["after"]


def test_a_diff_where_there_was_nothing() -> None:
    assert messages.diff(PATH, None, wish().text)["before"] == ""
    assert messages.diff(PATH, wish().text, None)["after"] == ""


@pytest.mark.parametrize("text", [f"nonsense {PRIVATE}", f"[Interface]\nPrivate = {PRIVATE}\n"])
def test_a_diff_of_what_is_no_configuration(text: str) -> None:
    assert PRIVATE not in messages.diff(PATH, text, wish().text)["before"]


def test_a_diff_with_keys_where_none_belong() -> None:
    text = wish(f"# {SHARED}\n{CONF}", post_up=[f"wg set %i peer {PUBLIC} x {SHARED}"]).text
    found = messages.diff(PATH, f"# {SHARED}\n{text}", text)
    assert SHARED not in found["before"] + found["after"]


def test_facts() -> None:
    found = messages.facts(wish().conf, wish().options, fitting(wish()))
    assert found == {
        "interface": "pvpn0",
        "address": "10.66.66.2",
        "addresses": ["10.66.66.2/32"],
        "endpoint": "192.0.2.5:51820",
        "public_key": OTHER,
        "server_public_key": PUBLIC,
        "latest_handshake": NOW - 20,
        "routes": "full",
        "dns": ["1.1.1.1", "8.8.8.8"],
    }
    before = messages.facts(wish().conf, wish().options, Device())
    assert (before["public_key"], before["latest_handshake"]) == (None, None)


# As wg-quick 1.0.20210914 prints them.
LOGS = {
    "[#] resolvconf -a pvpn0 -m 0 -x\n/usr/bin/wg-quick: line 32: resolvconf: command not found": "resolvconf",
    "[#] ip -6 address add fd66::2/128 dev pvpn0\nRTNETLINK answers: Permission denied": "IPv6",
    "[#] ip -6 address add fd66::2/128 dev pvpn0\nError: ipv6: IPv6 is disabled on this device.": "IPv6",
    "[#] ip link add pvpn0 type wireguard\nError: Unknown device type.": "kernel",
    "[#] ip link add pvpn0 type wireguard\nRTNETLINK answers: Operation not supported": "kernel",
    "[#] iptables-restore -n\n/usr/bin/wg-quick: line 32: iptables-restore: command not found": "nft",
    "[#] sysctl -q net.ipv4.conf.all.src_valid_mark=1\nsysctl: cannot stat: Read-only file system": "sysctl",
    "[!] Falling back\nFailed to create TUN device: no such file or directory": "/dev/net/tun",
    "[#] wg setconf pvpn0 /dev/fd/63\nName or service not known: `vpn.example.net:51820'": "name",
    "wg-quick: `pvpn0' already exists": "another interface",
    "[#] ip link add\nRTNETLINK answers: Operation not permitted": "container",
}


@pytest.mark.parametrize(("log", "said"), LOGS.items())
def test_a_cause(log: str, said: str) -> None:
    assert said in messages.failure_cause(log)
    assert "|" not in messages.failure_cause(log)


def test_a_cause_that_nobody_knows() -> None:
    found = messages.failure_cause(f"[#] one\n[#] two {PRIVATE}\n\x1b[31mthree\n")
    assert found == "[#] one | [#] two *** | \\x1b[31mthree"
    assert messages.failure_cause("") == "wg-quick said nothing"
    assert (
        messages.failure_cause("[#] false\n[#] ip link delete dev pvpn0\n")
        == "this command failed: false"
    )


def test_the_preferences_of_an_older_file() -> None:
    assert prefs_of(wish(guard_pref=100).text) == {100, 101, 102}
    assert prefs_of(CONF) == prefs_of(None) == prefs_of("nonsense") == set()


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_is_shell(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    done = subprocess.run(
        [shell, "-n"], input=rollback_script.SCRIPT, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
