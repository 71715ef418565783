# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that crashes, with a traceback and no result: its playbook fails in a sentence, and never with status 0."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.playbooks import Playbooks
from tests.support.running import Runner

SERVERS: dict[str, Any] = {"wg_servers_declared": [{"server": 5, "users": []}]}
MOVE: dict[str, Any] = {"wg_move_users": "a", "wg_move_from": "fra1", "wg_move_to": "ams1"}


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("converge", SERVERS),
        ("drift", SERVERS),
        ("offboard", {"wg_offboard_users": "anna"}),
        ("rotate_keys", {"wg_rotate_users": "anna"}),
        ("move", MOVE),
        ("report", {}),
        ("adopt", {}),
    ],
)
def test_a_module_that_crashes_fails_its_playbook(
    run: Runner, name: str, variables: dict[str, Any]
) -> None:
    # What every module imports, broken in a way that none of them expects.
    broken = run.folder / "broken"
    broken.mkdir()
    (broken / "requests.py").write_text("raise RuntimeError('broken on purpose')\n")
    done = Playbooks(run)(name, env={"PYTHONPATH": str(broken)}, noise=True, **variables)
    assert done.code == 2, done.output
    assert done.sent == []
    assert done.last.failed
    assert done.last.msg
