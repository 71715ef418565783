# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that a client should have: always a whole one, and never a way to be locked out."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    desired,
    given_conf,
    tunnel_options,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.rules import Layout
from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel.tunnel_options import (
    TunnelError,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._wg_conf import parse
from tests.support.tunnel_hosts import CONF, PRIVATE, SHARED, options, wish

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")


def rules(text: str) -> list[str]:
    return re.findall(r"ip -[46] rule add .*pref \d+", text)


def test_the_whole_file() -> None:
    text = wish(mtu=1380, listen_port=51821, post_up=["echo up"], pre_down=["echo down"]).text
    assert text.startswith(f"{desired.HEADER}\n[Interface]\nPrivateKey = {PRIVATE}\n")
    conf = parse(text)
    interface, (peer,) = conf["Interface"], conf["Peer"]
    assert list(interface) == [
        *("PrivateKey", "Address", "DNS", "MTU", "ListenPort", "Table", "FwMark"),
        *("PostUp", "PreDown", "PostDown"),
    ]
    assert interface["DNS"] == ["1.1.1.1", "8.8.8.8"]
    assert (interface["Table"], str(interface["FwMark"])) == ("51820", "51820")
    assert (interface["MTU"], interface["ListenPort"]) == (1380, 51821)
    assert interface["PostUp"][-1] == "echo up"
    assert interface["PreDown"] == ["echo down"]
    assert peer == parse(CONF)["Peer"][0]


T, OTHER_WAY, QUESTION = 0x4A6C0001, 0x4A6C0002, 0x4A6C0003


def test_the_rules_of_everything() -> None:
    """Only what has no source yet is led into the tunnel; and no address of the host's is in a rule."""
    text = wish().text
    own6 = "fd70:7670:6e30::a42:4202"
    assert f"Address = 10.66.66.2/32, {own6}/128" in text
    assert rules(text) == [
        "ip -4 rule add nop pref 31002",
        "ip -4 rule add fwmark 51820 lookup main pref 31000",
        "ip -4 rule add fwmark 51820 goto 31002 pref 31000",
        f"ip -4 rule add fwmark {OTHER_WAY} lookup main pref 31000",
        f"ip -4 rule add fwmark {OTHER_WAY} goto 31002 pref 31000",
        f"ip -4 rule add fwmark {QUESTION} lookup main suppress_prefixlength 0 pref 31000",
        f"ip -4 rule add fwmark {QUESTION} lookup 51820 pref 31000",
        "ip -6 rule add nop pref 31002",
        "ip -6 rule add fwmark 51820 lookup main pref 31000",
        "ip -6 rule add fwmark 51820 goto 31002 pref 31000",
        f"ip -6 rule add fwmark {OTHER_WAY} lookup main pref 31000",
        f"ip -6 rule add fwmark {OTHER_WAY} goto 31002 pref 31000",
        f"ip -6 rule add fwmark {QUESTION} lookup main suppress_prefixlength 0 pref 31000",
        f"ip -6 rule add fwmark {QUESTION} lookup 51820 pref 31000",
        f"ip -4 rule add iif pvpn0 fwmark {T} lookup main pref 31000",
        f"ip -4 rule add fwmark {T} lookup 51820 pref 31000",
        f"ip -6 rule add iif pvpn0 fwmark {T} lookup main pref 31000",
        f"ip -6 rule add fwmark {T} lookup 51820 pref 31000",
        "ip -4 rule add from 10.66.66.2 lookup 51820 pref 31000",
        f"ip -6 rule add from {own6} lookup 51820 pref 31000",
        "ip -4 rule add from 0.0.0.0/32 lookup main suppress_prefixlength 0 pref 31001",
        "ip -4 rule add from 0.0.0.0/32 lookup 51820 pref 31001",
        # IPv6 matches no empty source: what has one jumps over the rest.
        "ip -6 rule add from ::/1 goto 31002 pref 31000",
        "ip -6 rule add from 8000::/1 goto 31002 pref 31000",
        "ip -6 rule add lookup main suppress_prefixlength 0 pref 31001",
        "ip -6 rule add lookup 51820 pref 31001",
    ]


def test_a_name_that_nft_would_not_take() -> None:
    text = wish(interface="a=b+c", service="none").text
    assert "add table inet wg_client-a/eb/pc;" in text
    assert "inet wg_client-a=" not in text


def test_forwards_alone_leave_the_default_route() -> None:
    text = wish(routes="forwards").text
    assert rules(text) == [
        f"ip -4 rule add iif pvpn0 fwmark {T} lookup main pref 31000",
        f"ip -4 rule add fwmark {T} lookup 51820 pref 31000",
        "ip -4 rule add from 10.66.66.2 lookup 51820 pref 31000",
    ]
    assert "ip -4 route replace 10.66.66.0/24 dev %i" in text
    assert parse(text)["Peer"][0]["AllowedIPs"] == ["0.0.0.0/0"]


def test_none_has_no_rules() -> None:
    text = wish(routes="none").text
    assert rules(text) == []
    assert "Table = 51820" in text


def test_networks_are_led_like_everything_but_go_alone() -> None:
    found = wish(routes=["10.0.0.0/8"])
    assert found.peer["AllowedIPs"] == ["10.0.0.0/8"]
    assert "ip -4 rule add from 0.0.0.0/32 lookup 51820 pref 31001" in rules(found.text)
    assert not [rule for rule in rules(found.text) if "-6" in rule]
    assert "port forwards" in found.warnings[0]


def test_without_the_guard() -> None:
    found = rules(wish(guard=False).text)
    assert "ip -4 rule add not fwmark 51820 lookup 51820 pref 31002" in found
    assert not [rule for rule in found if "0.0.0.0/32" in rule or "goto" in rule]


@pytest.mark.parametrize(("ipv6", "has_ipv6"), [("auto", False), ("drop", True)])
def test_where_ipv6_is_left_out(ipv6: str, has_ipv6: bool) -> None:
    conf = CONF.replace("2/32\n", "2/32, fd66::2/128\n").replace("8.8.8.8", "2001:db8::53")
    text = wish(conf, has_ipv6=has_ipv6, ipv6=ipv6).text
    found = parse(text)
    assert found["Interface"]["Address"] == ["10.66.66.2/32"]
    assert found["Interface"]["DNS"] == ["1.1.1.1"]
    assert found["Peer"][0]["AllowedIPs"] == ["0.0.0.0/0"]
    assert not [rule for rule in rules(text) if "-6" in rule]


@pytest.mark.parametrize(("ipv6", "has_ipv6"), [("auto", True), ("keep", False)])
def test_where_ipv6_stays(ipv6: str, has_ipv6: bool) -> None:
    conf = CONF.replace("2/32\n", "2/32, fd66::2/128\n")
    text = wish(conf, has_ipv6=has_ipv6, ipv6=ipv6).text
    assert "ip -6 rule add from fd66::2 lookup 51820 pref 31000" in rules(text)
    assert parse(text)["Peer"][0]["AllowedIPs"] == ["0.0.0.0/0", "::/0"]


def test_where_only_ipv6_is_and_is_left_out() -> None:
    with pytest.raises(TunnelError, match="IPv6"):
        wish(CONF.replace("10.66.66.2/32", "fd66::2/128"), has_ipv6=False)
    with pytest.raises(TunnelError, match="IPv6"):
        wish(routes=["fd00::/8"], has_ipv6=False)


def test_dns_where_nothing_would_use_it() -> None:
    found = wish(resolver=tunnel_options.NO_RESOLVER)
    assert "DNS =" not in found.text
    assert "1.1.1.1, 8.8.8.8" in found.warnings[0]
    with pytest.raises(TunnelError, match=r"9\.9\.9\.9"):
        wish(resolver=tunnel_options.NO_RESOLVER, dns=["9.9.9.9"])
    assert wish(resolver=tunnel_options.NO_RESOLVER, dns="none").warnings == []


def test_dns_by_systemd_resolved() -> None:
    found = parse(wish(resolver=tunnel_options.RESOLVED, dns=["9.9.9.9", "example.net"]).text)
    assert "DNS" not in found["Interface"]
    assert found["Interface"]["PostUp"][-2:] == [
        "resolvectl dns %i 9.9.9.9",
        "resolvectl domain %i '~.' example.net",
    ]


WRONG = {
    "no key": (CONF.replace("PrivateKey", "#"), "no PrivateKey"),
    "no endpoint": (CONF.replace("Endpoint", "#"), "no Endpoint"),
    "an endpoint without a port": (CONF.replace(":51820", ""), "Endpoint"),
    "an address that is none": (CONF.replace("10.66.66.2/32", "10.66.66.2222"), "Address"),
    "a network that is none": (CONF.replace("::/0", "::/129"), "AllowedIPs"),
    "a resolver that is none": (CONF.replace("8.8.8.8", "8.8.8.8;id"), "DNS"),
    "no peer": (CONF.partition("[Peer]")[0], r"0 \[Peer\]"),
    "two peers": (CONF + CONF.partition("\n\n")[2], r"2 \[Peer\]"),
    "SaveConfig": (CONF.replace("DNS", "SaveConfig = true\nDNS"), "SaveConfig"),
    "no .conf at all": ("<html>", "line 1"),
    "an address with a link": (CONF.replace("10.66.66.2/32", "fe80::7%$(id)/64"), "Address"),
    "a resolver with a link": (CONF.replace("8.8.8.8", "fe80::7%$(id)"), "DNS"),
    "a network with a link": (CONF.replace("::/0", "fe80::7%$(id)/64"), "AllowedIPs"),
    "a domain that is an option": (CONF.replace("8.8.8.8", "-m"), "DNS"),
    "a server that is an option": (CONF.replace("192.0.2.5", "-x"), "Endpoint"),
    "commands": (CONF.replace("DNS", "PostUp = id\nDNS"), "PostUp"),
}


@pytest.mark.parametrize(("conf", "said"), WRONG.values(), ids=WRONG)
def test_a_configuration_that_is_refused(conf: str, said: str) -> None:
    with pytest.raises(TunnelError, match=said) as error:
        given_conf.read(conf, allow_hooks=False)
    assert PRIVATE not in str(error.value)
    assert SHARED not in str(error.value)


def test_commands_of_the_owners_are_kept_and_ours_are_not_doubled() -> None:
    first = wish(CONF.replace("DNS", "PostUp = echo mine\nDNS"))
    assert "PostUp = echo mine\n" in first.text
    assert wish(first.text).text == first.text


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "routes": st.sampled_from(["full", "forwards", "none", ["10.0.0.0/8", "fd00::/8"]]),
        "guard": st.booleans(),
        "table": st.integers(1, 252),
        "guard_pref": st.integers(1, 32000),
        "dns": st.sampled_from(["auto", "none", ["9.9.9.9"]]),
        "mtu": st.integers(1280, 1500),
        "keepalive": st.integers(0, 100),
    },
)


