# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_user, run by ansible-playbook."""

from __future__ import annotations

from .running import Runner


def test_creates_once_and_then_changes_nothing(run: Runner) -> None:
    first = run.play({"wg_user": {"server": 5, "name": "phone"}})
    assert first.last.changed
    assert first.sent == ["GET /servers/5/users", "POST /servers/5/users"]

    second = run.play({"wg_user": {"server": 5, "name": "phone"}})
    assert not second.last.changed
    assert second.sent == ["GET /servers/5/users"]


def test_as_a_module(run: Runner) -> None:
    first = run.module("wg_user", server="5", name="phone")
    assert first.last.changed
