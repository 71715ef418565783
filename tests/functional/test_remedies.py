# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error ends with what to do about it."""

from __future__ import annotations

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, rule


def test_a_refused_key_says_where_it_came_from(run: Runner, simulator: Simulator) -> None:
    by_option = run.play({"wg_server_info": {"api_key": "wg_wrong"}})
    assert by_option.last.msg.endswith("it came from the option api_key")
    by_variable = run.play(
        {"wg_server_info": {"api_key": "{{ omit }}"}, "vars": {"premiervpn_api_key": "wg_wrong"}}
    )
    assert by_variable.last.msg.endswith("it came from the variable premiervpn_api_key")
    by_environment = run.play(
        {"wg_server_info": {"api_key": "{{ omit }}"}}, env={"PREMIERVPN_API_KEY": "wg_wrong"}
    )
    assert by_environment.last.msg.endswith("it came from PREMIERVPN_API_KEY in the environment")
    everything = by_option.output + by_variable.output + by_environment.output
    assert "wg_wrong" not in everything
    # The line that is shown first says it too, and not the result alone.
    assert everything.count("; it came from") == 2 * 3 or "[ERROR]" not in everything


def test_a_wrong_url_is_shown(run: Runner, simulator: Simulator) -> None:
    wrong = f"{simulator.url}/v9"
    done = run.module("wg_server_info", api_url=wrong)
    assert done.last.msg.endswith(f". {wrong}/servers is not there: check api_url")


def test_a_held_port_names_takeover(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [], "dns": [rule("443/tcp -> 53")]})
    options = {"server": 5, "user": "web", "external_port": 443, "internal_port": 1}
    for check in (True, False):
        msg = run.module("wg_port_forward", check=check, **options).last.msg
        assert "user 'dns' holds it (443/tcp -> 53). Set takeover: true to move it" in msg
        assert "declar" not in msg