@hypothesis.given(
    OPTIONS, st.booleans(), st.sampled_from([tunnel_options.RESOLVCONF, tunnel_options.RESOLVED])
)
def test_what_is_made_is_made_again_from_itself(
    values: dict[str, Any], ipv6: bool, resolver: str
) -> None:
    first = desired.compose(
        given_conf.read(CONF, allow_hooks=True), options(**values), ipv6=ipv6, resolver=resolver
    )
    again = desired.compose(parse(CONF), options(**values), ipv6=ipv6, resolver=resolver)
    assert first.text == again.text
    assert desired.written(parse(first.text)) == first.text


@pytest.mark.parametrize("routes", ["full", "forwards", "none", ["10.0.0.0/8"]])
def test_the_commands_are_shell(routes: Any) -> None:
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("there is no bash")
    for commands in wish(routes=routes).layout.hooks.values():
        for command in commands:
            assert "#" not in command
            done = subprocess.run(
                [bash, "-n", "-c", command], capture_output=True, check=False, text=True
            )
            assert (done.returncode, done.stderr) == (0, "")


def test_canonical_forms_are_written() -> None:
    conf = CONF.replace("2/32\n", "2/32, FD66:0:0::2/128\n")
    conf = conf.replace("8.8.8.8", "2001:DB8:0::53").replace("0.0.0.0/0, ::/0", "10.1.2.3/8")
    found = parse(wish(conf, routes="none").text)
    assert found["Interface"]["Address"] == ["10.66.66.2/32", "fd66::2/128"]
    assert found["Interface"]["DNS"] == ["1.1.1.1", "2001:db8::53"]
    assert found["Peer"][0]["AllowedIPs"] == ["10.0.0.0/8"]


