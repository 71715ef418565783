# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of .conf files that wg_server keeps: made when it is needed, and gone with their users."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._files.conf_files import LIST
from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.world import fill, ids, secrets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "wireguard"


def server(module: Modules, folder: Path, *users: Any, **options: Any) -> Run:
    declared = [user if isinstance(user, dict) else {"name": user} for user in users]
    return module("wg_server", server=5, users=declared, config_dir=str(folder), **options)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != LIST)


def test_the_folder_is_made_for_the_first_file_and_is_a_change(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    fill(simulator, {"ann": []})
    gone = {"name": "ben", "state": "absent"}
    assert not server(module, folder, gone).last.changed
    assert not folder.exists()

    check = server(module, folder, "ann", check=True)
    assert not folder.exists()
    done = server(module, folder, "ann")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert check.last["diff"] == done.last["diff"]
    assert check.last["summary"] == done.last["summary"]
    assert done.last["summary"]["configs_written"] == 1
    about = [diff for diff in done.last["diff"] if diff.get("after_header") == str(folder)]
    assert [(diff["before"], diff["after"]) for diff in about] == [
        ("", "directory, mode 0700\nann.conf: written (new)\n")
    ]
    again = server(module, folder, "ann")
    assert not again.last.changed
    # Only what differs is in a diff.
    assert again.last["diff"]["after_header"] == "server 5"


@pytest.mark.parametrize("how", ["absent", "purged"])
def test_a_file_goes_with_its_user(
    module: Modules, simulator: Simulator, folder: Path, how: str
) -> None:
    fill(simulator, {"ann": [], "ben": []})
    server(module, folder, "ann", "ben")
    (folder / "notes.txt").touch()
    gone: Any = {"name": "ben", "state": "absent"}
    users, options = (["ann", gone], {}) if how == "absent" else (["ann"], {"purge_users": True})
    check = server(module, folder, *users, **options, check=True)
    assert names(folder) == ["ann.conf", "ben.conf", "notes.txt"]
    done = server(module, folder, *users, **options)
    assert names(folder) == ["ann.conf", "notes.txt"]
    assert check.last["diff"] == done.last["diff"]
    assert check.last["summary"] == done.last["summary"]
    assert done.last["summary"]["configs_written"] == 1
    assert not server(module, folder, *users, **options).last.changed


def test_who_is_kept_keeps_the_file(module: Modules, simulator: Simulator, folder: Path) -> None:
    """Not declared and not purged: neither the user nor its file is this task's business."""
    fill(simulator, {"ann": [], "ben": []})
    server(module, folder, "ann", "ben")
    assert not server(module, folder, "ann").last.changed
    assert names(folder) == ["ann.conf", "ben.conf"]


def test_a_file_goes_with_its_user_though_a_later_step_fails(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    """The next run would not know of the user any more."""
    fill(simulator, {"ben": []})
    server(module, folder, "ben")
    simulator.faults({"kind": "status", "status": 422, "method": "POST"})
    done = server(module, folder, "ann", purge_users=True)
    assert done.last.failed
    assert done.last["changed"] is True
    assert [step["status"] for step in done.last["plan"]] == ["done", "failed"]
    assert done.last["summary"]["configs_written"] == 1
    assert names(folder) == []


def test_a_name_that_only_a_portal_could_have_is_no_path(
    module: Modules, simulator: Simulator, folder: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "precious.conf"
    precious.touch()
    folder.mkdir()
    users = [{"id": 7, "client_name": "../precious"}]
    path = "/servers/5/users"
    simulator.faults({"kind": "json", "body": {"users": users}, "method": "GET", "path": path})
    simulator.faults({"kind": "json", "body": {}, "method": "DELETE", "path": "/users/{id}"})
    done = server(module, folder, purge_users=True)
    assert not done.last.failed, done.output
    assert done.last.changed
    assert precious.exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 422},
        {"kind": "status", "status": 404},
        {"kind": "garbage"},
    ],
    ids=str,
)
def test_one_that_can_not_be_read_does_not_keep_the_others_from_being_written(
    module: Modules, simulator: Simulator, folder: Path, fault: dict[str, Any]
) -> None:
    fill(simulator, {"ann": [], "ben": [], "cay": []})
    simulator.faults({**fault, "method": "GET", "path": "/users/102", "times": None})
    done = server(module, folder, "ann", "ben", "cay", max_wait=0)
    assert done.last.failed
    assert done.last["error"]["path"] == "/users/102"
    assert done.last["changed"] is True
    assert done.last["plan"] == []
    assert done.last["summary"]["configs_written"] == 2
    assert names(folder) == ["ann.conf", "cay.conf"]
    simulator.clear_faults()
    assert server(module, folder, "ann", "ben", "cay").last["summary"]["configs_written"] == 1
    assert (folder / "ben.conf").read_text() == secrets(simulator, "ben")["config"]


def test_what_concerns_all_is_asked_once(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    """A key that was revoked meanwhile: what was read is written, and nothing more is asked."""
    fill(simulator, {f"user{number}": [] for number in range(60)})
    everybody = list(ids(simulator))
    path = "/users/{id}"
    simulator.faults({"kind": "status", "status": 401, "skip": 20, "path": path, "times": None})
    done = server(module, folder, *everybody)
    assert done.last.failed
    assert done.last["error"]["status"] == 401
    assert len(names(folder)) == done.last["summary"]["configs_written"] == 20
    # As many as are asked for at once may have been on their way.
    assert len(done.sent) <= 1 + 20 + 16


def test_two_that_fail_are_both_named(module: Modules, simulator: Simulator, folder: Path) -> None:
    fill(simulator, {"ann": [], "ben": [], "cay": []})
    folder.mkdir()
    for name in ("ann", "cay"):
        (folder / f"{name}.conf").mkdir()
    done = server(module, folder, "ann", "ben", "cay")
    assert done.last.failed
    assert "ann.conf can't be written: it is a directory" in done.last.msg
    assert done.sent == []
