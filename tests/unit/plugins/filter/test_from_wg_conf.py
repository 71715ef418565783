# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""from_wg_conf: what WireGuard and wg-quick read, and nothing else."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.premiervpn.wireguard.plugins.filter import from_wg_conf as plugin

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

from_wg_conf = plugin.FilterModule().filters()["from_wg_conf"]

PRIVATE, PUBLIC, SHARED = (base64.b64encode(bytes([n]) * 32).decode() for n in (0xAA, 0xBB, 0xCC))

PORTAL = f"""[Interface]
PrivateKey = {PRIVATE}
Address = 10.66.66.2/32
DNS = 1.1.1.1, 8.8.8.8

[Peer]
PublicKey = {PUBLIC}
PresharedKey = {SHARED}
Endpoint = 192.0.2.5:51820
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 25
"""

READ: dict[str, Any] = {
    "Interface": {
        "PrivateKey": PRIVATE,
        "Address": ["10.66.66.2/32"],
        "DNS": ["1.1.1.1", "8.8.8.8"],
    },
    "Peer": [
        {
            "PublicKey": PUBLIC,
            "PresharedKey": SHARED,
            "Endpoint": "192.0.2.5:51820",
            "AllowedIPs": ["0.0.0.0/0", "::/0"],
            "PersistentKeepalive": 25,
        }
    ],
}

SPELLINGS: dict[str, str] = {
    "the portal's own": PORTAL,
    "CRLF": PORTAL.replace("\n", "\r\n"),
    "no end of line at the end": PORTAL.rstrip("\n"),
    "lower case": re.sub(r"^\[?[A-Za-z]+", lambda m: m[0].lower(), PORTAL, flags=re.MULTILINE),
    "upper case": re.sub(r"^\[?[A-Za-z]+", lambda m: m[0].upper(), PORTAL, flags=re.MULTILINE),
    "no spaces": PORTAL.replace(" = ", "="),
    "many spaces": PORTAL.replace(" = ", "\t =  ").replace("\n", "  \n  \n\t"),
    "comments": "# top\n" + PORTAL.replace("\n", " # a comment = [here] \u2028 too\n") + "#\n",
    "a key in a comment": PORTAL + f"# PrivateKey = {SHARED}\n#[Peer]\n",
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_each_spelling(text: str) -> None:
    assert from_wg_conf(text) == READ


def test_all_that_there_is() -> None:
    text = f"""
    [Peer]
    PublicKey = {PUBLIC}
    AllowedIPs = 10.0.0.0/8
    AllowedIPs = 192.168.0.0/16,fd00::/8
    PersistentKeepalive = off
    [Interface]
    PrivateKey = {PRIVATE}
    ListenPort = 51820
    FwMark = 0x100
    Address = 10.0.0.1/24
    Address = fd00::1/64
    DNS = 1.1.1.1, example.org
    MTU = 1420
    Table = off
    PreUp = echo 1, 2 = 3
    PostUp = iptables -A FORWARD
    PostUp = true
    PreDown = true
    PostDown = iptables -D FORWARD
    SaveConfig = true
    [Peer]
    PublicKey = {SHARED}
    Endpoint = [2001:db8::1]:51820
    """
    assert from_wg_conf(text) == {
        "Interface": {
            "PrivateKey": PRIVATE,
            "ListenPort": 51820,
            "FwMark": "0x100",
            "Address": ["10.0.0.1/24", "fd00::1/64"],
            "DNS": ["1.1.1.1", "example.org"],
            "MTU": 1420,
            "Table": "off",
            "PreUp": ["echo 1, 2 = 3"],
            "PostUp": ["iptables -A FORWARD", "true"],
            "PreDown": ["true"],
            "PostDown": ["iptables -D FORWARD"],
            "SaveConfig": "true",
        },
        "Peer": [
            {
                "PublicKey": PUBLIC,
                "AllowedIPs": ["10.0.0.0/8", "192.168.0.0/16", "fd00::/8"],
                "PersistentKeepalive": 0,
            },
            {"PublicKey": SHARED, "Endpoint": "[2001:db8::1]:51820"},
        ],
    }


def test_an_interface_alone() -> None:
    assert from_wg_conf("[Interface]\n") == {"Interface": {}, "Peer": []}


# Lines of [Interface], and what they mean.
INTERFACE_LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "empty hooks": ("PreUp =\nPostUp = \nPostUp = true\n", {"PreUp": [], "PostUp": ["true"]}),
    "hooks with a #": (
        "PostUp = echo '#1' # two \u00a0\n",
        {"PostUp": ["echo '#1' # two \u00a0"]},
    ),
    "a hook in a comment": ("# PostUp = true\n", {}),
    "addresses between blanks": (
        "Address = 10.0.0.1/24 fd00::1/64,\t10.0.0.2/32\n",
        {"Address": ["10.0.0.1/24", "fd00::1/64", "10.0.0.2/32"]},
    ),
    "resolvers and domains between blanks": (
        "DNS = 1.1.1.1 8.8.8.8 corp.example\n",
        {"DNS": ["1.1.1.1", "8.8.8.8", "corp.example"]},
    ),
    "nothing of wg-quick's": ("Address =\nDNS = ,\nMTU =\nTable =\n", {"Address": [], "DNS": []}),
    "taken back": ("MTU = 1420\nTable = 5\nMTU =\nTable =\n", {}),
    "the last one counts": ("ListenPort = 1\nListenPort = 2\n", {"ListenPort": 2}),
    "a second section": (
        f"ListenPort = 1\n[Peer]\nPublicKey = {PUBLIC}\n[Interface]\nMTU = 1420\n",
        {"ListenPort": 1, "MTU": 1420},
    ),
    "a key that white space goes through": (
        f"Private Key = {PRIVATE[:9]} \t{PRIVATE[9:]}\v\n",
        {"PrivateKey": PRIVATE},
    ),
    "marks": (
        "FwMark = 0xFFFFFFFF\nSaveConfig = TRUE\n",
        {"FwMark": "0xFFFFFFFF", "SaveConfig": "true"},
    ),
    "no mark": ("FwMark = OFF\nListenPort = 0051820\n", {"FwMark": "OFF", "ListenPort": 51820}),
}