def test_an_mtu_that_is_too_small_for_ipv6() -> None:
    with pytest.raises(TunnelError, match="1280"):
        wish(mtu=1279)
    assert "MTU = 1279" in wish(mtu=1279, ipv6="drop").text
    with pytest.raises(TunnelError, match="1280"):
        wish(CONF.replace("DNS", "MTU = 1000\nDNS"))


def test_an_mtu_of_0_is_none() -> None:
    assert "MTU" not in wish(CONF.replace("DNS", "MTU = 0\nDNS")).text


def test_a_keepalive_that_is_off() -> None:
    assert "PersistentKeepalive = 0\n" in wish(keepalive=False).text


def test_no_networks_at_all() -> None:
    with pytest.raises(TunnelError, match="has no AllowedIPs"):
        wish(CONF.replace("AllowedIPs = 0.0.0.0/0, ::/0\n", ""), routes="none")


@pytest.mark.parametrize("routes", ["full", "forwards", "none"])
def test_no_hook_has_a_pipe(routes: str) -> None:
    """wg-quick sets pipefail: `cat FILES | grep -q WORD` fails now and then, though the word is there."""
    hooks = wish(routes=routes).layout.hooks
    assert not [one for found in hooks.values() for one in found if re.search(r"[^|]\|[^|]", one)]


