# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the portal's answers look like where that is not published: the modules do the same."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import FRA, fill, ids, rule, rules, secrets, seed

SHAPES: dict[str, dict[str, Any]] = {
    "enveloped": {"preset": "enveloped"},
    "bare": {"preset": "bare"},
    "data": {"lists": "data", "objects": "data", "delete": "200_text", "comment": "empty"},
    "data and names": {"lists": "data_named", "objects": "data_named", "delete": "200_empty"},
    "config only": {"create": "config_only", "secrets": "inside"},
    "config only, flat": {"create": "config_only", "objects": "flat"},
    "strings": {"numbers": "string", "unknown_id": "403"},
    "pages": {"page_size": 1},
    "pages under links": {"page_size": 2, "next": "links", "next_url": "relative"},
    "pages under meta": {"page_size": 2, "next": "meta", "lists": "data"},
}
# One of them as a user runs it.
IN_PLAYS = ("config only, flat",)


@pytest.mark.parametrize("name", SHAPES)
def test_the_main_path(run: Runner, simulator: Simulator, tmp_path: Path, name: str) -> None:
    """A user with a file, a replaced and a joined port forward, and a whole server, each twice."""
    fill(
        simulator,
        {
            "old": [],
            "web": [rule("80/tcp -> 1", "HTTP"), rule("443/tcp -> 443"), rule("53/both -> 53")],
        },
    )
    simulator.shapes(**SHAPES[name])
    path = tmp_path / "phone.conf"
    user = {"name": "phone", "config_path": str(path), "return_config": True}
    port = {"user": "web", "external_port": 443, "internal_port": 443, "protocol": "both"}
    server = {
        "users": [
            {"name": "phone", "port_forwards": [rule("8080/udp -> 8080", "games")]},
            {"name": "web", "port_forwards": [rule("80/tcp -> 80"), rule("443/both -> 443")]},
        ],
        "purge_users": True,
        "purge_port_forwards": True,
    }
    tasks = [
        {module: {"server": "fra1", **options}}
        for module, options in (
            *[("wg_user", user)] * 2,
            *[("wg_port_forward", port)] * 2,
            *[("wg_server", server)] * 2,
        )
    ]
    if name in IN_PLAYS:
        done = run.play(*tasks)
        assert done.code == 0, done.output
        results = done.results
    else:
        results = []
        for task in tasks:
            ((module, options),) = task.items()
            done = run.module(module, **options)
            assert not done.last.failed, done.output
            results.append(done.last)
    assert [result.changed for result in results] == [True, False] * 3
    assert rules(simulator) == {
        "web": ["443/tcp -> 443", "443/udp -> 443", "80/tcp -> 80 (HTTP)"],
        "phone": ["8080/udp -> 8080 (games)"],
    }

    simulator.shapes(preset="default")
    truth = secrets(simulator, "phone")
    for result in results[:2]:
        assert {"config": result["config"], "keys": result["keys"]} == truth
        assert result["user"]["id"] == ids(simulator)["phone"]
        assert result["user"]["client_ip"] == "10.66.66.4"
    assert path.read_text() == truth["config"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for result in results[2:4]:
        found = result["port_forwards"]
        assert [one["protocol"] for one in found] == ["tcp", "udp"]
        assert found[0]["id"] == 502
        assert {one["comment"] for one in found} == {""}
        assert {one["internal_port"] for one in found} == {443}
    for result in results[4:]:
        assert [one["client_name"] for one in result["users"]] == ["phone", "web"]


@pytest.mark.parametrize("next_url", ["other_origin", "circle"])
def test_pages_that_lead_astray(run: Runner, simulator: Simulator, next_url: str) -> None:
    """No key goes to another origin, and no listing goes on for ever."""
    fill(simulator, {"a": [], "b": [], "c": []})
    simulator.shapes(page_size=2, next_url=next_url)
    done = run.module("wg_user", server="5", name="c")
    assert done.last.failed
    assert "next" in done.last.msg
    assert done.last["error"]["path"] == "/servers/5/users"
    # The other origin is the same simulator: it would have been asked for page 2.
    assert len(done.requests) == {"other_origin": 1, "circle": 3}[next_url]
    assert done.writes == []


def test_a_name_is_found_on_the_last_page(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {f"u{n}": [] for n in range(7)})
    simulator.shapes(page_size=3)
    done = run.module("wg_user", server="5", name="u6")
    assert not done.last.changed
    assert len(done.requests) == done.last["requests"] == 3


def test_hundreds_of_users(run: Runner, simulator: Simulator) -> None:
    users = [{"client_name": f"user-{n}"} for n in range(240)]
    simulator.reset(seed({**FRA, "users": users}))
    declared = [{"name": f"user-{n}"} for n in range(1, 240)]
    done = run.module("wg_server", users=declared, purge_users=True)
    assert done.writes == ["DELETE /users/101"]
    assert len(done.last["users"]) == 239
