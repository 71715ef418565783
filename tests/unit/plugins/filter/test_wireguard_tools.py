# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""from_wg_conf takes what the real `wg-quick` and `wg` take, and refuses what they refuse.

Nothing is set up: `wg setconf` of a device that is not there parses the file, and only then fails.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._wg_conf import (
    WgConfError,
    parse,
)

from .test_from_wg_conf import (
    INTERFACE_LINES,
    PEER_LINES,
    PEER_WRONG,
    PORTAL,
    PRIVATE,
    PUBLIC,
    SHARED,
    SPELLINGS,
    WRONG,
)

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

WG, QUICK = shutil.which("wg"), shutil.which("wg-quick")

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not (WG and QUICK), reason="wireguard-tools are not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="wg-quick asks for root before it reads a file"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wg") / "wg0.conf"


def tools_take(place: Path, text: str) -> bool:
    """Whether wg-quick reads the file, and `wg` what wg-quick leaves of it."""
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    place.chmod(0o600)
    env = {**os.environ, "LC_ALL": "C", "WG_ENDPOINT_RESOLUTION_RETRIES": "0"}
    command = [str(QUICK), "strip", str(place)]
    left = subprocess.run(command, env=env, check=False, capture_output=True, timeout=30)
    if left.returncode:
        return False
    place.write_bytes(left.stdout)
    command = [str(WG), "setconf", "no-such-device", str(place)]
    said = subprocess.run(command, env=env, check=False, capture_output=True, timeout=30).stderr
    taken = b"Unable to modify interface" in said
    refused = b"Configuration parsing error" in said or b"Invalid configuration" in said
    if taken == refused:
        raise AssertionError(f"wg said something else: {said!r}")
    return taken


def we_take(text: str) -> bool:
    try:
        parse(text)
    except WgConfError:
        return False
    return True


TAKEN = {
    **SPELLINGS,
    **{name: f"[Interface]\n{lines}" for name, (lines, _why) in INTERFACE_LINES.items()},
    **{
        name: f"[Interface]\n[ Peer ]\nPublicKey = {PUBLIC}\n{lines}"
        for name, (lines, _why) in PEER_LINES.items()
        if "example" not in lines  # `wg` looks names up
    },
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_what_we_take_they_take(place: Path, text: str) -> None:
    assert we_take(text)
    assert tools_take(place, text)


# What they take, and we refuse on purpose.
STRICTER = {
    *("nothing", "a comment", "no interface", "peers alone"),  # `wg` reads any part of one
    "UTF-16, the other way round",  # wg-quick drops each NUL
    *("a port over 65535", "a service's name", "a service's name as port"),  # 70000 becomes 4464
    *(
        "an MTU off",
        "a no-break space in an address",
        "a zero-width space",
    ),  # `ip` and others refuse
    "a change",  # the newer ones take it
}
REFUSED = {
    **{name: text for name, (text, _why) in WRONG.items()},
    **{
        f"{name} in a peer": f"[Interface]\n[Peer]\nPublicKey = {PUBLIC}\n{line}\n"
        for name, (line, _why) in PEER_WRONG.items()
        if "example" not in line
    },
}


@pytest.mark.parametrize(
    "text",
    [text for name, text in REFUSED.items() if name.removesuffix(" in a peer") not in STRICTER],
    ids=[name for name in REFUSED if name.removesuffix(" in a peer") not in STRICTER],
)
def test_what_we_refuse_they_refuse(place: Path, text: str) -> None:
    assert not we_take(text)
    assert not tools_take(place, text)


BLANKS = st.sampled_from(["", "", " ", "\t", "\v\f", "\r", "\u00a0"])
NUMBERS = st.one_of(
    st.integers(0, 65535).map(str),
    st.sampled_from(["off", "OFF", "0", "007", "-1", "0x1f", "0x", "25s", "", "1 2", "0X1", "0o7"]),
)
ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(
        ["::", "1.2.3", "12.0.0.012", "::1.2.3.4", "1::2::3", "10.0.0.256", "", "x", "::g"]
    ),
    st.from_regex(r"[0-9a-f:.]{1,12}", fullmatch=True),
)
PREFIXES = st.sampled_from(
    ["", "", "/0", "/8", "/32", "/33", "/128", "/129", "/", "/08", "/8/8", " /9"]
)
NETWORKS = st.builds("{}{}{}".format, BLANKS, ADDRESSES, PREFIXES)
ENDPOINTS = st.one_of(
    st.builds("{}:{}".format, st.ip_addresses(v=4), st.integers(0, 65535)),
    st.builds("[{}]:{}".format, st.ip_addresses(v=6), st.integers(0, 65535)),
    st.sampled_from(
        ["1.2.3.4", "1.2.3.4:", "[::1]", "[::1:5", "::1:5", ":5", "[::1]x:5", "[1.2:5"]
    ),
    st.sampled_from(["10.1:5", "1.2.3.4 : 5", "0177.1:5", "1.2.3.4:5x", "[10.1]:5", "1.2.3.4:-5"]),
)
A_KEY = st.one_of(
    st.sampled_from(
        [PRIVATE, PUBLIC, SHARED, PRIVATE[:-2] + "r=", PRIVATE[:-1], f"{PRIVATE}=", "="]
    ),
    st.binary(min_size=30, max_size=34).map(lambda content: base64.b64encode(content).decode()),
)
WORDS = st.sampled_from(
    ["", "a", "10.0.0.1/24", "a, b", ",", "true", "False", "yes", "1420", "x # y"]
)
VALUES = {
    **dict.fromkeys(["PrivateKey", "PublicKey", "PresharedKey"], A_KEY),
    **dict.fromkeys(["ListenPort", "FwMark", "PersistentKeepalive"], NUMBERS),
    "AllowedIPs": st.lists(NETWORKS, max_size=3).map(",".join),
    "Endpoint": ENDPOINTS,
    **dict.fromkeys(["Address", "DNS", "Table", "SaveConfig", "PreUp", "PostDown"], WORDS),
}
LINES = st.one_of(
    *(
        st.builds("{}{}{}={}{}".format, BLANKS, st.just(key), BLANKS, BLANKS, values)
        for key, values in VALUES.items()
    ),
    st.sampled_from(["[Peer]", f"[Peer]\nPublicKey={PUBLIC}", "[Interface]", "[interface] # x"]),
    st.sampled_from(
        ["# [Peer]", "[ peer ]", "[ Interface ]", "[Pe er]", "[Peer]x", "[Peer", "Allowed IPs=::/0"]
    ),
    st.sampled_from(
        ["Pre Up = true", "= 5", "MTU = 1420", "Jc = 4", "\ufeff", "", "Listen\tPort = 5"]
    ),
)


@hypothesis.settings(
    max_examples=3 * hypothesis.settings.default.max_examples,  # fewer for `make unit`
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(lines=st.lists(LINES, max_size=4), sound=st.booleans())
def test_we_take_what_they_take(place: Path, lines: list[str], sound: bool) -> None:
    text = "\n".join([PORTAL if sound else "[Interface]", *lines])
    # What we refuse on purpose is above; here, a no-break space where wg-quick takes any value.
    hypothesis.assume("\u00a0" not in text or not tools_take(place, text))
    assert we_take(text) == tools_take(place, text), text
