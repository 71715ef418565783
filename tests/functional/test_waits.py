# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that waits for the rate limit says so while it waits; a run that does not wait says nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.running import Runner
from tests.support.world import fill

pytestmark = [pytest.mark.spread, pytest.mark.waits]

LINE = re.compile(r"\[premiervpn\.wireguard\] (.+) waits (\d+) s for the rate limit, (.+) left")
USERS = {"wg_server": {"server": 5, "users": [{"name": "ann"}, {"name": "ben"}, {"name": "cay"}]}}


def limited(simulator: Simulator, seconds: int = 3) -> None:
    """The second POST meets a 429 that asks for some seconds."""
    path = "/servers/{id}/users"
    simulator.faults(
        {"kind": "rate_limited", "method": "POST", "path": path, "skip": 1, "retry_after": seconds}
    )


def test_a_wait_is_told(run: Runner, simulator: Simulator) -> None:
    limited(simulator)
    done = run.play(USERS)
    assert done.last.changed
    told = LINE.findall(done.output)
    # Who, how long, and how much is still to do: one of three users was created.
    assert told == [("localhost: wg_server", "3", "2 requests are")]


def test_it_is_told_while_it_lasts(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    limited(simulator, seconds=6)
    seen: dict[str, float] = {}
    playbook = tmp_path / "play.yml"
    play = {"hosts": "localhost", "gather_facts": False}
    tasks = [{f"premiervpn.wireguard.{name}": options} for name, options in USERS.items()]
    playbook.write_text(yaml.safe_dump([{**play, "tasks": tasks}]), encoding="utf-8")
    with subprocess.Popen(
        run.command("playbook", str(playbook)),
        env=run.environment(),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            for mark in ("waits 6 s", "waits 1 s", "changed: [localhost]"):
                if mark in line:
                    seen.setdefault(mark, time.monotonic())
    # The first line came when the wait began: some six seconds before the task's own result.
    assert seen["changed: [localhost]"] - seen["waits 6 s"] > 4


def test_nothing_is_told_where_nothing_waits(run: Runner) -> None:
    done = run.play(USERS)
    assert done.last.changed
    assert "premiervpn.wireguard]" not in done.output


@pytest.mark.parametrize("by", ["option", "environment", "module_defaults"])
def test_it_can_be_switched_off(run: Runner, simulator: Simulator, by: str) -> None:
    limited(simulator)
    task: dict[str, Any] = {"wg_server": dict(USERS["wg_server"])}
    more: dict[str, Any] = {}
    if by == "option":
        task["wg_server"]["show_waits"] = False
    elif by == "environment":
        more["env"] = {"PREMIERVPN_SHOW_WAITS": "false"}
    else:
        more["module_defaults"] = {"group/premiervpn.wireguard.wg": {"show_waits": False}}
    done = run.play(task, **more)
    assert done.last.changed
    assert "premiervpn.wireguard]" not in done.output


def test_every_module_tells(run: Runner, simulator: Simulator) -> None:
    """The other modules come to the one action plugin by meta/runtime.yml."""
    server = {"server": 5}
    tasks = {
        "wg_user": {**server, "name": "ann"},
        "wg_port_forward": {**server, "user": "ann", "external_port": 80, "internal_port": 80},
        "wg_server_info": {},
        "wg_status_info": server,
        "wg_user_info": server,
        "wg_port_forward_info": server,
    }
    for method, path in (("POST", ".*"), ("GET", "/servers"), ("GET", "/servers/5/status")):
        simulator.faults({"kind": "rate_limited", "method": method, "path": path, "retry_after": 2})
    done = run.play(*({name: options} for name, options in tasks.items()))
    assert done.code == 0
    told = {who.partition(": ")[2] for who, _seconds, _left in LINE.findall(done.output)}
    assert told == {"wg_user", "wg_server_info", "wg_status_info"}


def test_json_on_stdout_stays_json(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    """The lines go to stderr: what reads an inventory from stdout must not meet them."""
    simulator.faults(
        {"kind": "rate_limited", "method": "GET", "path": "/servers", "retry_after": 2}
    )
    source = tmp_path / "users.premiervpn.yml"
    source.write_text("plugin: premiervpn.wireguard.wg_users\n", encoding="utf-8")
    done = run.ansible("inventory", "-i", str(source), "--list")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["_meta"] is not None
    assert LINE.findall(done.stderr) == [("the inventory", "2", "1 request is")]


def test_a_folder_that_takes_no_file_does_not_stop_the_task(
    run: Runner, simulator: Simulator, tmp_path: Path
) -> None:
    limited(simulator, seconds=2)
    done = run.play(USERS, env={"TMPDIR": str(tmp_path / "missing")})
    assert done.last.changed


@pytest.mark.parametrize("what", ["the file", "its folder"])
def test_a_cleaner_that_is_quicker_does_not_fail_the_task(
    run: Runner, simulator: Simulator, tmp_path: Path, what: str
) -> None:
    """What removes old temporary files may come while a task waits."""
    limited(simulator, seconds=3)
    with subprocess.Popen(
        [sys.executable, "-c", CLEANER, str(tmp_path), what], stdin=subprocess.DEVNULL
    ) as cleaner:
        done = run.play(USERS, env={"ANSIBLE_LOCAL_TEMP": str(tmp_path / "temporary")})
        cleaner.kill()
    assert done.code == 0, done.output
    assert done.last.changed
    assert "Traceback" not in done.output
    assert (tmp_path / "cleaned").exists()


CLEANER = """
import pathlib, shutil, sys, time
place = pathlib.Path(sys.argv[1])
while True:
    for file in place.glob("temporary/*/premiervpn-waits-*"):
        if (place / "temporary").exists():
            shutil.rmtree(file.parent) if sys.argv[2] == "its folder" else file.unlink()
            (place / "cleaned").touch()
    time.sleep(0.05)
"""


def everything_in(*places: Path) -> list[str]:
    return [str(file) for place in places for file in place.rglob("premiervpn-waits-*")]


def test_waits_leave_no_file_behind(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    limited(simulator, seconds=2)
    run.play(USERS)
    assert everything_in(tmp_path, run.temporary) == []


def test_ctrl_c_leaves_no_file_behind(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    limited(simulator, seconds=30)
    playbook = tmp_path / "play.yml"
    tasks = [{f"premiervpn.wireguard.{name}": options} for name, options in USERS.items()]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    with subprocess.Popen(
        run.command("playbook", str(playbook)),
        env=run.environment(PREMIERVPN_MAX_WAIT="60"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "waits" in line:
                break
        assert everything_in(tmp_path, run.temporary) != []
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
        process.communicate(timeout=60)
    assert everything_in(tmp_path, run.temporary) == []


def test_pacing_alone_is_told_once(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    """Where the file that processes share can't be used, more may be sent than the limit allows."""
    (tmp_path / "squatted").write_text("", encoding="utf-8")
    alone = {"PREMIERVPN_BUDGET_DIR": str(tmp_path / "squatted"), "PREMIERVPN_RATE_LIMIT": "60"}
    done = run.play(USERS, env=alone)
    assert done.last.changed
    (warning,) = done.last["warnings"]
    assert "Not a directory" in warning
    assert str(tmp_path / "squatted") in warning
    shared = run.play(USERS, env={"PREMIERVPN_RATE_LIMIT": "60"})
    assert "warnings" not in shared.last


@pytest.mark.parametrize("spelling", ["{url}/", "{upper}", "{url}//"])
def test_another_spelling_of_the_url_and_key_shares_the_budget(
    run: Runner, simulator: Simulator, spelling: str
) -> None:
    limit = {"server": 5, "rate_limit": 1, "max_wait": 0}
    assert not run.module("wg_user_info", **limit).last.failed
    url = simulator.url
    other = spelling.format(url=url, upper=url.replace("http:", "HTTP:"))
    done = run.module("wg_user_info", **limit, api_url=other, api_key=f" {KEY}")
    assert done.last.failed
    assert "rate_limit is used up" in done.last.msg
    assert done.sent == []


@pytest.mark.parametrize("rate_limit", [0, 60])
def test_a_pause_of_the_portal_is_not_told_as_a_used_up_rate_limit(
    run: Runner, simulator: Simulator, rate_limit: int
) -> None:
    """The next task, too, which sends nothing: its own rate_limit is not used up, or there is none."""
    simulator.faults({"kind": "rate_limited", "method": "GET", "retry_after": 50})
    limit = {"server": 5, "rate_limit": rate_limit, "max_wait": 0}
    for sent in (["GET /servers/5/users"], []):
        done = run.module("wg_user_info", **limit)
        assert done.last.failed
        assert "the portal's rate limit is used up" in done.last.msg
        assert "rate_limit is used up" not in done.last.msg
        assert done.sent == sent


def test_inventory_and_lookup_tell_that_they_pace_alone(
    run: Runner, simulator: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "squatted").write_text("", encoding="utf-8")
    alone = {"PREMIERVPN_BUDGET_DIR": str(tmp_path / "squatted"), "PREMIERVPN_RATE_LIMIT": "60"}
    fill(simulator, {"ann": []})
    source = tmp_path / "users.premiervpn.yml"
    source.write_text("plugin: premiervpn.wireguard.wg_users\n", encoding="utf-8")
    looked_up = "{{ lookup('premiervpn.wireguard.wg_user', 'ann', server=5).client_name }}"
    shown = {"ansible.builtin.debug": {"msg": looked_up}}
    done = run.play(shown, shown, env=alone, arguments=("-i", str(source)))
    assert done.code == 0, done.output
    # Ansible breaks lines as wide as the terminal is.
    told = "".join(done.output.split())
    assert 1 <= told.count("pacedwithoutknowingofotherprocesses") <= 3
