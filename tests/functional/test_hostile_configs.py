# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a portal calls a configuration and is none, or has commands in it, goes nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, rule, rules, secrets

KEY = "YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
SOUND = f"[Interface]\nPrivateKey = {KEY}\nAddress = 10.66.66.2/32\n\n[Peer]\nPublicKey = {KEY}\n"

NONE = {
    "a YAML file": "plugin: premiervpn.wireguard.wg_users\nansible_connection: local\n",
    "blank": " \n\t\n",
    "a script": "#!/bin/sh\ntouch trap\n",
    "HTML": "<html>",
    "a key of no config": "[Interface]\nExec = touch trap\n",
    "far too long": SOUND + "#" * 70_000,
}
HOOKS = {
    name: SOUND.replace("\n\n", f"\n{name} = touch trap\n\n")
    for name in ("PreUp", "PostUp", "PreDown", "postdown")
}
REFUSED = {**NONE, **HOOKS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the test's own."""
    made = tmp_path / "made"
    made.mkdir()
    return made


def answer(simulator: Simulator, config: str) -> None:
    """Make this the configuration of user 101, whoever asks for it."""
    body = {"id": 101, "client_name": "web", "config": config, "keys": {"client_public_key": KEY}}
    for fault in ({"path": "/users/101"}, {"path": "/servers/5/users", "method": "POST"}):
        simulator.faults({"kind": "json", "body": body, "times": None, **fault})


def tasks(folder: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Everything that writes, returns, draws or hands out a configuration."""
    users = [{"name": "web"}]
    return {
        "file": (
            "wg_user",
            {"server": "5", "name": "web", "config_path": str(folder / "web.conf")},
        ),
        "result": ("wg_user", {"server": "5", "name": "web", "return_config": True}),
        "folder": ("wg_server", {"server": "5", "users": users, "config_dir": str(folder / "dir")}),
        "results": ("wg_server", {"server": "5", "users": users, "return_configs": True}),
        "listing": ("wg_user_info", {"server": "5", "include_config": True}),
        "hand-outs": ("wg_handout", {"path": str(folder / "handouts")}),
    }


@pytest.mark.parametrize("config", REFUSED.values(), ids=REFUSED)
def test_it_is_refused(module: Modules, simulator: Simulator, folder: Path, config: str) -> None:
    fill(simulator, {"web": []})
    answer(simulator, config)
    for name, (task, options) in tasks(folder).items():
        done = module(task, **options, max_wait=0)
        assert done.last.failed, name
        assert "'web'" in done.last.msg
        assert "refused" in done.last.msg
        for secret in (KEY, "touch trap", "plugin:"):
            assert secret not in done.output, name
    left = [path for path in folder.rglob("*") if path.is_file()]
    assert left == []


@pytest.mark.parametrize("config", HOOKS.values(), ids=HOOKS)
def test_commands_that_are_wanted(
    module: Modules, simulator: Simulator, folder: Path, config: str
) -> None:
    fill(simulator, {"web": []})
    answer(simulator, config)
    for name, (task, options) in tasks(folder).items():
        done = module(task, **options, allow_hooks=True, max_wait=0)
        assert not done.last.failed, (name, done.output)
    assert (folder / "web.conf").read_text() == config
    assert (folder / "dir" / "web.conf").read_text() == config


@pytest.mark.parametrize("config", [NONE["a YAML file"], HOOKS["PostUp"]])
def test_of_a_user_who_was_just_created(
    module: Modules, simulator: Simulator, folder: Path, config: str
) -> None:
    """That it was made is told, and its file is not written."""
    fill(simulator, {})
    simulator.faults(
        {
            "kind": "json",
            "path": "/servers/5/users",
            "method": "POST",
            "body": {"id": 101, "client_name": "web", "config": config, "keys": {}},
        }
    )
    path = folder / "web.conf"
    done = module("wg_user", server="5", name="web", config_path=str(path), max_wait=0)
    assert done.last.failed
    assert done.last["changed"] is True
    assert "'web'" in done.last.msg
    assert not path.exists()


@pytest.mark.parametrize("config", [NONE["blank"], HOOKS["PostUp"]])
def test_nothing_is_rotated_for_it(
    module: Modules, simulator: Simulator, folder: Path, config: str
) -> None:
    fill(simulator, {"web": []})
    answer(simulator, config)
    done = module(
        "wg_rotate_keys",
        server="5",
        users=["web"],
        config_dir=str(folder),
        max_wait=0,
    )
    assert done.last.failed
    assert done.writes == []
    assert list(folder.iterdir()) == []


def test_the_playbook_hands_them_out_where_they_are_wanted(
    run: Runner, simulator: Simulator
) -> None:
    fill(simulator, {"web": []})
    answer(simulator, HOOKS["PostUp"])
    play = Path("premiervpn.wireguard.export_configs")
    given = ("-e", "wg_export_dir=made")
    refused = run.playbook(play, arguments=given)
    assert refused.code == 2
    assert "PostUp" in refused.output
    done = run.playbook(play, arguments=(*given, "-e", "wg_export_allow_hooks=true"))
    assert done.code == 0, done.output
    (conf,) = run.folder.glob("made/*/web.conf")
    assert conf.read_text() == HOOKS["PostUp"]


def test_by_the_lookup(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": []})
    answer(simulator, HOOKS["PostUp"])
    text = "{{ lookup('premiervpn.wireguard.wg_user', 'web', server=5HOOKS).config | length }}"
    done = run.play(
        {"ansible.builtin.debug": {"msg": text.replace("HOOKS", "")}, "ignore_errors": True},
        {"ansible.builtin.debug": {"msg": text.replace("HOOKS", ", allow_hooks=true")}},
    )
    refused, allowed = done.results
    assert refused.failed
    assert "PostUp" in done.output
    assert int(allowed["msg"]) == len(HOOKS["PostUp"])


STAYS = {"web": [], "old": [rule("80 -> 80")]}


def changes(folder: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every task with something to change, and with a configuration to pass on of a user who stays."""
    users = [
        {"name": "web", "port_forwards": [rule("443 -> 8443")]},
        {"name": "new"},
        {"name": "old", "state": "absent"},
    ]
    declared = {"server": "5", "users": users}
    return {
        "files": ("wg_server", {**declared, "config_dir": str(folder)}),
        "results": ("wg_server", {**declared, "return_configs": True}),
        "servers": ("wg_servers", {"servers": [{**declared, "config_dir": str(folder)}]}),
        "move": (
            "wg_move",
            {"users": ["web", "far"], "from": "6", "to": "5", "export_dir": str(folder)},
        ),
    }


@pytest.mark.parametrize("name", changes(Path()))
@pytest.mark.parametrize("config", [NONE["blank"], NONE["a YAML file"], HOOKS["PostUp"], ""])
def test_it_is_refused_before_anything_changes(
    module: Modules, simulator: Simulator, folder: Path, name: str, config: str
) -> None:
    fill(simulator, STAYS, {"web": [], "far": []})
    answer(simulator, config)
    task, options = changes(folder)[name]
    for check in (True, False):
        done = module(task, **options, max_wait=0, check=check)
        assert done.last.failed
        assert done.writes == []
        assert "'web'" in done.last.msg
        assert "; nothing was changed" in done.last.msg
        assert list(folder.iterdir()) == []
        # A check run says, as ever, what there is to do.
        assert done.last.changed is check
    if "PostUp" in config:
        assert done.last.msg.endswith("; if they are yours, allow_hooks keeps them")


def test_the_other_servers_are_served(module: Modules, simulator: Simulator, folder: Path) -> None:
    fill(simulator, {"web": []}, {"far": []})
    answer(simulator, HOOKS["PostUp"])
    servers = [
        {"server": 5, "users": [{"name": "web"}, {"name": "new"}], "config_dir": str(folder)},
        {"server": 6, "users": [{"name": "far"}, {"name": "new"}]},
    ]
    done = module("wg_servers", servers=servers, max_wait=0)
    assert done.last.failed
    assert done.writes == ["POST /servers/6/users"]
    first, second = done.last["servers"]
    assert "nothing was changed" in first["msg"]
    assert second["changed"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 404},
        {"kind": "html"},
    ],
)
def test_a_read_that_fails_is_reported_at_the_end(
    module: Modules, simulator: Simulator, folder: Path, fault: dict[str, Any]
) -> None:
    """What is no configuration decides; that it can't be read just now does not."""
    fill(simulator, {"web": [], "old": []})
    simulator.faults({**fault, "path": "/users/101", "times": None})
    users = [{"name": name} for name in ("web", "old", "new")]
    done = module("wg_server", server=5, users=users, config_dir=str(folder), max_wait=0)
    assert done.last.failed
    assert done.writes == ["POST /servers/5/users"]
    assert done.last["error"]["path"] == "/users/101"
    there = {path.name for path in folder.glob("*.conf")}
    assert there == {"new.conf", "old.conf"}
    assert done.sent.count("GET /users/101") == 1


