# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What --diff shows: readable in any language, and of which server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.unseen import UNSEEN
from tests.support.world import fill, rule


def test_a_diff_is_text_and_says_which_server(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 8443", "Zürich ☂")], "ann": []})
    declared = [
        {"name": "web", "port_forwards": [rule("443/tcp -> 8444", "東京")]},
        {"name": "ben"},
    ]
    done = run.play({"wg_server": {"server": "fra1", "users": declared}})
    assert done.code == 0
    diff = done.last["diff"]
    assert diff["before_header"] == diff["after_header"] == "server fra1 (5)"
    assert diff["before"] == "user web\nweb: 443/tcp -> 8443 (Zürich ☂)\n"
    assert diff["after"] == "user ben\nuser web\nweb: 443/tcp -> 8444 (東京)\n"
    for line in (
        "--- before: server fra1 (5)",
        "+++ after: server fra1 (5)",
        "-web: 443/tcp -> 8443 (Zürich ☂)",
        "+web: 443/tcp -> 8444 (東京)",
        "+user ben",
    ):
        assert line in done.output


def test_what_could_paint_is_escaped_in_a_diff(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"web": [{**rule("443/tcp -> 8443"), "comment": UNSEEN}]})
    users = [{"name": "web", "state": "absent"}, {"name": "new"}]
    done = run.play({"wg_server": {"server": 5, "users": users}})
    assert not set(UNSEEN) & set(done.output)


def test_a_removed_user_shows_what_ends_and_no_emptied_server(
    module: Modules, simulator: Simulator
) -> None:
    world = {"old": [rule("443/tcp -> 1"), rule("80/udp -> 2", "DNS")], "web": [rule("1/tcp -> 1")]}
    fill(simulator, world)
    options: dict[str, Any] = {"server": 5, "name": "old", "state": "absent"}
    check = module("wg_user", check=True, **options)
    done = module("wg_user", **options)
    lines = ["user old", "old: 80/udp -> 2 (DNS)", "old: 443/tcp -> 1"]
    assert done.last["diff"]["before"].splitlines() == lines
    assert done.last["diff"]["after"] == ""
    assert check.last["diff"] == done.last["diff"]
    assert check.sent == ["GET /servers/5/users", "GET /users/101/port-forwards"]

    fill(simulator, world)
    left = module("wg_offboard", users="old").last
    assert left["diff"]["before"].splitlines() == lines
    assert left["diff"]["after_header"] == "server fra1 (5)"


def test_many_files_are_a_line_each_and_only_where_they_differ(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    folder = tmp_path / "wireguard"
    users = [{"name": name} for name in ("ann", "ben")]
    options: dict[str, Any] = {"server": 5, "config_dir": str(folder)}
    fill(simulator, {"ann": [], "ben": []})
    made = module("wg_server", users=users, **options)
    assert _of(made, folder) == (
        [],
        ["directory, mode 0700", "ann.conf: written (new)", "ben.conf: written (new)"],
    )
    (folder / "ann.conf").chmod(0o640)
    (folder / "ben.conf").write_text("something else")
    mended = module("wg_server", users=users, **options)
    assert _of(mended, folder) == (
        ["ann.conf: mode 0640"],
        ["ann.conf: mode 0600", "ben.conf: written (another content)"],
    )
    gone = [{"name": "ann"}, {"name": "ben", "state": "absent"}]
    assert _of(module("wg_server", users=gone, **options), folder) == (["ben.conf: removed"], [])


def _of(run: Any, folder: Path) -> tuple[list[str], list[str]]:
    """The lines of the diff that is about the folder's files."""
    (one,) = (diff for diff in run.last["diff"] if diff["after_header"] == str(folder))
    return one["before"].splitlines(), one["after"].splitlines()


def test_new_keys_are_a_fact(module: Modules, simulator: Simulator) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 1")]})
    diff = module("wg_rotate_keys", server=5, users=["web"]).last["diff"]
    assert diff["before"] == "user web\nweb: 443/tcp -> 1\n"
    assert diff["after"] == "user web, with new keys\nweb: 443/tcp -> 1\n"
