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


WRONG: dict[str, tuple[str, str]] = {
    "nothing": ("", "no [Interface]"),
    "a comment": ("# PrivateKey = HIDDEN", "no [Interface]"),
    "no interface": (f"[Peer]\nPublicKey = {PUBLIC}\n", "no [Interface]"),
    "a line before the first section": ("\n\nHIDDEN = HIDDEN\n[Interface]\n", "line 3"),
    "an unknown section": ("[Interface]\n\n[HIDDEN]\n", "line 3"),
    "half a section": ("[Interface]\n[Peer\n", "line 2"),
    "two interfaces": (f"[Interface]\n[Peer]\n{'#'}\n[Interface]\n", "line 4"),
    "an unknown key": (f"{PORTAL}Colour = HIDDEN\n", "line 12"),
    "a peer's key in the interface": ("[Interface]\nEndpoint = HIDDEN\n", "line 2"),
    "an interface's key in a peer": ("[Interface]\n[Peer]\nPrivateKey = HIDDEN\n", "line 3"),
    "a line without =": ("[Interface]\nHIDDEN\n", "line 2"),
    "a key that is none": ("[Interface]\nPrivateKey = HIDDEN\n", "line 2: PrivateKey"),
    "a key that is too short": (f"[Interface]\nPrivateKey = {PRIVATE[4:]}\n", "line 2: PrivateKey"),
    "a key that is too long": (f"[Interface]\nPrivateKey = AAAA{PRIVATE}\n", "line 2: PrivateKey"),
    "a key with a blank": (f"[Interface]\nPrivateKey = {PRIVATE[:9]} {PRIVATE[9:]}\n", "line 2"),
    "a key not in ASCII": ("[Interface]\nPrivateKey = HIDDENü\n", "line 2: PrivateKey"),
    "no key at all": ("[Interface]\nPrivateKey =\n", "line 2: PrivateKey"),
    "two keys on a line": (f"[Interface]\nPrivateKey = {PRIVATE} PrivateKey = {PRIVATE}", "line 2"),
    "a port that is none": ("[Interface]\nListenPort = HIDDEN\n", "line 2: ListenPort"),
    "a port below 0": ("[Interface]\nListenPort = -51820\n", "line 2: ListenPort"),
    "digits of another script": ("[Interface]\nListenPort = ٥١٨٢٠\n", "line 2: ListenPort"),
    "no endpoint": ("[Interface]\n[Peer]\nEndpoint =\n", "line 3: Endpoint"),
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


KEYS = st.binary(min_size=32, max_size=32).map(lambda value: base64.b64encode(value).decode())
WORDS = st.from_regex(r"[A-Za-z0-9.:/]{1,20}", fullmatch=True)
NUMBERS = st.integers(0, 65535)
INTERFACES = st.fixed_dictionaries(
    {"PrivateKey": KEYS, "Address": st.lists(WORDS, min_size=1, max_size=3)},
    optional={
        "ListenPort": NUMBERS,
        "MTU": NUMBERS,
        "FwMark": WORDS,
        "Table": WORDS,
        "DNS": st.lists(WORDS, min_size=1, max_size=3),
        "SaveConfig": WORDS,
        "PostUp": st.lists(WORDS, min_size=1, max_size=3),
    },
)
PEERS = st.fixed_dictionaries(
    {"PublicKey": KEYS, "AllowedIPs": st.lists(WORDS, min_size=1, max_size=3)},
    optional={"PresharedKey": KEYS, "Endpoint": WORDS, "PersistentKeepalive": NUMBERS},
)


@hypothesis.given(
    st.builds(lambda i, p: {"Interface": i, "Peer": p}, INTERFACES, st.lists(PEERS, max_size=3))
)
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    assert from_wg_conf(written(value)) == value
