# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What --diff shows: readable in any language, and of which server."""

from __future__ import annotations

import json

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, rule


def test_a_diff_is_text_and_says_which_server(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443", "Zürich ☂")], "ann": []})
    declared = [
        {"name": "web", "port_forwards": [rule("443/tcp -> 8444", "東京")]},
        {"name": "ben"},
    ]
    done = run.play({"wg_server": {"server": "fra1", "users": declared}})
    assert done.code == 0
    diff = done.last["diff"]
    assert diff["before_header"] == diff["after_header"] == "server fra1 (5)"
    web = {"port_forwards": ["443/tcp -> 8443 (Zürich ☂)"]}
    assert json.loads(diff["before"]) == {"users": {"web": web}}
    web = {"port_forwards": ["443/tcp -> 8444 (東京)"]}
    assert json.loads(diff["after"]) == {"users": {"ben": {"port_forwards": []}, "web": web}}
    for line in (
        "--- before: server fra1 (5)",
        "+++ after: server fra1 (5)",
        '-                "443/tcp -> 8443 (Zürich ☂)"',
        '+                "443/tcp -> 8444 (東京)"',
        '+        "ben": {',
    ):
        assert line in done.output


def test_what_could_paint_is_escaped_in_a_diff(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [{**rule("443/tcp -> 8443"), "comment": "\x9b31m\u202e"}]})
    users = [{"name": "web", "state": "absent"}, {"name": "new"}]
    done = run.play({"wg_server": {"server": 5, "users": users}})
    for char in ("\x9b", "\u202e"):
        assert char not in done.output
