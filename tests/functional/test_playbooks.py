# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks by their names, out of a folder of the user's own: what they do, tell and cost."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.playbooks import Playbooks, messages
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules, secret_texts, secrets

pytestmark = pytest.mark.spread

TELL = "Tell what differs"

HOSTILE = (
    "HTTPS: 'it''s'",
    '"quoted"',
    "a: b # c",
    "# c",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{# x #}",
    "#jinja2: trim_blocks: true",
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
)


@pytest.fixture
def playbook(run: Runner) -> Playbooks:
    return Playbooks(run)


def test_drift_finds_nothing_after_adopt_whatever_the_comments_hold(
    playbook: Playbooks, simulator: Simulator
) -> None:
    users = {
        f"device-{number:03}": [
            rule(f"{10_000 + number}/{('tcp', 'udp', 'both')[number % 3]} -> 80", comment)
        ]
        for number, comment in enumerate([*HOSTILE, *([""] * (197 - len(HOSTILE)))])
    }
    fill(simulator, {**users, "007": [], "null": [], "yes": []}, {"far": []})
    adopted = playbook("adopt")
    assert adopted.code == 0
    assert len(adopted.requests) == 1 + 2 + 201
    path = playbook.folder / "wg-servers.yml"
    text = path.read_text(encoding="utf-8")
    purges = "    purge_users: true\n    purge_port_forwards: true\n    users:"
    path.write_text(text.replace("    users:", purges), encoding="utf-8")
    assert "protocol: tcp" not in text
    assert "state" not in text
    assert "  - server: 5  # fra1\n" in text

    drift = playbook("drift", "-e@wg-servers.yml")
    assert drift.code == 0, drift.output
    assert messages(drift, TELL) == ["5: as declared", "6: as declared"]
    assert drift.writes == []
    assert "changed=0" in drift.output


def test_adopt_never_writes_over_a_file_unless_that_is_wanted(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"a": []}, {"far": []})
    path = playbook.folder / "mine.yml"
    path.write_text("mine")
    refused = playbook("adopt", adopt_path="mine.yml")
    assert refused.code == 2
    assert "mine.yml exists" in refused.last.msg
    assert refused.sent == []
    assert path.read_text() == "mine"

    check = playbook("adopt", check=True, diff=True, adopt_path="mine.yml", adopt_force=True)
    assert "+wg_servers_declared:" in check.output
    assert path.read_text() == "mine"

    done = playbook(
        "adopt", "-e", "adopt_force=yes", "-e", "adopt_servers=ams1", "-e", "adopt_path=mine.yml"
    )
    assert done.code == 0, done.output
    declared = yaml.safe_load(path.read_text())["wg_servers_declared"]
    assert declared == [{"server": 6, "users": [{"name": "far", "port_forwards": []}]}]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [name.name for name in path.parent.glob("*.yml")] == ["mine.yml"]
    for secret in (KEY, *secret_texts(simulator, "far", 6)):
        assert secret not in path.read_text() + done.output

    nowhere = playbook("adopt", adopt_path="missing/new.yml", adopt_force=True)
    assert "is not a file in a folder that is there" in nowhere.last.msg
    assert nowhere.sent == []

    unknown = playbook("adopt", adopt_path="new.yml", adopt_servers=["Ams1"])
    assert unknown.code == 2
    assert "'ams1' differs from it in case only" in unknown.output
    assert not (playbook.folder / "new.yml").exists()


def test_adopt_leaves_out_what_no_declaration_may_hold(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"a b": [], "c": []})
    done = playbook("adopt", noise=True)
    assert done.code == 0
    assert "left out, as no declaration may hold it: server 5: 'a b'" in " ".join(
        done.output.split()
    )
    assert playbook("drift", "-e@wg-servers.yml").code == 0