@pytest.mark.parametrize(("lines", "means"), INTERFACE_LINES.values(), ids=INTERFACE_LINES)
def test_what_an_interface_may_hold(lines: str, means: dict[str, Any]) -> None:
    assert from_wg_conf(f"[Interface]\n{lines}")["Interface"] == means


PEER_LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "key in two words": ("Allowed IPs = 10.0.0.0/8\n", {"AllowedIPs": ["10.0.0.0/8"]}),
    "a blank in a network": ("AllowedIPs = 10.0.0.0 /24\n", {"AllowedIPs": ["10.0.0.0/24"]}),
    "an address alone": (
        "AllowedIPs = 10.0.0.1,fd00::1\n",
        {"AllowedIPs": ["10.0.0.1", "fd00::1"]},
    ),
    "zeros before the prefix": ("AllowedIPs = 10.0.0.0/008\n", {"AllowedIPs": ["10.0.0.0/008"]}),
    "an endpoint of IPv6": ("Endpoint = [2001:db8::1]:5\n", {"Endpoint": "[2001:db8::1]:5"}),
    "without brackets": ("Endpoint = 2001:db8::1:5\n", {"Endpoint": "2001:db8::1:5"}),
    "a name": ("Endpoint = vpn-1.example.com:51820\n", {"Endpoint": "vpn-1.example.com:51820"}),
    "never": ("PersistentKeepalive = Off\n", {"PersistentKeepalive": 0}),
}


@pytest.mark.parametrize(("lines", "means"), PEER_LINES.values(), ids=PEER_LINES)
def test_what_a_peer_may_hold(lines: str, means: dict[str, Any]) -> None:
    found = from_wg_conf(f"[Interface]\n[ Peer ]\nPublicKey = {PUBLIC}\n{lines}")
    assert found["Peer"] == [{"PublicKey": PUBLIC, **means}]


