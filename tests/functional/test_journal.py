# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each replacing operation is killed by SIGKILL, over HTTP; the next task gives back, or shows what it can't.

A law kills at every request in tests/unit/plugins/module_utils/test_kill_laws.py.
"""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.processes import wait_until
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secret_texts, secrets

HELD = {
    "phone": [rule("443/both -> 8443", "HTTPS: {{ 7 * 7 }}"), rule("80/tcp -> 80")],
    "laptop": [rule("22022/tcp -> 22", "007")],
}
AS_IT_WAS = {
    "phone": ["443/both -> 8443 (HTTPS: {{ 7 * 7 }})", "80/tcp -> 80"],
    "laptop": ["22022/tcp -> 22 (007)"],
}
PHONE = {"server": 5, "user": "phone", "internal_port": 1}
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "rotated": ("wg_rotate_keys", {"server": 5, "users": ["phone"]}),
    "revoked": ("wg_user", {"server": 5, "name": "phone"}),
    "another port": ("wg_port_forward", {**PHONE, "external_port": 443, "protocol": "both"}),
    "half of both": ("wg_port_forward", {**PHONE, "external_port": 443, "state": "absent"}),
    "taken over": (
        "wg_port_forward",
        {**PHONE, "user": "laptop", "external_port": 443, "protocol": "both", "takeover": True},
    ),
    "moved": (
        "wg_server",
        {
            "server": 5,
            "users": [
                {"name": "phone", "port_forwards": []},
                {
                    "name": "laptop",
                    "port_forwards": [{**rule("443/both -> 8443"), "protocol": "both"}],
                },
            ],
        },
    ),
}


@pytest.fixture
def server(simulator: Simulator) -> Simulator:
    fill(simulator, HELD)
    return simulator


def killed(run: Runner, server: Simulator, kind: str, method: str) -> None:
    """Run an operation, and kill it when the portal has carried out its first such request."""
    module, options = OPERATIONS[kind]
    if kind == "revoked":
        key = secrets(server, "phone")["keys"]["client_public_key"]
        options = {**options, "revoked_public_keys": [key]}
    server.faults({"kind": "timeout", "method": method, "when": "after"})
    with run.started(module, **options, rate_limit=0) as under_way:
        wait_until(lambda: any(r["method"] == method for r in server.requests()), f"its {method}")
        under_way.signal(signal.SIGKILL)
        under_way.process.wait(60)
    server.clear_faults()


def journal(run: Runner) -> list[Path]:
    folder = run.folder / "state" / "journal"
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("method", ["DELETE", "POST"])
@pytest.mark.parametrize("kind", OPERATIONS)
def test_the_next_task_gives_back_what_a_killed_one_took(
    run: Runner, server: Simulator, kind: str, method: str
) -> None:
    killed(run, server, kind, method)
    (entry,) = journal(run)
    text = entry.read_text()
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700
    assert all(secret not in text for secret in (KEY, *secret_texts(server, "laptop")))
    assert "portal" in text
    assert server.url not in text

    reader = run.module("wg_server_info")
    assert "A task that was cut off on" in reader.output
    # Another module, about the user that is concerned.
    check = run.module("wg_user", check=True, server=5, name="phone")
    done = run.module("wg_user", server=5, name="phone")
    assert not done.last.failed, done.output
    assert "cut off on" in done.output or done.last["plan"] == []
    assert all(step["restored"] for step in done.last["plan"])
    steps = [(step["action"], step["what"]) for step in done.last["plan"]]
    assert [(step["action"], step["what"]) for step in check.last["plan"]] == steps
    assert journal(run) == []
    after = {
        "rotated": AS_IT_WAS,
        "revoked": AS_IT_WAS,
        "another port": {
            **AS_IT_WAS,
            "phone": ["443/both -> 1 (HTTPS: {{ 7 * 7 }})", "80/tcp -> 80"],
        },
        "half of both": {
            **AS_IT_WAS,
            "phone": ["443/udp -> 8443 (HTTPS: {{ 7 * 7 }})", "80/tcp -> 80"],
        },
        "taken over": {
            "phone": ["80/tcp -> 80"],
            "laptop": ["22022/tcp -> 22 (007)", "443/both -> 1 (HTTPS: {{ 7 * 7 }})"],
        },
        "moved": {
            "phone": ["80/tcp -> 80"],
            "laptop": ["22022/tcp -> 22 (007)", "443/both -> 8443 (HTTPS: {{ 7 * 7 }})"],
        },
    }[kind]
    assert rules(server) == after
    # And once.
    assert run.module("wg_user", server=5, name="phone").last["plan"] == []


def test_a_rotation_is_finished_by_one_that_names_the_user(run: Runner, server: Simulator) -> None:
    killed(run, server, "rotated", "DELETE")
    assert "phone" not in ids(server)
    other = run.module("wg_user", server=5, name="laptop")
    assert "443/both -> 8443 (HTTPS: {{ 7 * 7 }}) of user 'phone'" in other.output
    assert str(journal(run)[0]) in other.output
    # It is told in full once, and is still to be given back.
    again = run.module("wg_user", server=5, name="laptop")
    assert "8443" not in again.output
    assert "is still to be given back" in again.output
    done = run.module("wg_rotate_keys", server=5, users=["phone"])
    assert not done.last.failed, done.output
    assert done.last["replaced"] == ["phone"]
    assert rules(server) == AS_IT_WAS
    assert journal(run) == []


def test_who_is_offboarded_does_not_come_back(run: Runner, server: Simulator) -> None:
    killed(run, server, "rotated", "DELETE")
    run.module("wg_offboard", users="phone", missing="ok")
    assert journal(run) == []
    run.module("wg_rotate_keys", server=5, users=["laptop"])
    assert "phone" not in ids(server)


def test_what_a_failed_run_could_not_put_back_is_given_back_by_the_next(
    run: Runner, server: Simulator
) -> None:
    """It moved a port from one user to another; the portal took no new rule, the old one neither."""
    server.faults({"kind": "status", "status": 422, "method": "POST", "times": None})
    module, options = OPERATIONS["taken over"]
    failed = run.module(module, **options, rate_limit=0)
    assert failed.last.failed
    assert "IS LOST" in failed.last.msg
    server.clear_faults()
    done = run.module("wg_user", server=5, name="another", rate_limit=0)
    assert not done.last.failed, done.output
    assert AS_IT_WAS.items() <= rules(server).items()
    assert not journal(run)


def test_a_port_with_a_new_holder_stays_and_the_rule_is_kept_aside(
    run: Runner, server: Simulator
) -> None:
    killed(run, server, "rotated", "DELETE")
    taken = {"server": 5, "user": "laptop", "external_port": 443, "internal_port": 9}
    assert not run.module("wg_port_forward", **taken).last.failed
    done = run.module("wg_user", server=5, name="phone")
    assert not done.last.failed, done.output
    assert (
        "443/tcp -> 8443 (HTTPS: {{ 7 * 7 }}) of user 'phone' (user 'laptop' holds it"
        in done.output
    )
    assert rules(server)["phone"] == ["443/udp -> 8443 (HTTPS: {{ 7 * 7 }})", "80/tcp -> 80"]
    (aside,) = (run.folder / "state" / "not-given-back").iterdir()
    assert str(aside) in done.output
    assert journal(run) == []


def test_what_is_too_old_is_shown_and_not_given_back(run: Runner, server: Simulator) -> None:
    killed(run, server, "rotated", "DELETE")
    (entry,) = journal(run)
    first, rest = entry.read_text().split("\n", 1)
    at = first.index('"at": ') + len('"at": ')
    old = f"{first[:at]}{time.time() - 7.1 * 86400}{first[first.index(',', at) :]}\n{rest}"
    entry.write_text(old)
    done = run.module("wg_user", server=5, name="phone")
    assert "it was taken more than seven days ago" in done.output
    assert rules(server)["phone"] == []


def _corrupt(path: Path) -> None:
    path.write_text("no entry\n")


def _cut(path: Path) -> None:
    path.write_text(path.read_text()[:50])


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _open(path: Path) -> None:
    path.chmod(0o644)


@pytest.mark.parametrize("spoil", [_corrupt, _cut, _fifo, _open])
def test_what_is_no_entry_of_ours_is_left_alone_and_told(
    run: Runner, server: Simulator, spoil: Any
) -> None:
    killed(run, server, "rotated", "DELETE")
    (entry,) = journal(run)
    spoil(entry)
    done = run.module("wg_user", server=5, name="phone")
    assert not done.last.failed, done.output
    assert f"{entry} is left alone" in done.output
    assert journal(run) == [entry]
    assert rules(server)["phone"] == []


def test_where_no_entry_can_be_written_nothing_is_begun(run: Runner, server: Simulator) -> None:
    state = run.folder / "state"
    state.mkdir(0o755)
    state.chmod(0o755)
    for check in (True, False):
        done = run.module("wg_rotate_keys", check=check, server=5, users=["phone"])
        assert done.last.failed
        assert f"{state} is open to other users (mode 0755, not 0700)" in done.last.msg
        assert "PREMIERVPN_STATE_DIR" in done.last.msg
        assert done.writes == []
    # What is declared whole needs none.
    whole = {**PHONE, "external_port": 443, "protocol": "both", "comment": "new"}
    assert not run.module("wg_port_forward", **whole).last.failed


def test_nothing_is_touched_where_nothing_is_replaced(run: Runner, server: Simulator) -> None:
    run.module("wg_user", server=5, name="new")
    run.module("wg_port_forward", server=5, user="new", external_port=81, internal_port=1)
    run.module("wg_server", server=5, users=[{"name": "new", "state": "absent"}])
    run.module("wg_server_info")
    assert not (run.folder / "state").exists()
