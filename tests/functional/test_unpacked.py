# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that runs here runs from the files that are here; elsewhere it is packed; it does the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .running import KEY, Run, Runner
from .world import fill, rule

# New keys at every run; a traceback (ansible-core 2.16 to 2.18) that names files.
DIFFERENT = frozenset({"config", "keys", "exception"})
# What the name of Ansible's archive begins with.
PACKED = "AnsiballZ_"
TASKS: list[dict[str, Any]] = [
    {"wg_server": {"server": 5, "users": [{"name": "ann"}], "purge_users": True}},
    {"wg_user": {"server": 5, "name": "ben", "return_config": True}},
    {"wg_port_forward": {"server": 5, "user": "ben", "external_port": 443, "internal_port": 8443}},
    {"wg_user_info": {"server": 5, "include_port_forwards": True}},
    {"wg_user": {"server": 7, "name": "ben"}, "ignore_errors": True},
    {"wg_user": {"server": 5, "name": "ben", "colour": "red"}, "ignore_errors": True},
]


@pytest.fixture
def same_python(tmp_path: Path) -> str:
    """This interpreter by another name, so that Ansible takes it for another."""
    link = tmp_path / "same-python"
    # By way of a script: a link would not find the virtual environment it belongs to.
    link.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    link.chmod(0o755)
    return str(link)


def ways(run: Runner, python: str, *tasks: dict[str, Any], **play: Any) -> tuple[Run, Run]:
    """The same tasks from the files and out of an archive, each on a portal as it was."""
    fill(run.simulator, {"old": [rule("25 -> 25")]})
    plain = run.play(*tasks, arguments=("-vvv",), **play)
    fill(run.simulator, {"old": [rule("25 -> 25")]})
    packed = run.play(
        *tasks, arguments=("-vvv",), **{**play, "vars": {"ansible_python_interpreter": python}}
    )
    assert PACKED not in plain.output
    assert PACKED in packed.output
    return plain, packed


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_the_results_are_the_same(run: Runner, same_python: str, check: bool) -> None:
    plain, packed = ways(run, same_python, *({**task, "check_mode": check} for task in TASKS))
    assert sorted(plain.sent) == sorted(packed.sent)  # listings go out side by side
    assert len(plain.results) == len(packed.results) == len(TASKS)
    for one, other in zip(plain.results, packed.results, strict=True):
        assert _comparable(one.values) == _comparable(other.values)


def test_warnings_reach_the_result(run: Runner) -> None:
    task = {"server": 5, "user": "nobody", "external_port": 443, "internal_port": 8443}
    done = run.play({"wg_port_forward": task}, check=True)
    assert "taken for one that an earlier task would create" in str(done.last["warnings"])


def test_loop_delegation_defaults_and_environment(run: Runner, same_python: str) -> None:
    task = {
        "wg_user": {"server": 5, "name": "{{ item }}"},
        "loop": ["ann", "ben"],
        "delegate_to": "localhost",
        "environment": {"PREMIERVPN_API_KEY": KEY},
    }
    defaults = {"group/premiervpn.wireguard.wg": {"timeout": 7}}
    for done in ways(run, same_python, task, module_defaults=defaults):
        assert done.code == 0, done.output
        assert [line for line in done.sent if line.startswith("POST")] == [
            "POST /servers/5/users"
        ] * 2


def test_on_another_host_with_a_local_connection(run: Runner) -> None:
    """Its interpreter is configured, or found by Ansible: then the module is packed."""
    inventory = run.folder / "hosts.ini"
    hosts = ["plain ansible_python_interpreter='{{ ansible_playbook_python }}'", "found"]
    inventory.write_text(
        "\n".join(f"{host} ansible_connection=local" for host in hosts), encoding="utf-8"
    )
    task = {"wg_user": {"server": 5, "name": "{{ inventory_hostname }}"}}
    for host, packed in (("plain", False), ("found", True)):
        arguments = ("-vvv", "-i", str(inventory))
        done = run.play(task, hosts=host, arguments=arguments)
        assert (PACKED in done.output) is packed


@pytest.mark.parametrize(
    ("setting", "value"),
    [("ANSIBLE_KEEP_REMOTE_FILES", "1"), ("ANSIBLE_PYTHON_MODULE_RLIMIT_NOFILE", "512")],
)
def test_who_wants_the_archive_gets_it(run: Runner, setting: str, value: str) -> None:
    done = run.play(TASKS[0], arguments=("-vvv",), env={setting: value})
    assert PACKED in done.output
    assert done.last.changed


def test_in_the_background_it_is_packed(run: Runner) -> None:
    done = run.play({**TASKS[0], "async": 30, "poll": 1})
    assert done.code == 0, done.output
    assert done.last.changed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody without a password")
def test_as_another_user_it_is_packed(run: Runner) -> None:
    done = run.play(TASKS[0], arguments=("-vvv",), become=True, become_method="su")
    assert PACKED in done.output
    assert done.last.changed


def test_nothing_is_imported_from_the_folder_we_are_in(run: Runner) -> None:
    for name in ("runpy", "requests", "ansible_collections", "json"):
        (run.folder / f"{name}.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    playbook = run.folder / "play.yml"
    task = {"premiervpn.wireguard.wg_user": {"server": 5, "name": "ann"}}
    playbook.write_text(
        json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])
    )
    # Not by ``python -m``, which would itself look into this folder first.
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-vvv", playbook],
        env=run.environment(),
        cwd=run.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert PACKED not in done.stdout
    assert "changed=1" in done.stdout, done.stdout


def test_a_traceback_shows_no_secret(run: Runner) -> None:
    """What breaks before a module could take its arguments for secrets, shows none of them."""
    broken = run.folder / "broken"
    broken.mkdir()
    (broken / "requests.py").write_text("{}['what breaks']\n", encoding="utf-8")
    task = {"wg_user": {"server": 5, "name": "ann", "api_key": "SECRETKEY"}}
    environment = {"PYTHONPATH": os.pathsep.join([str(broken), os.environ.get("PYTHONPATH", "")])}
    done = run.play({**task, "environment": environment}, arguments=("-vvvv",))
    assert done.last.failed
    assert PACKED not in done.output
    assert "what breaks" in done.output
    assert "SECRETKEY" not in done.output


def test_without_requests_it_says_so(run: Runner) -> None:
    (run.folder / "requests.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    done = run.play({**TASKS[0], "environment": {"PYTHONPATH": str(run.folder)}})
    assert done.last.failed
    assert "Failed to import the required Python library (requests)" in done.last.msg
    assert done.sent == []


def test_the_collection_at_hand_is_run_and_no_other(run: Runner) -> None:
    """Where the ``ansible`` package is installed, there is an ``ansible_collections`` of its own."""
    other = run.folder / "site" / "ansible_collections"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise SystemExit('the other')\n", encoding="utf-8")
    done = run.play({**TASKS[0], "environment": {"PYTHONPATH": str(other.parent)}})
    assert done.last.changed, done.output


def _comparable(values: dict[str, Any]) -> str:
    """Without what differs from run to run."""
    told = {key: value for key, value in values.items() if key not in DIFFERENT}
    return re.sub(r'"\d{4}-\d\d-\d\dT[^"]+"', '"a time"', json.dumps(told, sort_keys=True))
