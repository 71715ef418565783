# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text that a portal can send, in every field of every answer and in every header, means harm.

One law: no file outside the folder asked for, no process, no text that is trusted and could be run, no host
that was not listed, no traceback, and no more than 64 MiB above what sound answers take. It holds for the
inventory, the lookup, the modules (and the pages they write), the event source and the roles. A round takes
half a second; ``make pytest ARGS='-k portal_fuzz --fuzz-rounds 500 --fuzz-seed 7'`` runs more of them.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.premiervpn.wireguard.plugins.lookup import wg_user
from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._unsafe import (
    could_be_template,
    own_template,
)
from tests.support.hostile_portal import Portal
from tests.support.inventories import Inventories
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.unseen import UNSEEN
from tests.support.watching import Source

try:
    from ansible.template import is_trusted_as_template as is_trusted
except ImportError:  # before 2.19 every text is that has no mark

    def is_trusted(value: Any) -> bool:
        return isinstance(value, str) and not getattr(value, "__UNSAFE__", False)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    made = Portal(tmp_path / "trap")
    yield made
    made.close()


def tasks(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    plan, markdown = str(folder / "plan.json"), str(folder / "plan.md")
    users = [{"name": "web", "port_forwards": [{"external_port": 80, "internal_port": 80}]}]
    return [
        ("wg_server_info", {}),
        ("wg_status_info", {"server": "5"}),
        ("wg_user_info", {"server": "5", "include_config": True, "include_port_forwards": True}),
        ("wg_port_forward_info", {"server": "5"}),
        ("wg_user", {"server": "5", "name": "web", "config_path": str(folder / "web.conf")}),
        (
            "wg_port_forward",
            {"server": "5", "user": "web", "external_port": 80, "internal_port": 81},
        ),
        ("wg_server", {"server": "5", "users": users, "config_dir": str(folder / "dir")}),
        ("wg_servers", {"servers": [{"server": 5, "users": users}], "plan_path": [plan, markdown]}),
        ("wg_user_bandwidth", {"server": "5", "user": "web", "limits": {"up": 1}}),
        ("wg_server_dns", {"server": "5", "settings": {"a": 1}}),
        ("wg_rotate_keys", {"server": "5", "users": ["web"], "config_dir": str(folder / "dir")}),
        ("wg_offboard", {"users": ["web"]}),
        ("wg_move", {"users": ["web"], "from": "5", "to": "6"}),
        ("wg_adopt", {"path": str(folder / "adopted.yml"), "force": True}),
        ("wg_handout", {"path": str(folder / "handouts")}),
        (
            "wg_report",
            {"path": str(folder / "report.html"), "metrics_path": str(folder / "metrics.prom")},
        ),
    ]


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *texts_of(inner))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value


def names_of(value: Any) -> Iterator[str]:
    """The names in all mappings."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list, tuple)):
            yield from names_of(inner)
    if isinstance(value, dict):
        yield from map(str, value)


def memory() -> int:
    """MiB that this process took at most, until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        1024 if sys.platform.startswith("linux") else 1024 * 1024
    )


def check_inventory(inventories: Inventories, portal: Portal, key: str) -> int:
    """How many hosts there were."""
    portal.listed.clear()
    found = inventories.read(
        api_url=portal.url,
        api_key=key,
        max_wait=0,
        rate_limit=0,
        servers=[5],
        include_port_forwards=True,
        compose={"composed": "premiervpn_other"},
        keyed_groups=[{"key": "premiervpn_last_seen", "prefix": "", "separator": ""}],
    )
    assert len(found.hosts) <= len(portal.listed)
    for name in (*found.hosts, *found.groups):
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", name), name
    assert "localhost" not in {*found.hosts, *found.groups}
    own = {"inventory_file", "inventory_dir"}
    for variables in found.hosts.values():
        assert {name for name in variables if not name.startswith("premiervpn_")} <= {
            *("ansible_host", "composed"),
            *own,
        }
        given = {k: v for k, v in variables.items() if k not in own}
        nothing_to_run(given)
        # Names too: what the portal called its fields.
        for name in names_of(given):
            assert not could_be_template(name), name
    return len(found.hosts)


def nothing_to_run(value: Any) -> None:
    """No text in it that Ansible trusts, and could render or run."""
    for text in texts_of(value):
        assert not (is_trusted(text) and could_be_template(text)), text


def check_lookup(portal: Portal, key: str) -> bool:
    options = f"server=5, api_url={portal.url!r}, api_key={key!r}, max_wait=0, rate_limit=0"
    templar = Templar(DataLoader(), variables={})
    try:
        found = templar.template(
            own_template(f"{{{{ query('premiervpn.wireguard.wg_user', 'web', {options}) }}}}")
        )
    except AnsibleError:
        return False
    nothing_to_run(found)
    return True


def check_source(portal: Portal, key: str) -> bool:
    options = {"api_url": portal.url, "api_key": key, "rate_limit": 0, "timeout": 5}
    source = Source(**options, traffic_over=1, settle=1, catch_up=True)
    source.run(*[lambda: None] * 3)
    lines = [*source.lines, *[str(source.end)] * bool(source.end)]
    for line in (*lines, *(event["text"] for event in source.events)):
        assert not set(UNSEEN) & set(line), ascii(line)
    for text in texts_of(source.events):
        assert not re.search(r"\{[{%#]|^#jinja2:", text), text
    assert json.loads(json.dumps(source.events, allow_nan=False)) == source.events
    return bool(source.events)


