# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics: which there are, and that no name of a portal's spoils the file."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._model import (
    PortForward,
    Server,
    User,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.account import (
    Report,
    ServerPart,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.metrics import (
    metrics_text,
)
from ansible_collections.premiervpn.wireguard.plugins.module_utils._planning.drift import (
    Difference,
    Drift,
)

hypothesis = pytest.importorskip("hypothesis")
st: Any = pytest.importorskip("hypothesis.strategies")

NOW = datetime(2026, 11, 25, 2, 41, 45, tzinfo=timezone.utc)
FRA = Server(5, "fra1")
ANNA = User(101, "anna", None, True, "2026-11-25T02:41:15Z", 1_000_000, 4_000_000)
CARLA = User(103, "carla")
SAMPLE = re.compile(
    r'premiervpn_wireguard_(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\d+)'
)


def series(*parts: ServerPart, **more: Any) -> dict[str, int]:
    """Every series with its value; each has to be there once, below the head of its family."""
    found: dict[str, int] = {}
    family = ""
    *lines, end, nothing = metrics_text(Report(NOW, parts, **more)).split("\n")
    assert (end, nothing) == ("# EOF", "")
    for line in lines:
        if line.startswith("# TYPE "):
            family = line.removeprefix("# TYPE premiervpn_wireguard_").removesuffix(" gauge")
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            name, labels, value = sample.groups()
            assert name == family
            key = f"{name}{{{labels}}}" if labels else name
            assert key not in found, key
            found[key] = int(value)
    return found


def test_all_metrics() -> None:
    drift = Drift([Difference("create", "user", "dora", "dora")])
    rule = PortForward(1, 80, 81, "tcp")
    found = series(ServerPart(FRA, [(ANNA, [rule]), (CARLA, [])], drift), declared=True)
    server = 'server="fra1",server_id="5"'
    assert found == {
        "report_timestamp_seconds": int(NOW.timestamp()),
        "servers": 1,
        "servers_not_compared": 0,
        f"users{{{server}}}": 2,
        f"users_online{{{server}}}": 1,
        f"port_forwards{{{server}}}": 1,
        f"drift_differences{{{server}}}": 1,
        f'user_online{{{server},user="anna"}}': 1,
        f'user_last_seen_timestamp_seconds{{{server},user="anna"}}': int(NOW.timestamp()) - 30,
        f'user_from_device_bytes{{{server},user="anna"}}': 1_000_000,
        f'user_to_device_bytes{{{server},user="anna"}}': 4_000_000,
        f'user_port_forwards{{{server},user="anna"}}': 1,
        # What the portal did not give has no value.
        f'user_port_forwards{{{server},user="carla"}}': 0,
    }


def test_drift_is_there_only_where_it_is_known() -> None:
    parts = (ServerPart(FRA, [], Drift(error="broken")), ServerPart(Server(6, "ams1"), []))
    plain = series(*parts)
    assert not [name for name in plain if "drift" in name or "compared" in name]
    declared = series(*parts, declared=True, missing=["server 'x' was not found"])
    assert declared["servers_not_compared"] == 2
    assert not [name for name in declared if "drift" in name]


def test_long_names_are_cut() -> None:
    found = series(ServerPart(Server(5, "s" * 500), [(User(1, "u" * 500), [])]))
    assert max(map(len, found)) < 300


NAMES = st.one_of(
    st.text(max_size=20), st.sampled_from(["a", 'a"} 1\n# EOF', "\\", "\\n", "x" * 90, "x" * 91])
)


@hypothesis.settings(max_examples=100)
@hypothesis.given(st.lists(NAMES, max_size=6), NAMES)
def test_whatever_names_there_are_each_user_has_its_series(names: list[str], server: str) -> None:
    users = [(User(number, name), []) for number, name in enumerate(names)]
    found = series(ServerPart(Server(5, server), users), ServerPart(Server(6, server), users))
    assert len([x for x in found if x.startswith("user_port_forwards")]) == 2 * len(names)