def test_an_interface_with_a_dot() -> None:
    """For sysctl(8) it would be another name."""
    assert "sysctl -q -w net.ipv4.conf.%i" not in wish(interface="a.b").text


@pytest.mark.parametrize("host", ["192.0.2.010", "3232235777", "1.2.3", "[1.2.3.4.5]"])
def test_an_endpoint_that_is_no_address(host: str) -> None:
    with pytest.raises(TunnelError, match="Endpoint"):
        wish(CONF.replace("192.0.2.5:", f"{host}:"))


def test_a_name_that_is_asked_for_again() -> None:
    named = CONF.replace("192.0.2.5", "vpn.example.net")
    assert "endpoint vpn.example.net:51820" in wish(named, reresolve=True).text
    assert "latest-handshakes" not in wish(named).text + wish(reresolve=True).text


HOSTILE = (
    "$(touch TRAP)",
    "`touch TRAP`",
    "; touch TRAP;",
    "' ; touch TRAP '",
    "x\ntouch TRAP\n",
    "|touch TRAP",
)


@pytest.mark.parametrize("routes", ["full", "list", "forwards"])
@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_becomes_a_command(tmp_path: Path, routes: str, guard: bool, hostile: str) -> None:
    """Values of allowed forms alone come here. If one should not, its hook is still no command."""
    values = dataclasses.replace(options(guard=guard), routes=routes, interface=hostile)
    layout = Layout(values, (hostile, f"::{hostile}"), (4, 6))
    built = [*layout.hooks["PostUp"], *layout.hooks["PostDown"]] if routes != "forwards" else []
    built += [rule.command for rule in layout.rules]
    built += desired._resolved([hostile, f"::{hostile}"])
    # Every command that a hook may call is there, and does nothing.
    for name in ("ip", "nft", "resolvectl", "sysctl"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    for command in built:
        syntax = subprocess.run(["sh", "-n", "-c", command], check=False, capture_output=True)
        assert syntax.returncode == 0, (command, syntax.stderr)
        # wg-quick puts the interface's name there, and it has a form of its own.
        run = command.replace("%i", "pvpn0")
        subprocess.run(["sh", "-c", run], cwd=tmp_path, env=env, check=False, timeout=10)
        assert not (tmp_path / "TRAP").exists(), command
