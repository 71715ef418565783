# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other users of the machine, who made a file, a link or a folder beforehand; and other tunnels' files."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.modules import Modules
from tests.support.world import fill, ids

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    made.mkdir()
    return made


@as_root
@pytest.mark.parametrize("same", [False, True])
def test_a_file_that_somebody_else_made_is_replaced_by_one_of_ours(
    module: Modules, simulator: Simulator, folder: Path, same: bool
) -> None:
    """Even where it holds what it shall hold: it would stay theirs to read."""
    fill(simulator, {"web": []})
    path = folder / "web.conf"
    module("wg_user", server="5", name="web", config_path=str(path))
    if not same:
        path.write_text("[Interface]\n")
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0o666)
    theirs = path.open()
    done = module("wg_user", server="5", name="web", config_path=str(path))
    assert done.last["changed"]
    info = path.stat()
    assert (info.st_uid, stat.S_IMODE(info.st_mode)) == (os.geteuid(), 0o600)
    assert os.fstat(theirs.fileno()).st_ino != info.st_ino
    theirs.close()
    assert not module("wg_user", server="5", name="web", config_path=str(path)).last["changed"]


def test_a_file_with_another_name_is_replaced(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    fill(simulator, {"web": []})
    path, other = folder / "web.conf", folder / "other"
    path.write_text("old\n")
    os.link(path, other)
    assert module("wg_user", server="5", name="web", config_path=str(path)).last["changed"]
    assert other.read_text() == "old\n"
    assert path.stat().st_nlink == 1


@as_root
@pytest.mark.parametrize("what", ["link", "folder", "above", "writable"])
def test_what_somebody_else_could_change_is_refused_before_any_request(
    module: Modules, simulator: Simulator, folder: Path, what: str
) -> None:
    fill(simulator, {})
    target = folder / "target"
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    path = inner / "web.conf"
    if what == "link":
        path.symlink_to(target)
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    elif what == "writable":
        os.chown(inner, 0, 0)
        folder.chmod(0o777)
        os.chown(folder, NOBODY, NOBODY)
    else:
        os.chown(inner if what == "folder" else inner.parent, NOBODY, NOBODY)
    done = module("wg_user", server="5", name="web", config_path=str(path))
    assert done.last.failed
    assert "another user" in done.last.msg
    assert done.requests == []
    assert not target.exists()
    if what == "folder":  # unless the file is for whom the folder belongs to
        done = module("wg_user", server="5", name="web", config_path=str(path), owner=str(NOBODY))
        assert not done.last.failed, done.output
        assert path.stat().st_uid == NOBODY


@pytest.mark.parametrize("task", ["wg_handout"])
def test_no_folder_gets_its_mode_through_a_link(
    module: Modules, simulator: Simulator, folder: Path, task: str
) -> None:
    fill(simulator, {"web": []})
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o755)
    theirs.chmod(0o755)
    (folder / "out").symlink_to(theirs)
    done = module(task, path=str(folder / "out"))
    assert done.last.failed
    assert "link" in done.last.msg
    assert done.requests == []
    (folder / "out").unlink()
    (folder / "out").mkdir()
    (folder / "out" / "fra1").symlink_to(theirs)
    assert module(task, path=str(folder / "out")).last.failed
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755
    assert list(theirs.iterdir()) == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_another_tunnels_file_in_the_folder(
    module: Modules, simulator: Simulator, folder: Path, state: str
) -> None:
    fill(simulator, {"web": []})
    (folder / "wg0.conf").write_text("[Interface]\n")
    users = [{"name": "wg0", "state": state}]
    done = module("wg_server", server="5", users=users, config_dir=str(folder))
    assert done.last.failed
    assert "wg0.conf" in done.last.msg
    assert done.requests == []
    assert (folder / "wg0.conf").read_text() == "[Interface]\n"


