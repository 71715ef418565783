# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role wg_client asks the portal by the controller's variables alone. In check mode: nothing here is changed."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, secrets

pytestmark = [
    pytest.mark.spread,
    pytest.mark.skipif(os.geteuid() != 0, reason="the role's modules want root"),
]

KEY = base64.b64encode(bytes(range(32))).decode()
OWN_CONF = f"""[Interface]
PrivateKey = {KEY}
Address = 10.9.9.2/32
[Peer]
PublicKey = {KEY}
AllowedIPs = 0.0.0.0/0
Endpoint = 192.0.2.9:51820
"""
ROLE = {"name": "premiervpn.wireguard.wg_client", "public": True}


def play(
    run: Runner,
    *hosts: str,
    before: Any = (),
    after: Any = (),
    others: Any = (),
    of_hosts: Mapping[str, dict[str, Any]] = MappingProxyType({}),
    serial: int = 1,
    arguments: tuple[str, ...] = (),
    env: dict[str, str | None] | None = None,
    **options: Any,
) -> Run:
    """The role on these hosts, one after the other; ``others`` are in the inventory alone."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    local["wg_client_server"] = "fra1"
    listed: dict[str, Any] = {host: local | of_hosts.get(host, {}) for host in hosts}
    listed |= {host: {} for host in others}
    inventory = run.folder / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": listed}}), encoding="utf-8")
    tasks = [*before, {"ansible.builtin.include_role": ROLE, "name": "The role"}, *after]
    written = {
        "hosts": ",".join(hosts),
        "serial": serial,
        "gather_facts": False,
        "vars": {"wg_client_install": False, **options},
        "tasks": tasks,
    }
    book = run.folder / "play.yml"
    book.write_text(yaml.safe_dump([written], sort_keys=False), encoding="utf-8")
    return run.playbook(book, check=True, arguments=("-i", str(inventory), *arguments), env=env)


def test_a_host_asks_as_its_own_user(run: Runner) -> None:
    done = play(run, "web.1", others=["web-2"])
    assert done.code == 0, done.output
    assert {entry["method"] for entry in done.requests} == {"GET"}
    assert "changed=2" in done.output


def test_hosts_that_ask_and_hosts_that_do_not(run: Runner) -> None:
    """One has its own .conf; of two that ask, one names the server and its port forwards."""
    forward = {"external_port": 8080, "internal_port": 80, "comment": "it's {{ 'safe' }}"}
    of_hosts = {
        "db": {"wg_client_config": OWN_CONF},
        "web1": {"wg_client_server": 5, "wg_client_port_forwards": [forward]},
        "web2": {"wg_client_server": "fra1"},
    }
    done = play(run, *of_hosts, of_hosts=of_hosts, serial=3)
    assert done.code == 0, done.output
    assert {entry["method"] for entry in done.requests} == {"GET"}
    assert [entry["path"] for entry in done.requests].count("/servers/5/users") == 2


def test_who_asks_does_so_as_the_one_who_runs_ansible(run: Runner) -> None:
    """What the play sets to become root on its hosts is not for the machine that has the key."""
    log, sudo = run.folder / "log", run.folder / "sudo"
    sudo.write_text(
        f'#!/bin/sh\necho "$@" >>{log}\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n',
        encoding="utf-8",
    )
    sudo.chmod(0o755)
    options = {"ansible_become": True, "ansible_become_exe": str(sudo)}
    as_root = {"ANSIBLE_BECOME_ALLOW_SAME_USER": "True"}  # Ansible leaves it out, where one is root
    done = play(run, "web", env=as_root, **options)
    assert done.code == 0, done.output
    became = log.read_text(encoding="utf-8")
    assert "wg_tunnel_info" in became
    assert "wg_server" not in became
    assert [entry["path"] for entry in done.requests].count("/servers/5/users") == 1


@pytest.mark.parametrize(("hosts", "others"), [(("web.1", "web-1"), ()), (("web.1",), ("web-1",))])
def test_two_hosts_that_would_be_one_user(
    run: Runner, hosts: tuple[str, ...], others: tuple[str, ...]
) -> None:
    """With ``serial: 1``, or in another play, they never meet; the inventory knows both."""
    done = play(run, *hosts, others=others)
    assert done.code != 0
    assert "would be the same user web-1" in done.output
    assert done.requests == []


@pytest.mark.parametrize(
    ("given", "seconds"), [(20, 60), (3000, 3600), ("soon", None), (4000, None)]
)
def test_the_last_of_many_hosts_has_time_to_be_confirmed(
    run: Runner, given: Any, seconds: int | None
) -> None:
    """Three hosts and one fork: each task takes three rounds. What is no number, or too much, is refused as ever."""
    hosts = ("web1", "web2", "web3")
    options = {"wg_client_config": OWN_CONF, "wg_client_rollback": given}
    show = {"ansible.builtin.debug": {"msg": "back after {{ wg_client__rollback }} s"}}
    done = play(run, *hosts, serial=3, after=[show], arguments=("--forks", "1"), **options)
    assert (done.code == 0) == (seconds is not None), done.output
    if seconds is not None:
        assert done.output.count(f"back after {seconds} s") == 3
    else:
        assert "rollback" in "".join(result.msg for result in done.results if result.failed)


def answering(run: Runner, **facts: Any) -> dict[str, Any]:
    """A task whose module, on the host, answers these facts."""
    library = run.folder / "library"
    library.mkdir()
    answer = json.dumps({"ansible_facts": facts})
    (library / "answers").write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    return {"answers": {}, "name": "Facts", "check_mode": False}


@pytest.mark.parametrize(("minor", "enough"), [(6, False), (7, False), (8, True)])
def test_a_python_that_is_too_old(run: Runner, minor: int, enough: bool) -> None:
    """One sentence says what is needed, before anything is done."""
    version = {"major": 3, "minor": minor}
    facts = answering(run, os_family="Debian", python={"version": version})
    done = play(run, "web", before=[facts])
    assert (done.code == 0) == enough
    sentence = f"with Python 3.8 or newer. This host has Debian, and Python 3.{minor}."
    assert (sentence in " ".join(done.output.split())) != enough
    assert bool(done.requests) == enough


@pytest.mark.parametrize(
    "fact", ["wg_client_user", "wg_client_api_host", "wg_client__asked", "premiervpn_api_url"]
)
def test_a_host_that_answers_variables(run: Runner, fact: str) -> None:
    """Facts become variables, whatever they are called; a module of a host that was taken over sends any."""
    done = play(run, "web", before=[answering(run, **{fact: "boss"})])
    assert done.code != 0
    assert "The host answered facts that are named like this role's variables" in done.output
    assert fact in done.output
    assert done.requests == []


def test_each_host_says_what_became_of_its_own_server(run: Runner, simulator: Simulator) -> None:
    """One names a server that is not there, one has a sound configuration, and one has commands in it."""
    fill(simulator, {"web1": []}, {"web3": []})
    conf = secrets(simulator, "web1")["config"]
    comment = "# {{ lookup('pipe', 'touch trap') }}\n"
    for name, more in (("101", comment), ("102", "PostUp = touch trap\n")):
        config = conf.replace("[Peer]", f"{more}[Peer]")
        body = {"id": int(name), "client_name": "x", "config": config, "keys": {}}
        simulator.faults({"kind": "json", "body": body, "path": f"/users/{name}", "times": None})
    of_hosts = {
        "web1": {"wg_client_server": "fra1"},
        "web2": {"wg_client_server": "fra9"},
        "web3": {"wg_client_server": "ams1"},
        "db": {"wg_client_config": OWN_CONF},
    }
    done = play(run, *of_hosts, of_hosts=of_hosts, serial=4)
    assert "fra9" in done.output
    assert "PostUp" in done.output
    failed = dict(re.findall(r"(\w+) +: ok=.* failed=(\d)", done.output))
    assert failed == {"web1": "0", "web2": "1", "web3": "1", "db": "0"}
    assert not (run.folder / "trap").exists()


def test_many_hosts_take_one_listing(run: Runner) -> None:
    hosts = [f"web{number}" for number in range(4)]
    done = play(run, *hosts, serial=4)
    assert done.code == 0, done.output
    assert [entry["path"] for entry in done.requests] == ["/servers", "/servers/5/users"]


def test_each_host_says_whether_its_own_user_could_be_removed(
    run: Runner, simulator: Simulator
) -> None:
    fill(simulator, {"web1": []})
    of_hosts = {
        "web1": {"wg_client_server": "fra1"},
        "web2": {"wg_client_server": "fra9"},
        "web3": {"wg_client_delete_user": False},
    }
    done = play(run, *of_hosts, of_hosts=of_hosts, serial=3, wg_client_state="absent")
    assert "fra9" in done.output
    failed = dict(re.findall(r"(\w+) +: ok=.* failed=(\d)", done.output))
    assert failed == {"web1": "0", "web2": "1", "web3": "0"}
