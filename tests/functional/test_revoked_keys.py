# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``revoked_public_keys``: a stolen device is shut out by one line, which can stay for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secrets

RULES = ["443/both -> 8443 (HTTPS)", "80/tcp -> 80"]
STOLEN: dict[str, Any] = {"server": "5", "name": "phone"}


@pytest.fixture
def key(simulator: Simulator) -> str:
    """The public key of a device with two port forwards; another user is beside it."""
    fill(simulator, {"phone": [rule("443/both -> 8443", "HTTPS"), rule("80/tcp -> 80")], "web": []})
    text: str = secrets(simulator, "phone")["keys"]["client_public_key"]
    return text


def test_a_user_is_replaced_once(
    module: Modules, simulator: Simulator, key: str, tmp_path: Path
) -> None:
    path = tmp_path / "phone.conf"
    path.write_text(secrets(simulator, "phone")["config"])
    options = {**STOLEN, "revoked_public_keys": [key], "config_path": str(path)}

    check = module("wg_user", check=True, **options)
    assert check.last.changed
    assert check.writes == []

    done = module("wg_user", **options)
    assert done.last.changed, done.output
    assert [step["what"] for step in done.last["plan"]] == ["phone", "phone", *RULES]
    assert [step["what"] for step in check.last["plan"]] == ["phone", "phone", *RULES]
    # One listing, one detail, one listing of rules; then directly before the deletion the detail, the bandwidth
    # limit and the rules once more; then each step. The new file is part of an answer.
    assert done.last["requests"] == 3 + 3 + 4
    new = secrets(simulator, "phone")
    assert new["keys"]["client_public_key"] != key
    assert path.read_text() == new["config"]
    assert rules(simulator) == {"web": [], "phone": RULES}
    assert ids(simulator)["phone"] != 101

    again = module("wg_user", **options)
    assert not again.last.changed
    assert again.writes == []
    assert again.last["plan"] == []


def test_in_wg_server_it_does_not_count_against_max_deletions(
    module: Modules, simulator: Simulator, key: str
) -> None:
    declared = [
        {"name": "phone", "revoked_public_keys": [key], "port_forwards": [rule("80/tcp -> 80")]},
        {"name": "web"},
    ]
    options = {"server": "5", "users": declared, "purge_port_forwards": True, "max_deletions": 0}
    done = module("wg_server", **options)
    assert done.last.changed, done.output
    assert rules(simulator) == {"web": [], "phone": ["80/tcp -> 80"]}
    assert not module("wg_server", **options).last.changed


def test_what_can_not_be_created_again_is_told_whole(
    module: Modules, simulator: Simulator, key: str
) -> None:
    fault = {"kind": "status", "status": 422, "code": "no", "times": None}
    simulator.faults({**fault, "method": "POST", "path": "/users/{id}/port-forwards"})
    done = module("wg_user", **STOLEN, revoked_public_keys=[key])
    assert done.last.failed
    assert done.last.changed
    https = {"user": "phone", **rule("443/both -> 8443", "HTTPS")}
    assert done.last["lost_port_forwards"] == [
        https,
        {"user": "phone", **rule("80/tcp -> 80"), "comment": ""},
    ]
    assert "443/both -> 8443 (HTTPS) OF USER 'phone' IS LOST" in done.last.msg
    assert rules(simulator) == {"web": [], "phone": []}


def test_what_is_no_public_key_is_refused_before_any_request(run: Runner, key: str) -> None:
    done = run.module("wg_user", **STOLEN, revoked_public_keys=[key, "not-a-key"])
    assert done.last.failed
    assert "not a WireGuard public key (base64 of 32 bytes)" in done.last.msg
    assert done.requests == []
