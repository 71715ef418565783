# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wg_adopt: the file that it writes, what it leaves out, and what it never writes over."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.modules import Modules
from tests.support.world import AMS, FRA, fill, rule, secret_texts, seed

HOSTILE = (
    "HTTPS: 'it''s'",
    '"quoted"',
    "a: b # c",
    "# c",
    "007",
    "0x1F",
    "1:30",
    "yes",
    "null",
    "~",
    "- item",
    "[a, b]",
    "{a: b}",
    "Grüße, 世界 😀",
    " leading and trailing ",
    "back\\slash \\n",
    "!vault |",
    "!unsafe x",
    "&a *b",
    "a\u2028b\x85c",
    "x" * 100,
)
TEMPLATES = ("{{ 7 * 7 }}", "{% raw %}", "{# x #}", "#jinja2: trim_blocks: true")


def declared(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))["wg_servers_declared"]


def test_plain_yaml_in_which_no_comment_is_another(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    users = {
        f"device-{number:02}": [rule(f"{10_000 + number}/tcp -> 80", comment)]
        for number, comment in enumerate([*HOSTILE, *TEMPLATES])
    }
    fill(simulator, {**users, "007": [], "null": [], "yes": []}, {"far": [rule("53/both -> 53")]})
    path = tmp_path / "group_vars" / "all" / "wireguard.yml"
    done = module("wg_adopt", path=str(path))
    assert not done.last.failed, done.last.msg
    assert len(done.sent) == 1 + 2 + len(users) + 3 + 1
    text = path.read_text(encoding="utf-8")
    assert "protocol: tcp" not in text
    assert "  - server: 5  # fra1\n" in text
    found = declared(path)
    assert found == done.last["declaration"]
    comments = [
        forward["comment"]
        for user in found[0]["users"]
        for forward in user["port_forwards"]
        if "comment" in forward
    ]
    assert sorted(comments) == sorted(HOSTILE)
    assert len(done.last["left_out"]) == len(TEMPLATES)
    assert all("Ansible would take it for a template" in one for one in done.last["left_out"])
    assert done.last["lines"][0] == (
        f"wrote {path}: 2 servers, {len(users) + 4} users, {len(users) + 1} port forwards"
    )
    servers = [{**one, "purge_users": True, "purge_port_forwards": True} for one in found]
    drift = module("wg_servers", check=True, servers=servers)
    assert (drift.last["differences"], drift.last.changed) == (0, False), drift.last["lines"]
    for secret in (KEY, *secret_texts(simulator, "far", 6)):
        assert secret not in text + done.output


def test_what_converge_would_refuse_is_left_out_and_told(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    users = [
        {"client_name": "twin"},
        {"client_name": "twin"},
        {"client_name": "a b"},
        {"client_name": "web", "port_forwards": [rule("443/tcp -> 1")]},
    ]
    simulator.reset(seed({**FRA, "users": users}))
    path = tmp_path / "servers.yml"
    done = module("wg_adopt", path=str(path))
    assert not done.last.failed, done.last.msg
    left_out = done.last["left_out"]
    told = "\n".join(left_out)
    for part in ("'twin': the portal lists 2", "'a b'"):
        assert part in told
        assert part in path.read_text()
        assert part in "\n".join(done.last["lines"])
    assert len(left_out) == 2
    assert [user["name"] for user in declared(path)[0]["users"]] == ["web"]
    drift = module("wg_servers", check=True, servers=declared(path))
    assert not drift.last.failed, drift.last.msg
    assert drift.last["differences"] == 0


def test_a_file_that_is_there(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"a": []}, {})
    path = tmp_path / "mine.yml"
    path.write_text("# Anna's phone: call before a change\nusers:\n  - name: b\n")
    path.chmod(0o600)
    refused = module("wg_adopt", path=str(path))
    assert "mine.yml exists; name another file, or set force" in refused.last.msg
    assert refused.sent == []
    check = module("wg_adopt", check=True, path=str(path), force=True)
    assert "+" not in check.last["lines"][0]
    assert "wg_servers_declared" in check.last["diff"]["after"]
    assert path.read_text().startswith("# Anna")
    done = module("wg_adopt", path=str(path), force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    backup = Path(done.last["backup_file"])
    assert backup.read_text().startswith("# Anna")
    assert f"the earlier file is kept as {backup}" in done.last["lines"]
    assert "1 line with a comment of the earlier file: only in the backup" in done.last["lines"]
    again = module("wg_adopt", path=str(path), force=True)
    assert not again.last.changed
    assert again.last["lines"][0].startswith(f"unchanged: {path}")


@pytest.mark.parametrize("text", ["$ANSIBLE_VAULT;1.1;AES256\n61\n", "a: !vault |\n  $ANSIBLE\n"])
def test_never_over_a_vault(
    module: Modules, simulator: Simulator, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "vault.yml"
    path.write_text(text)
    done = module("wg_adopt", path=str(path), force=True)
    assert "ansible-vault encrypted" in done.last.msg
    assert done.sent == []
    assert path.read_text() == text


def test_an_account_without_a_server_is_an_error(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.reset(seed())
    path = tmp_path / "servers.yml"
    path.write_text("good")
    done = module("wg_adopt", path=str(path), force=True)
    assert "the account has no server" in done.last.msg
    assert path.read_text() == "good"
    fill(simulator, {}, {})
    path.write_text("users:\n  - name: b\n")
    empty = module("wg_adopt", path=str(path), force=True)
    assert "the earlier file declared users; the servers have none now" in empty.last["lines"]


@pytest.mark.parametrize("name", ["", "text/new.yml"])
def test_a_path_that_is_no_file(
    module: Modules, simulator: Simulator, tmp_path: Path, name: str
) -> None:
    (tmp_path / "text").write_text("")
    done = module("wg_adopt", path=str(tmp_path / name))
    assert "can't be written" in done.last.msg
    assert done.sent == []


def test_some_servers(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"a": []}, {"far": []})
    done = module("wg_adopt", path=str(tmp_path / "x.yml"), servers=["ams1"])
    assert done.last["declaration"] == [
        {"server": AMS["id"], "users": [{"name": "far", "port_forwards": []}]}
    ]