def test_a_purge_leaves_another_tunnels_file(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    fill(simulator, {"web": [], "wg0": []})
    (folder / "wg0.conf").write_text("[Interface]\n")
    users = [{"name": "web"}]
    done = module("wg_server", server="5", users=users, config_dir=str(folder), purge_users=True)
    assert done.last.failed
    assert "wg0.conf" in done.last.msg
    assert (folder / "wg0.conf").read_text() == "[Interface]\n"
    assert set(ids(simulator)) == {"web"}
    # Our own go, and come, as before.
    users = [{"name": "web", "state": "absent"}]
    module("wg_server", server="5", users=[{"name": "web"}], config_dir=str(folder))
    assert (folder / "web.conf").exists()
    done = module("wg_server", server="5", users=users, config_dir=str(folder))
    assert not done.last.failed, done.output
    assert sorted(path.name for path in folder.iterdir()) == ["wg0.conf"]


def of_a_user(path: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """The tasks that read or write a file of the user's own, in which there are no secrets."""
    servers = {"servers": [{"server": 5, "users": [{"name": "web"}]}]}
    return {
        "adopt": ("wg_adopt", {"path": str(path), "force": True}),
        "plan": ("wg_servers", {**servers, "plan_path": [str(path)]}),
        "approved": ("wg_servers", {**servers, "plan_expected": str(path)}),
    }


@as_root
@pytest.mark.parametrize("name", ["adopt", "plan", "approved"])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_no_link_of_somebody_else_is_followed(
    module: Modules, simulator: Simulator, folder: Path, name: str, what: str
) -> None:
    """As the system itself does not follow it in /tmp; where it leads was resolved before that could help."""
    fill(simulator, {})
    shared, target = folder / "shared", folder / "target"
    shared.mkdir()
    shared.chmod(0o1777)
    target.mkdir()
    (target / "plan.json").write_text("{}")
    link = shared / ("plan.json" if what == "file" else "link")
    link.symlink_to(target / "plan.json" if what == "file" else target)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    task, options = of_a_user(link if what == "file" else link / "plan.json")[name]
    done = module(task, **options)
    assert done.last.failed
    assert "a link of another user" in done.last.msg
    assert done.requests == []
    assert (target / "plan.json").read_text() == "{}"
    # One's own is.
    os.chown(link, 0, 0, follow_symlinks=False)
    done = module(task, **options)
    assert "another user" not in done.output


@pytest.mark.parametrize("name", ["adopt", "plan", "approved"])
def test_what_is_not_a_file_is_not_opened(
    module: Modules, simulator: Simulator, folder: Path, name: str
) -> None:
    """A FIFO would be waited for, and a device has no end."""
    fill(simulator, {})
    fifo = folder / "plan.json"
    os.mkfifo(fifo)
    for path in (fifo, Path("/dev/zero")):
        task, options = of_a_user(path)[name]
        done = module(task, **options)
        assert done.last.failed
        assert ("it is not a regular file" in done.last.msg) or ("must end in" in done.last.msg)
        assert done.requests == []


@as_root
def test_a_declaration_does_not_stay_somebody_elses(
    module: Modules, simulator: Simulator, folder: Path
) -> None:
    """In a folder of everybody's it would stay theirs to change; in their own folder it is theirs anyway."""
    fill(simulator, {"web": []})
    shared, own = folder / "shared", folder / "own"
    for there, mode in ((shared, 0o1777), (own, 0o755)):
        there.mkdir()
        there.chmod(mode)
        path = there / "servers.yml"
        path.write_text("old\n")
        path.chmod(0o666)
        os.chown(path, NOBODY, NOBODY)
    os.chown(own, NOBODY, NOBODY)
    for there, owner in ((shared, 0), (own, NOBODY)):
        done = module("wg_adopt", path=str(there / "servers.yml"), force=True)
        assert not done.last.failed, done.output
        info = (there / "servers.yml").stat()
        assert info.st_uid == owner
        assert (info.st_mode & 0o022 == 0) or owner == NOBODY