def check_module(
    module: Modules, portal: Portal, key: str, task: str, options: dict[str, Any]
) -> bool:
    bounds = {"max_wait": 0, "rate_limit": 0, "timeout": 5}
    done = module(task, **options, **bounds, api_url=portal.url, api_key=key)
    assert "Traceback" not in done.output, done.output[-2000:]
    message = done.last.msg if done.last.failed else ""
    told = [message, *done.last.get("lines", ())]
    assert not set(UNSEEN) & set("".join(told)), ascii(told)
    return not done.last.failed


def check_files(folder: Path) -> None:
    """What a person opens has nothing in it that nobody sees, and a configuration no command."""
    for path in folder.rglob("*"):
        if path.suffix == ".conf":
            assert path.read_text(encoding="utf-8").startswith("[Interface]")
            assert "PostUp" not in path.read_text(encoding="utf-8")
        elif path.suffix in (".html", ".md", ".prom", ".yml", ".json"):
            assert not set(UNSEEN) & set(path.read_text(encoding="utf-8")), path
    assert {path.name for path in folder.parent.iterdir()} & {"trap"} == set()


def test_nothing_that_a_portal_sends_gets_out(
    module: Modules,
    inventories: Inventories,
    portal: Portal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    folder = tmp_path / "asked"
    folder.mkdir()
    started: list[Any] = []
    popen = subprocess.Popen.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        started.append(args)
        popen(self, *args, **kwargs)

    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    surfaces: list[tuple[str, Any]] = [
        *tasks(folder),
        ("the lookup", check_lookup),
        ("the event source", check_source),
    ]

    def tried(number: int) -> tuple[int, bool]:
        """A key for each: what a 429 says holds up everybody who uses the same."""
        hosts = check_inventory(inventories, portal, f"wg_inventory_{number}")
        monkeypatch.setattr(wg_user, "_LISTINGS", {})
        name, how = surfaces[number % len(surfaces)]
        key = f"wg_key_{number}"
        if callable(how):
            return hosts, how(portal, key)
        return hosts, check_module(module, portal, key, name, how)

    rounds = int(request.config.getoption("--fuzz-rounds"))
    first = int(request.config.getoption("--fuzz-seed"))
    with monkeypatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", noted)
        portal.calm = True
        sound = [tried(-number) for number in range(1, len(surfaces) + 1)]
        portal.calm = False
        before = memory()
        found = []
        for seed in range(first, first + rounds):
            portal.chance.seed(seed)
            try:
                found.append(tried(seed))
            except AssertionError as exc:
                raise AssertionError(f"round {seed}, {surfaces[seed % len(surfaces)][0]}") from exc
    # Or nothing would have been tried.
    assert sum(hosts for hosts, _done in sound) == len(surfaces)
    assert sum(hosts for hosts, _done in found) > rounds // 4
    assert any(done for _hosts, done in found)
    assert started == []
    assert memory() - before < 64
    check_files(folder)


ROUNDS_OF_A_PLAY = 6
"""A role takes some seconds, and a play five minutes at most."""


@pytest.mark.slow
@pytest.mark.parametrize("role", ["wg_servers", "wg_client"])
def test_nothing_that_a_portal_sends_gets_out_of_a_role(
    run: Runner, portal: Portal, request: pytest.FixtureRequest, role: str
) -> None:
    """The role of a host in check mode, which is as far as it goes without WireGuard."""
    if role == "wg_client" and os.geteuid() != 0:
        pytest.skip("the role's modules want root")
    rounds = max(2, int(request.config.getoption("--fuzz-rounds")) // 8)
    first = int(request.config.getoption("--fuzz-seed"))
    (run.folder / "asked").mkdir(mode=0o700)
    for number in range(0, rounds, ROUNDS_OF_A_PLAY):
        keys = range(number, min(rounds, number + ROUNDS_OF_A_PLAY))
        portal.chance.seed(first + number)
        try:
            play_role(run, portal, role, ["wg_calm", *(f"wg_role_{key}" for key in keys)])
        except AssertionError as exc:
            raise AssertionError(f"the rounds of seed {first + number}") from exc
    check_files(run.folder / "asked")


def play_role(run: Runner, portal: Portal, role: str, keys: list[str]) -> None:
    """The role, once with each key."""
    check = role == "wg_client"
    variables = {
        "premiervpn_api_url": portal.url,
        "premiervpn_max_wait": 0,
        "premiervpn_timeout": 5,
        "wg_servers_declared": [{"server": 5, "users": [{"name": "web"}], "config_dir": "asked"}],
        "wg_client_user": "web",
        "wg_client_server": 5,
        "wg_client_install": False,
    }
    blocks = [
        {
            "block": [{"ansible.builtin.include_role": {"name": f"premiervpn.wireguard.{role}"}}],
            "rescue": [{"ansible.builtin.debug": {"msg": f"refused {key}"}}],
            "vars": {"premiervpn_api_key": key},
        }
        for key in keys
    ]
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": blocks}
    path = run.folder / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = run.playbook(path, check=check)
    assert done.code == 0, done.output
    assert "refused wg_calm" not in done.output, done.output
    assert "Traceback" not in done.output
    assert not set(UNSEEN) & set(done.output), done.output
