# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on a host as they are run, and the oldest Python that may run them."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel import (
    apply,
    host,
    system,
)
from tests.support import modules
from tests.support.tunnel_hosts import CONF, wish

PACKAGE = "ansible_collections.premiervpn.wireguard.plugins.module_utils._tunnel"
FOLDER = Path(system.__file__).parent


def run_command(arguments: list[str], **options: Any) -> tuple[int, bytes, bytes]:
    """As a module's, called as it is here."""
    assert options == {"expand_user_and_vars": False, "encoding": None}
    done = subprocess.run(arguments, check=False, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def test_a_command_that_is_not_there() -> None:
    with system.commands_by(run_command):
        assert system.run("no-such-command").code == 127
        assert not system.execute(["/no/such/command"])
        assert system.run("sh", "-c", "printf '\\377'; exit 3") == system.Ran(3, "\ufffd", "")


def test_nothing_of_the_callers_environment_reaches_a_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "verbose")
    with system.commands_by(run_command):
        assert "LOG_LEVEL" not in system.run("env").out


def old_python() -> str | None:
    pyenv = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    found = sorted(pyenv.glob("versions/3.8.*/bin/python"))
    return str(found[0]) if found else shutil.which("python3.8")


def test_the_oldest_python_can_import_it() -> None:
    python = old_python()
    if not python or subprocess.run([python, "-c", ""], check=False).returncode:
        pytest.skip("there is no Python 3.8")
    names = [f"{PACKAGE}.{file.stem}" for file in sorted(FOLDER.glob("*.py"))]
    tree = str(FOLDER.parents[5])
    code = f"import importlib, sys; sys.path.insert(0, {tree!r})\nfor n in {names}: importlib.import_module(n)"
    done = subprocess.run([python, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_loop_that_asks_for_the_servers_name_again(tmp_path: Path) -> None:
    """Once a handshake is old; and it ends with the interface."""
    named = CONF.replace("192.0.2.5", "vpn.example.net")
    (loop,) = [
        one
        for one in wish(named, reresolve=True).conf["Interface"]["PostUp"]
        if "latest-handshakes" in one
    ]
    peer = wish(named).peer["PublicKey"]
    programs = {
        "setsid": 'exec "$@"',
        "sleep": 'echo slept >>"$LOG"; [ "$(grep -c slept "$LOG")" -le 3 ]',
        "wg": 'if [ "$1" = show ]; then case $(grep -c slept "$LOG") in 2) echo "$PEER\t$(date +%s)";;'
        ' *) echo "$PEER\t5";; esac; else echo "$*" >>"$LOG"; fi',
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    log = tmp_path / "log"
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "LOG": str(log), "PEER": peer}
    command = loop.replace("%i", "lo").removesuffix("&")
    subprocess.run(["bash", "-c", command], env=env, check=False, timeout=20)
    asked = f"set lo peer {peer} endpoint vpn.example.net:51820"
    assert log.read_text().splitlines() == ["slept", asked, "slept", "slept", asked, "slept"]


def test_a_module_says_what_the_system_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files that is full, for one: a reason, and no traceback."""

    def full(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/wg_client-x/wg.conf")

    monkeypatch.setattr(host, "need_root", lambda is_root: None)
    monkeypatch.setattr(apply, "present", full)
    code, printed = modules.call("wg_tunnel", config=CONF)
    assert code == 1
    said = modules.result("wg_tunnel", printed).msg
    assert said == "the host could not use /tmp/wg_client-x/wg.conf: No space left on device"
