# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that a client should have: always a whole one, and never a way to be locked out."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    desired,
    tunnel_options,
)
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


def test_the_rules_of_everything() -> None:
    found = rules(wish().text)
    assert found == [
        'ip -4 rule add from "$address" lookup main pref 31000',
        'ip -6 rule add from "$address" lookup main pref 31000',
        "ip -4 rule add from 10.66.66.2 lookup 51820 pref 31000",
        "ip -4 rule add lookup main suppress_prefixlength 0 pref 31001",
        "ip -4 rule add not fwmark 51820 lookup 51820 pref 31002",
        "ip -6 rule add lookup main suppress_prefixlength 0 pref 31001",
        "ip -6 rule add not fwmark 51820 lookup 51820 pref 31002",
    ]


def test_the_guard_comes_before_what_it_guards_from() -> None:
    found = rules(wish().text)
    assert found.index('ip -6 rule add from "$address" lookup main pref 31000') < min(
        number for number, rule in enumerate(found) if "not fwmark" in rule
    )


def test_forwards_alone_leave_the_default_route() -> None:
    text = wish(routes="forwards").text
    assert rules(text) == ["ip -4 rule add from 10.66.66.2 lookup 51820 pref 31000"]
    assert "ip -4 route replace 10.66.66.0/24 dev %i" in text
    assert parse(text)["Peer"][0]["AllowedIPs"] == ["0.0.0.0/0"]


def test_none_has_no_rules() -> None:
    text = wish(routes="none").text
    assert rules(text) == []
    assert "Table = 51820" in text


def test_networks_are_led_like_everything_but_go_alone() -> None:
    found = wish(routes=["10.0.0.0/8"])
    assert found.peer["AllowedIPs"] == ["10.0.0.0/8"]
    assert "ip -4 rule add not fwmark 51820 lookup 51820 pref 31002" in rules(found.text)
    assert not [rule for rule in rules(found.text) if "-6" in rule]
    assert "port forwards" in found.warnings[0]


def test_without_the_guard() -> None:
    assert not [rule for rule in rules(wish(guard=False).text) if "$address" in rule]


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
        "resolvectl domain %i ~. example.net",
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
    "commands": (CONF.replace("DNS", "PostUp = id\nDNS"), "PostUp"),
}


@pytest.mark.parametrize(("conf", "said"), WRONG.values(), ids=WRONG)
def test_a_configuration_that_is_refused(conf: str, said: str) -> None:
    with pytest.raises(TunnelError, match=said) as error:
        desired.read(conf, trusted=False)
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
        desired.read(CONF, trusted=True), options(**values), ipv6=ipv6, resolver=resolver
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
