# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal that can't be reached: the error names the host and the port that were tried."""

from __future__ import annotations

import pytest

from tests.support.environment import KEY
from tests.support.running import Runner


@pytest.mark.parametrize(
    ("url", "env", "said"),
    [
        ("http://127.0.0.1:1/api/wg", {}, "connection refused (127.0.0.1:1)"),
        ("http://[::1]:1/api/wg", {}, "([::1]:1)"),
        ("https://127.0.0.1:1/api/wg", {}, "connection refused (127.0.0.1:1)"),
        (
            "https://nowhere.invalid/api/wg",
            {},
            "the portal's host name could not be resolved (nowhere.invalid:443)",
        ),
        (
            "https://portal.example.net/api/wg",
            {"HTTPS_PROXY": "http://me:hush@127.0.0.1:1"},
            "(the proxy 127.0.0.1:1)",
        ),
    ],
)
def test_host_and_port_are_named(run: Runner, url: str, env: dict[str, str], said: str) -> None:
    quiet = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY"))
    done = run.module("wg_server_info", api_url=url, max_wait=0, env={**quiet, **env})
    assert done.last.failed
    assert said in done.last.msg
    assert "hush" not in done.output
    assert done.last["error"] == {
        "status": None,
        "code": None,
        "message": None,
        "method": "GET",
        "path": "/servers",
    }


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_key_in_the_environment_of_a_task_is_none(run: Runner, blank: str) -> None:
    task = {"wg_server_info": {}, "environment": {"PREMIERVPN_API_KEY": blank}}
    done = run.play(task, env={"PREMIERVPN_API_KEY": KEY})
    assert done.code == 0, done.output
    assert done.last["servers"]
    done = run.play(task, env={"PREMIERVPN_API_KEY": None})
    assert (
        "Set the option api_key, the variable premiervpn_api_key, or PREMIERVPN_API_KEY"
        in done.last.msg
    )
