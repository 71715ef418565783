# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""wg_handout and the playbook export_configs: what each user needs, and nobody else may read."""

from __future__ import annotations

import base64
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.module_utils._pages.handout import made_on
from simulator.process import Simulator
from tests.support.accounts import HOSTILE, account, hostile
from tests.support.html_reader import read
from tests.support.modules import Modules
from tests.support.running import Runner
from tests.support.world import fill, rule, secret_texts, secrets

zxingcpp: Any = pytest.importorskip("zxingcpp")
Image: Any = pytest.importorskip("PIL.Image")

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "export_configs.yml"
KINDS = ("conf", "png", "svg", "html")


def decode(path: Path) -> bytes:
    (code,) = zxingcpp.read_barcodes(Image.open(path).convert("L"))
    return bytes(code.bytes)


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def assert_private(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_four_files_for_each_user(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"phone": [rule("443 -> 8443", "HTTPS")], "Phone": []}, {"tablet": []})
    path = tmp_path / "out" / "deeper"
    done = module("wg_handout", path=str(path))
    assert done.last.changed
    # 1 for the servers, 1 for each of them, 2 for each user.
    assert done.last["requests"] == len(done.requests) == 9
    assert not done.writes
    users = ("fra1/phone", "fra1/Phone-102", "ams1/tablet")
    assert files_below(path) == sorted(f"{user}.{kind}" for user in users for kind in KINDS)
    assert_private(path)
    assert [handout["user"] for handout in done.last["handouts"]] == ["phone", "Phone", "tablet"]
    assert done.last["handouts"][0]["files"] == [f"{path}/fra1/phone.{kind}" for kind in KINDS]

    config = secrets(simulator, "phone")["config"].encode()
    assert (path / "fra1" / "phone.conf").read_bytes() == config
    assert decode(path / "fra1" / "phone.png") == config
    page = read((path / "fra1" / "phone.html").read_text(encoding="utf-8"))
    assert base64.b64decode(str(page.one("a").attributes["href"]).partition(",")[2]) == config
    picture = base64.b64decode(str(page.one("img").attributes["src"]).partition(",")[2])
    assert (path / "fra1" / "phone.svg").read_bytes() == picture
    assert page.one("ul").one("code").text == "192.0.2.5:443"


def test_a_second_run_changes_nothing(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"phone": [rule("443 -> 8443"), rule("80/udp -> 80")], "tablet": []})
    path = tmp_path / "out"
    module("wg_handout", path=str(path))
    before = {file: (path / file).stat().st_mtime_ns for file in files_below(path)}
    again = module("wg_handout", path=str(path))
    assert not again.last.changed
    assert not any(handout["changed"] for handout in again.last["handouts"])
    assert {file: (path / file).stat().st_mtime_ns for file in files_below(path)} == before

    # Only the day has changed since: no reason to write it anew.
    page = path / "fra1" / "phone.html"
    old = page.read_text(encoding="utf-8")
    day = made_on(old)
    assert day is not None
    page.write_text(old.replace(day.isoformat(), "2026-01-31"), encoding="utf-8")
    assert not module("wg_handout", path=str(path)).last.changed
    # Something else has, and the day with it.
    again = module("wg_handout", path=str(path), contact="helpdesk@example.com", title="Our VPN")
    assert again.last.changed
    new = page.read_text(encoding="utf-8")
    assert made_on(new) != made_on(old.replace(day.isoformat(), "2026-01-31"))
    assert "helpdesk@example.com" in new
    assert "Our VPN" in new
    module("wg_handout", path=str(path))
    before = {file: (path / file).stat().st_mtime_ns for file in files_below(path)}

    # What is not as it should be is mended, and only that.
    (path / "fra1").chmod(0o755)
    (path / "fra1" / "phone.svg").chmod(0o644)
    (path / "fra1" / "tablet.png").unlink()
    mended = module("wg_handout", path=str(path))
    assert mended.last.changed
    assert_private(path)
    changed = {file for file in before if (path / file).stat().st_mtime_ns != before[file]}
    assert changed == {"fra1/tablet.png"}
    (path / "fra1" / "tablet.html").unlink()
    mended = module("wg_handout", path=str(path))
    told = {handout["user"]: handout["changed"] for handout in mended.last["handouts"]}
    assert told == {"phone": False, "tablet": True}


def test_check_mode_predicts_and_writes_nothing(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"phone": []})
    path = tmp_path / "out"
    predicted = module("wg_handout", check=True, path=str(path))
    assert predicted.last.changed
    assert not path.exists()
    done = module("wg_handout", path=str(path))
    assert done.last["handouts"] == predicted.last["handouts"]
    for secret in secret_texts(simulator, "phone"):
        assert secret not in done.output + predicted.output
    assert not module("wg_handout", check=True, path=str(path)).last.changed


def test_some_servers_and_some_users(module: Modules, simulator: Simulator, tmp_path: Path) -> None:
    fill(simulator, {"phone": [], "web": []}, {"phone": [], "tv": []})
    some = module("wg_handout", path=str(tmp_path / "a"), users=["phone"])
    assert some.last["requests"] == 7
    assert {file.partition(".")[0] for file in files_below(tmp_path / "a")} == {
        "fra1/phone",
        "ams1/phone",
    }
    other = module("wg_handout", path=str(tmp_path / "b"), servers=["ams1"], users=["tv"])
    assert other.last["requests"] == 5
    assert {file.partition(".")[0] for file in files_below(tmp_path / "b")} == {"ams1/tv"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"users": ["Phone", "web"]},
            "no server has a user 'Phone'; 'phone' differs from it in case only",
        ),
        ({"servers": ["ams1"], "users": ["web"]}, "no server has a user 'web'"),
        ({"servers": ["nowhere"]}, "server 'nowhere' was not found"),
    ],
)
def test_a_name_that_is_nowhere(
    options: dict[str, Any], words: str, module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"phone": [], "web": []})
    done = module("wg_handout", path=str(tmp_path / "out"), **options)
    assert done.last.failed
    assert words in done.last.msg
    assert not (tmp_path / "out").exists()