def test_a_declaration_is_converged_and_has_no_drift_then(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 1", "HTTPS")], "guest": []}, {})
    declared = playbook.declare(
        {
            "server": "fra1",
            "users": [
                {"name": "web", "port_forwards": [rule("443/tcp -> 8443"), rule("80/tcp -> 80")]},
                {"name": "phone"},
            ],
            "purge_users": True,
            "config_dir": "conf",
        },
        {"server": "ams1", "users": []},
    )
    drift = playbook("drift", declared)
    assert drift.code == 2
    assert messages(drift, TELL) == [
        "fra1: 5 differences",
        "  user guest must not be there",
        "  user phone is missing",
        "  web: 443/tcp -> 1 (HTTPS) should be 443/tcp -> 8443 (HTTPS)",
        "  web: 80/tcp -> 80 is missing",
        "  2 configuration files differ",
        "ams1: as declared",
    ]
    assert drift.last.msg == "Not as declared: fra1"
    assert drift.writes == []

    check = playbook("converge", declared, check=True, diff=True)
    assert check.code == 0
    assert check.writes == []
    done = playbook("converge", declared, diff=True)
    assert done.code == 0, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)", "80/tcp -> 80"], "phone": []}
    assert sorted(path.name for path in (playbook.folder / "conf").iterdir()) == [
        "phone.conf",
        "web.conf",
    ]
    assert "PrivateKey" not in done.output
    assert playbook("drift", declared).code == 0
    assert "changed=0" in playbook("converge", declared).output


def test_a_revoked_key_is_drift_until_it_is_converged_once(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"phone": [rule("443/tcp -> 1", "HTTPS")]}, {})
    stolen = secrets(simulator, "phone")["keys"]["client_public_key"]
    declared = playbook.declare(
        {"server": 5, "users": [{"name": "phone", "revoked_public_keys": [stolen]}]}
    )
    drift = playbook("drift", declared)
    assert drift.code == 2
    assert messages(drift, TELL) == ["5: 1 difference", "  user phone has a revoked key"]
    assert playbook("converge", declared).code == 0
    assert rules(simulator) == {"phone": ["443/tcp -> 1 (HTTPS)"]}
    assert secrets(simulator, "phone")["keys"]["client_public_key"] != stolen
    assert playbook("drift", declared).code == 0