WRONG: dict[str, tuple[str, str]] = {
    "nothing": ("", "no [Interface]"),
    "a comment": ("# PrivateKey = HIDDEN", "no [Interface]"),
    "no interface": (f"[Peer]\nPublicKey = {PUBLIC}\n", "no [Interface]"),
    "a line before the first section": ("\n\nHIDDEN = HIDDEN\n[Interface]\n", "line 3"),
    "an unknown section": ("[Interface]\n\n[HIDDEN]\n", "line 3"),
    "half a section": ("[Interface]\n[Peer\n", "line 2"),
    "an unknown key": (f"{PORTAL}Colour = HIDDEN\n", "line 12"),
    "a peer's key in the interface": ("[Interface]\nEndpoint = HIDDEN\n", "line 2"),
    "an interface's key in a peer": ("[Interface]\n[Peer]\nPrivateKey = HIDDEN\n", "line 3"),
    "a line without =": ("[Interface]\nHIDDEN\n", "line 2"),
    "a key that is none": ("[Interface]\nPrivateKey = HIDDEN\n", "line 2: PrivateKey"),
    "a key that is too short": (f"[Interface]\nPrivateKey = {PRIVATE[4:]}\n", "line 2: PrivateKey"),
    "a key that is too long": (f"[Interface]\nPrivateKey = AAAA{PRIVATE}\n", "line 2: PrivateKey"),
    "a key not in ASCII": ("[Interface]\nPrivateKey = HIDDENü\n", "line 2: PrivateKey"),
    "no key at all": ("[Interface]\nPrivateKey =\n", "line 2: PrivateKey"),
    "two keys on a line": (f"[Interface]\nPrivateKey = {PRIVATE} PrivateKey = {PRIVATE}", "line 2"),
    "a port that is none": ("[Interface]\nListenPort = HIDDEN\n", "line 2: ListenPort"),
    "a port below 0": ("[Interface]\nListenPort = -51820\n", "line 2: ListenPort"),
    "digits of another script": ("[Interface]\nListenPort = ٥١٨٢٠\n", "line 2: ListenPort"),
    "no endpoint": ("[Interface]\n[Peer]\nEndpoint =\n", "line 3: Endpoint has no value"),
    "a second key of a peer without one": (
        f"{PORTAL}[Peer]\nAllowedIPs = ::/0\n",
        "line 12 opens a [Peer] that has no PublicKey",
    ),
    "a key with spare bits": (
        f"[Interface]\nPrivateKey = {PRIVATE[:-2]}r=\n",
        "line 2: PrivateKey is not a key",
    ),
    "ListenPort off": ("[Interface]\nListenPort = off\n", "ListenPort is not a number"),
    "a service's name": ("[Interface]\nListenPort = domain\n", "ListenPort is not a number"),
    "a port over 65535": ("[Interface]\nListenPort = 70000\n", "from 0 to 65535"),
    "a hexadecimal port": ("[Interface]\nListenPort = 0x10\n", "from 0 to 65535"),
    "a mark that is a word": ("[Interface]\nFwMark = vpn\n", "line 2: FwMark"),
    "half a mark": ("[Interface]\nFwMark = 0x\n", "line 2: FwMark"),
    "a mark too large": ("[Interface]\nFwMark = 0x100000000\n", "line 2: FwMark"),
    "an octal mark": ("[Interface]\nFwMark = 0X10\n", "line 2: FwMark"),
    "SaveConfig yes": ("[Interface]\nSaveConfig = yes\n", "SaveConfig is neither true nor false"),
    "SaveConfig of nothing": ("[Interface]\nSaveConfig =\n", "SaveConfig is neither true nor"),
    "an MTU off": ("[Interface]\nMTU = off\n", "MTU is not a number"),
    "wg-quick's key in another spelling of the section": (
        "[ Interface ]\nListenPort = 5\nAddress = 10.0.0.1/24\n",
        "line 3 has Address, which wg-quick reads only where the section is written [Interface]",
    ),
    "wg-quick's key in two words": ("[Interface]\nPre Up = true\n", "(not shown)"),
    "a no-break space in front of a key": ("[Interface]\n\u00a0MTU = 5\n", "U+00A0"),
    "a no-break space in an address": ("[Interface]\nAddress = HIDDEN\u00a0\n", "line 2 holds"),
    "a zero-width space": ("[Interface]\nDNS = HIDDEN\u200b\n", "U+200B"),
    "a letter that looks like one": ("[Interface]\nPrivate\u212aey = HIDDEN\n", "(not shown)"),
    "a byte order mark": (f"\ufeff{PORTAL}", "line 1 begins with a byte order mark"),
    "a byte order mark as Latin-1": (f"\xef\xbb\xbf{PORTAL}", "line 1 begins with a byte order"),
    "UTF-16": (PORTAL.encode("utf-16").decode("utf-8", "surrogateescape"), "UTF-16"),
    "UTF-16, the other way round": (
        PORTAL.encode("utf-16-be").decode("utf-8", "surrogateescape"),
        "UTF-16",
    ),
    "peers alone": (
        f"[Peer]\nPublicKey = {PUBLIC}\n",
        "there are peers, but there is no [Interface] section",
    ),
    "AmneziaWG": ("[Interface]\nJc = 4\n", "Jc, a key of AmneziaWG, which WireGuard does not know"),
    "AmneziaWG's headers": ("[Interface]\nH1 = HIDDEN\n", "H1, a key of AmneziaWG"),
    "a bare key": (f"[Interface]\n{PRIVATE}\n", "line 2"),
    "with a colon": (f"[Interface]\nPrivateKey: {PRIVATE}\n", "line 2"),
    "CRLF": ("[Interface]\r\n\r\nHIDDEN\r\n", "line 3"),
    "a line that ends where only Python ends it": (
        "[Interface]\n# \u2028\x0b\x0c\nHIDDEN",
        "line 3",
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_an_error_says_the_line_and_no_value(text: str, said: str) -> None:
    with pytest.raises(AnsibleFilterError) as error:
        from_wg_conf(text)
    message = str(error.value)
    assert said in message
    assert not [
        secret for secret in ("HIDDEN", PRIVATE, PRIVATE[4:20], SHARED) if secret in message
    ]


PEER_WRONG: dict[str, tuple[str, str]] = {
    "a prefix over 32": ("AllowedIPs = 10.0.0.0/33", "whose prefix is not a number from 0 to 32"),
    "a prefix over 128": ("AllowedIPs = fd00::/129", "whose prefix is not a number from 0 to 128"),
    "octal": ("AllowedIPs = 12.0.0.012/32", "is not an IP address"),
    "a netmask": ("AllowedIPs = 10.0.0.0/255.255.255.0", "whose prefix is not a number"),
    "no prefix": ("AllowedIPs = 10.0.0.0/", "whose prefix is not a number"),
    "two prefixes": ("AllowedIPs = 10.0.0.0/8/8", "whose prefix is not a number"),
    "a trailing comma": ("AllowedIPs = 10.0.0.0/8,", "has a comma with no network"),
    "a leading comma": ("AllowedIPs = ,10.0.0.0/8", "has a comma with no network"),
    "nothing": ("AllowedIPs =", "AllowedIPs has no value"),
    "another kind of comment": ("AllowedIPs = 10.0.0.0/8 ; office", "whose prefix is not a number"),
    "a name": ("AllowedIPs = office.example", "is not an IP address"),
    "between blanks": ("AllowedIPs = 10.0.0.0/8 10.1.0.0/16", "whose prefix is not a number"),
    "a zone": ("AllowedIPs = fe80::1%eth0/64", "is not an IP address"),
    "a change": ("AllowedIPs = +10.0.0.0/8", "which is for changing a running device"),
    "a no-break space": ("AllowedIPs = 10.0.0.0/8,\u00a0::/0", "U+00A0"),
    "no port": ("Endpoint = vpn.example.com", "Endpoint has no port"),
    "an empty port": ("Endpoint = vpn.example.com:", "Endpoint has no port"),
    "no port after brackets": ("Endpoint = [2001:db8::1]", "Endpoint has no port"),
    "an open bracket": ("Endpoint = [2001:db8::1:5", "has a [ without a ]"),
    "a port over 65535": ("Endpoint = 192.0.2.1:70000", "has a port that is not a number"),
    "a service's name as port": ("Endpoint = 192.0.2.1:https", "has a port that is not a number"),
    "no host": ("Endpoint = :51820", "has a host that is neither"),
    "no IPv4 address": ("Endpoint = 192.0.2.256:51820", "has a host that is neither"),
    "no IPv6 address": ("Endpoint = [2001:db8::1::]:51820", "has a host that is neither"),
    "a URL": ("Endpoint = https://vpn.example.com:5", "has a host that is neither"),
    "a keepalive over 65535": ("PersistentKeepalive = 65536", "is not a number from 0 to 65535"),
    "a keepalive with a unit": ("PersistentKeepalive = 25s", "is not a number from 0 to 65535"),
}


@pytest.mark.parametrize(("line", "said"), PEER_WRONG.values(), ids=PEER_WRONG)
def test_what_a_peer_may_not_hold(line: str, said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"line 4\b") as error:
        from_wg_conf(f"[Interface]\n[Peer]\nPublicKey = {PUBLIC}\n{line}\n")
    assert said in str(error.value)


@pytest.mark.parametrize("value", [None, 5, b"[Interface]", [], {"x": PRIVATE}])
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=type(value).__name__) as error:
        from_wg_conf(value)
    assert PRIVATE not in str(error.value)


def written(value: dict[str, Any]) -> str:
    """A configuration out of what was read of one."""
    lines = []
    for name, section in [("Interface", value["Interface"]), *(("Peer", p) for p in value["Peer"])]:
        lines.append(f"[{name}]")
        for key, held in section.items():
            commands = key.startswith(("Pre", "Post")) and isinstance(held, list)
            lines += [
                f"{key} = {', '.join(one) if isinstance(one, list) else one}"
                for one in (held if commands else [held])
            ]
    return "\n".join(lines) + "\n"


LINES = st.sampled_from(
    [
        *("[Interface]", "[Peer]", " [interface] ", "[PEER]#x", "[Other]", "[", "", "#", "x", "="),
        *(f"PrivateKey = {PRIVATE}", f"PublicKey={PUBLIC}", f"presharedkey = {SHARED}"),
        *(f"PrivateKey {PRIVATE}", f"{PRIVATE}", f"PrivateKey = {PRIVATE}x", f"Key = {PRIVATE}"),
        *("Address = 10.0.0.1/24", "Address =", "DNS = , ,a,", "AllowedIPs=::/0", "MTU = 1420"),
        *("ListenPort = 70000000000", "PersistentKeepalive = off", "PostUp = a = b", "Table=\x00"),
    ]
)


@hypothesis.given(
    st.one_of(
        st.text(),
        st.lists(LINES).map("\n".join),
        st.lists(st.one_of(LINES, st.text(max_size=20))).map("\r\n".join),
    )
)
@hypothesis.example("[Interface]\n\udcff = \ud800")
@hypothesis.example(PORTAL)
def test_any_text_gives_a_dictionary_or_the_error(text: str) -> None:
    found, message = None, ""
    try:
        found = from_wg_conf(text)
    except AnsibleFilterError as error:
        message = str(error)
    if found is None:
        assert PRIVATE not in message
        assert SHARED not in message
        assert re.search(r"line \d+|no \[Interface\] section", message)
    else:
        assert set(found) == {"Interface", "Peer"}
        assert from_wg_conf(written(found)) == found


NETWORKS = st.ip_addresses().map(lambda ip: f"{ip}/{ip.max_prefixlen // 2}")
HOSTS = st.one_of(
    st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map("[{}]".format), st.just("vpn.example")
)
KEYS = st.binary(min_size=32, max_size=32).map(lambda value: base64.b64encode(value).decode())
WORDS = st.from_regex(r"[A-Za-z0-9.:/]{1,20}", fullmatch=True)
NUMBERS = st.integers(0, 65535)
INTERFACES = st.fixed_dictionaries(
    {"PrivateKey": KEYS, "Address": st.lists(WORDS, min_size=1, max_size=3)},
    optional={
        "ListenPort": NUMBERS,
        "MTU": NUMBERS,
        "FwMark": st.one_of(st.just("off"), st.integers(0, 2**32 - 1).map(str)),
        "Table": WORDS,
        "DNS": st.lists(WORDS, min_size=1, max_size=3),
        "SaveConfig": st.sampled_from(["true", "false"]),
        "PostUp": st.lists(WORDS, min_size=1, max_size=3),
    },
)
PEERS = st.fixed_dictionaries(
    {"PublicKey": KEYS, "AllowedIPs": st.lists(NETWORKS, min_size=1, max_size=3)},
    optional={
        "PresharedKey": KEYS,
        "Endpoint": st.builds("{}:{}".format, HOSTS, NUMBERS),
        "PersistentKeepalive": NUMBERS,
    },
)


@hypothesis.given(
    st.builds(lambda i, p: {"Interface": i, "Peer": p}, INTERFACES, st.lists(PEERS, max_size=3))
)
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    assert from_wg_conf(written(value)) == value