def test_each_is_read_once(module: Modules, simulator: Simulator, folder: Path) -> None:
    fill(simulator, {"web": [], "old": []})
    users = [{"name": name} for name in ("web", "old", "new")]
    done = module("wg_server", server=5, users=users, config_dir=str(folder))
    assert sorted(done.sent) == [
        *("GET /servers/5/users", "GET /users/101", "GET /users/102"),
        "POST /servers/5/users",
    ]
    assert done.sent[-1] == "POST /servers/5/users"
    for name in ("web", "old", "new"):
        assert (folder / f"{name}.conf").read_text() == secrets(simulator, name)["config"]


def test_who_was_made_anew_meanwhile_has_its_new_one(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    """Somebody else deletes and makes the user again, and a 409 makes this task look."""
    fill(simulator, {"web": [], "dns": []})
    web = {"server": 5, "client_name": "web"}
    simulator.faults(
        {
            "kind": "meanwhile",
            "method": "POST",
            "path": "/users/{id}/port-forwards",
            "do": [
                *({"action": f"{what}_user", **web} for what in ("delete", "create")),
                {"action": "create_port_forward", **web, **rule("443 -> 1")},
            ],
        }
    )
    users = [
        {"name": "web", "port_forwards": []},
        {"name": "dns", "port_forwards": [rule("443 -> 8443")]},
    ]
    done = module(
        "wg_server", server=5, users=users, purge_port_forwards=True, config_dir=str(folder)
    )
    assert not done.last.failed, done.last.msg
    assert rules(simulator) == {"dns": ["443/tcp -> 8443"], "web": []}
    assert {"GET /users/101", "GET /users/103"} <= set(done.sent)
    assert done.sent.count("GET /users/102") == 1
    for name in ("web", "dns"):
        assert (folder / f"{name}.conf").read_text() == secrets(simulator, name)["config"]