def test_drift_of_some_users_and_of_a_server_that_is_not_there(
    playbook: Playbooks, simulator: Simulator
) -> None:
    fill(simulator, {"a": [], "b": []}, {})
    declared = playbook.declare(
        {"server": 77, "users": [{"name": "z"}]},
        {"server": 5, "users": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
    )
    drift = playbook("drift", declared)
    assert drift.code == 2
    first, *others = messages(drift, TELL)
    assert first.startswith("77: can't be compared: server '77' was not found")
    assert others == ["5: 1 difference", "  user c is missing"]
    assert drift.last.msg == "Not as declared: 77, 5"
    some = playbook("drift", declared, wg_servers_only=["a", "b"])
    assert some.code == 0
    assert some.sent == ["GET /servers/5/users"]


def test_a_wrong_key_ends_drift_with_an_error(playbook: Playbooks, simulator: Simulator) -> None:
    declared = playbook.declare({"server": 5, "users": []})
    drift = playbook("drift", declared, premiervpn_api_key="wg_wrong")
    assert drift.code == 2
    assert "can't be compared" in messages(drift, TELL)[0]
    assert "wg_wrong" not in drift.output.replace('"premiervpn_api_key": "wg_wrong"', "")


@pytest.mark.parametrize("explicit", [False, True])
def test_a_declaration_in_group_vars_beside_an_inventory(
    playbook: Playbooks, simulator: Simulator, explicit: bool
) -> None:
    """With a repository's usual settings, which are for other hosts than this one."""
    fill(simulator, {"a": []}, {})
    hosts: dict[str, Any] = {"web1": {"ansible_host": "192.0.2.99"}}
    if explicit:
        hosts["localhost"] = {}
    inventory = playbook.folder / "inventory"
    (inventory / "group_vars" / "all").mkdir(parents=True)
    (inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    (inventory / "group_vars" / "all" / "wireguard.yml").write_text(
        yaml.safe_dump(
            {
                "ansible_connection": "ssh",
                "ansible_become": True,
                "ansible_python_interpreter": "/nowhere/python",
                "premiervpn_api_key": "{{ the_key }}",
                "premiervpn_api_url": simulator.url,
                "premiervpn_rate_limit": 0,
                "premiervpn_validate_certs": False,
                "premiervpn_ca_path": "",
                "the_key": KEY,
                "wg_servers_declared": [{"server": 5, "users": [{"name": "a"}, {"name": "b"}]}],
                "adopt_path": "adopted.yml",
            }
        )
    )
    env: dict[str, str | None] = {"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None}
    given = ("-i", "inventory/hosts.yml")
    assert playbook("drift", *given, env=env).code == 2
    done = playbook("converge", *given, env=env)
    assert done.code == 0, done.output
    assert list(ids(simulator)) == ["a", "b"]
    assert playbook("drift", *given, env=env).code == 0
    assert playbook("adopt", *given, env=env).code == 0
    assert (playbook.folder / "adopted.yml").is_file()


def test_offboard_tells_first_and_removes_them_wherever_they_are(
    playbook: Playbooks, simulator: Simulator
) -> None:
    users = {"anna-phone": [rule("443/tcp -> 8443", "HTTPS")], "anna": [], "ben": []}
    fill(simulator, users, {"anna-phone": [rule("80/both -> 1")], "far": []})
    wanted = {"offboard_users": ["anna-phone", "Ben"]}
    check = playbook("offboard", check=True, noise=True, **wanted)
    assert check.code == 0
    assert check.writes == []
    assert messages(check, "which port forwards end") == [
        "anna-phone on server fra1 (5): 10.66.66.2, never seen",
        "  443/tcp -> 8443 (HTTPS) ends",
        "anna-phone on server ams1 (6): 10.66.66.2, never seen",
        "  80/both -> 1 ends",
    ]
    warned = " ".join(check.output.split())
    assert "user 'Ben' is on none of the servers; 'ben' differs from it in case only" in warned
    assert "changed=1" in check.output

    done = playbook("offboard", noise=True, **wanted)
    assert done.code == 0
    assert list(ids(simulator)) == ["anna", "ben"]
    assert list(ids(simulator, 6)) == ["far"]
    # The servers, their users, two lists of port forwards; then, server by server, a look and a removal.
    assert len(done.sent) == 1 + 2 + 2 + 2 * (1 + 1)
    again = playbook("offboard", noise=True, **wanted)
    assert again.code == 0
    assert again.writes == []


def test_offboard_of_many_and_on_some_servers_alone(
    playbook: Playbooks, simulator: Simulator
) -> None:
    many = {f"device-{number}": [] for number in range(12)}
    fill(simulator, many, {"device-1": []})
    done = playbook("offboard", offboard_users=list(many), offboard_servers=["fra1"])
    assert done.code == 0, done.output
    assert list(ids(simulator)) == []
    assert list(ids(simulator, 6)) == ["device-1"]


@pytest.mark.parametrize("users", [[], None])
def test_offboard_refuses_an_empty_list(
    playbook: Playbooks, simulator: Simulator, users: Any
) -> None:
    done = playbook("offboard", offboard_users=users)
    assert done.code == 2
    assert done.sent == []


def test_the_vendors_five_steps(playbook: Playbooks, simulator: Simulator) -> None:
    fill(simulator, {}, {})
    given = {"workflow_server": "fra1", "workflow_config_path": "./web.conf"}
    done = playbook("full_workflow", **given)
    assert done.code == 0, done.output
    assert rules(simulator) == {"web-server": ["443/tcp -> 443 (HTTPS)"]}
    path = Path(playbook.folder / "web.conf")
    assert "PrivateKey" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PrivateKey" not in done.output
    steps = [result.task for result in done.results if result.task[0].isdigit()]
    assert [step[0] for step in steps] == ["1", "2", "3", "4", "5"]
    again = playbook("full_workflow", **given)
    assert "changed=0" in again.output
    last = playbook("full_workflow", workflow_cleanup=True, **given)
    assert last.code == 0
    assert rules(simulator) == {}
    assert not path.exists()


def test_new_keys_and_who_has_them(playbook: Playbooks, simulator: Simulator) -> None:
    fill(simulator, {"phone": [rule("443/tcp -> 1", "{{ 7 * 7 }}")], "laptop": [], "other": []})
    before = secret_texts(simulator, "phone")
    given = {"rotate_server": "fra1", "rotate_config_dir": "conf"}
    check = playbook("rotate_keys", "-e", "rotate_users=phone,laptop", check=True, **given)
    assert check.code == 0, check.output
    assert check.writes == []
    assert messages(check, "new keys") == ["These users would get new keys: phone, laptop"]
    done = playbook("rotate_keys", "-e", "rotate_users=phone,laptop", diff=True, **given)
    assert done.code == 0, done.output
    assert messages(done, "new keys") == ["These users have new keys: phone, laptop"]
    assert rules(simulator)["phone"] == ["443/tcp -> 1 ({{ 7 * 7 }})"]
    after = secret_texts(simulator, "phone")
    assert not set(before) & set(after)
    assert after[0] in (playbook.folder / "conf" / "phone.conf").read_text()
    assert all(secret not in done.output for secret in (*before, *after))
    assert list(playbook.folder.glob("wg-rotate-keys*")) == []