def test_hostile_names_lead_nowhere_else(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    world = hostile()
    (server,) = world["accounts"][0]["servers"]
    # What stands in configurations is sound: any other would be refused.
    server["ip"] = "192.0.2.5"
    for number, user in enumerate(server["users"]):
        user["client_ip"] = f"10.66.66.{number + 2}"
    simulator.reset(world)
    path = tmp_path / "one" / "two" / "out"
    done = run.play({"wg_handout": {"path": str(path)}})
    assert done.code == 0, done.output
    assert len(files_below(path)) == 4 * len(HOSTILE)
    assert [x.name for x in path.parent.iterdir()] == ["out"]
    assert not any(set(file) & set("<>\"'{}\x1b\x07 ") for file in files_below(path))
    assert "are named" in done.output
    assert "\x1b" not in done.output
    (page,) = path.rglob("*elsewhere*.html")
    assert read(page.read_text(encoding="utf-8")).one("h1").text == f"VPN access for {HOSTILE[3]}"


def test_when_access_ends_and_who_gets_none(
    module: Modules, simulator: Simulator, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fill(simulator, {"phone": [], "old": [], "gone": [], "free": []}, {"phone": []})
    path = tmp_path / "out"
    users = [
        {"name": "phone", "expires": "2099-01-31"},
        {"name": "old", "expires": "2020-01-31"},
        {"name": "gone", "state": "absent"},
    ]
    given: dict[str, Any] = {"path": str(path), "declared": [{"server": 5, "users": users}]}
    done = module("wg_handout", **given)
    assert {file.partition(".")[0] for file in files_below(path)} == {
        *("fra1/phone", "fra1/free", "ams1/phone")
    }
    said = done.output + capfd.readouterr().err
    for warning in (
        "no hand-out for user 'old' of server fra1 (5): its access has ended (2020-01-31)",
        "no hand-out for user 'gone' of server fra1 (5): it is declared as absent",
    ):
        assert warning in said
    for name, ends in (("fra1/phone", True), ("fra1/free", False), ("ams1/phone", False)):
        page = (path / f"{name}.html").read_text(encoding="utf-8")
        assert ("Access ends on 2099-01-31" in page) == ends
    assert not module("wg_handout", **given).last.changed
    users[0]["expires"] = "2099-02-28"
    assert module("wg_handout", **given).last.changed
    users[0]["expires"] = "31.1.2099"
    wrong = module("wg_handout", **given)
    assert "expires '31.1.2099' is neither a date" in wrong.last.msg
    assert wrong.requests == []


def test_a_folder_that_cannot_be_used_is_told_before_any_request(
    module: Modules, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = module("wg_handout", path=str(tmp_path / "file" / "out"))
    assert done.last.failed
    assert "is not a directory" in done.last.msg
    assert not done.requests


def test_a_failed_request_writes_nothing(
    module: Modules, simulator: Simulator, tmp_path: Path
) -> None:
    fill(simulator, {"phone": [], "web": []})
    simulator.faults({"kind": "status", "status": 403, "method": "GET", "path": "/users/102"})
    assert module("wg_handout", path=str(tmp_path / "out")).last.failed
    assert not (tmp_path / "out").exists()


def test_without_segno_nothing_is_asked_or_written(run: Runner, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "segno.py").write_text("raise ImportError('hidden')")
    env = {"PYTHONPATH": str(hidden)}
    done = run.play({"wg_handout": {"path": str(tmp_path / "out")}}, env=env)
    assert done.last.failed
    assert "segno" in done.last.msg
    assert sys.executable in done.last.msg
    assert not done.requests
    assert not (tmp_path / "out").exists()


def test_the_playbook(run: Runner, simulator: Simulator) -> None:
    """60 users: 240 files from 123 requests; a second run changes nothing."""
    simulator.reset(account())
    first, second = (
        run.playbook(PLAYBOOK, arguments=("-e", "wg_export_dir=out")) for _run in range(2)
    )
    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert "changed=1" in first.output
    assert "changed=0" in second.output
    assert len(first.requests) == len(second.requests) == 123
    assert len(files_below(run.folder / "out")) == 240
    assert_private(run.folder / "out")
    for done in (first, second):
        for word in ("WARNING", "DEPRECAT", "skipping", "PrivateKey", "wg_demo_acme"):
            assert word not in done.output
    for secret in secret_texts(simulator, "anna-phone"):
        assert secret not in first.output


def test_the_playbook_for_some(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": [], "web": []}, {"phone": []})
    names = (
        "-e",
        "wg_export_users=phone,web",
        "-e",
        "wg_export_servers=fra1",
        "-e",
        "wg_export_dir=out",
    )
    done = run.playbook(PLAYBOOK, arguments=names, check=True)
    assert done.code == 0, done.output
    assert [x["user"] for x in done.results[-1]["handouts"]] == ["phone", "web"]
    assert not (run.folder / "out").exists()


def test_the_playbook_wants_a_folder(run: Runner) -> None:
    for arguments in ((), ("-e", "wg_export_dir=")):
        done = run.playbook(PLAYBOOK, arguments=arguments)
        assert done.code != 0
        assert "set wg_export_dir, the folder" in done.output
        assert not done.requests
