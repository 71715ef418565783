# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup in plays: where its options come from, ``errors=``, and what a play shows of it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.inventories import Inventories
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import FRA, fill, secret_texts, secrets, seed

NAME = "premiervpn.wireguard.wg_user"


def look(expression: str, **more: Any) -> dict[str, Any]:
    """A task that shows what an expression over the lookup gives; L stands for its name."""
    rendered = "{{ " + expression.replace("L(", f"lookup('{NAME}', ") + " }}"
    return {"ansible.builtin.debug": {"msg": rendered}, **more}


def messages(done: Run) -> list[Any]:
    assert done.code == 0, done.output
    return [result["msg"] for result in done.results]


def test_in_templates(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": [], "c": []})
    done = run.play(
        look("L('a', server=5).config"),
        look(f"query('{NAME}', 'a', 'b', 'c', server=5) | map(attribute='client_ip')"),
        look("item.client_name", loop="{{ query('" + NAME + "', 'c', 'a', server=5) }}"),
        look("L('a', 'b', server=5) | length"),
        {
            "ansible.builtin.copy": {
                "content": "{{ lookup('" + NAME + "', 'b', server=5).config }}",
                "dest": str(run.folder / "b.conf"),
                "mode": "0600",
            },
            "no_log": True,
        },
    )
    assert done.code == 0, done.output
    config, addresses, loop, length, _copy = done.results
    assert config["msg"] == secrets(simulator, "a")["config"]
    assert addresses["msg"] == ["10.66.66.2", "10.66.66.3", "10.66.66.4"]
    assert [result["msg"] for result in loop["results"]] == ["c", "a"]
    assert int(length["msg"]) == 2
    written = (run.folder / "b.conf").read_bytes()
    assert written.decode() == secrets(simulator, "b")["config"]
    # Each task renders its arguments in a process of its own, but many terms take one listing.
    assert done.sent[:2] == ["GET /servers/5/users", "GET /users/101"]
    # A process of its own, and the same run: the listing is remembered.
    assert sorted(done.sent[2:5]) == [f"GET /users/{number}" for number in (101, 102, 103)]


def test_what_to_do_with_errors(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    done = run.play(
        look("L('phon', server=5, errors='ignore') is none"),
        look("L('phon', server=5, errors='warn') is none"),
        look("L('phon', server=5, errors='strict')", ignore_errors=True),
        look("L('phone', server=5, errors='ignore').client_name"),
        look(f"query('{NAME}', 'phon', server=5, errors='ignore') | length"),
    )
    assert done.code == 0, done.output
    ignored, warned, failed, found, none = done.results
    assert str(found["msg"]) == "phone"
    assert int(none["msg"]) == 0
    assert failed.failed
    assert "user 'phon' was not found on server 5" in failed.msg
    assert bool(ignored["msg"]) is bool(warned["msg"]) is True
    # Once as a warning, once as an error; what is ignored is not mentioned.
    tasks = done.output.split("TASK [ansible.builtin.debug]")
    told = ["was not found" in " ".join(task.split()) for task in tasks[1:]]
    assert told == [False, True, True, False, False]
    assert "WARNING" in tasks[2]


def test_options_from_variables(run: Runner, simulator: Simulator) -> None:
    """Variables, those that are templates over others too."""
    fill(simulator, {"phone": []}, {"tablet": []})
    done = run.play(
        look("L('phone').server"),
        look("L('tablet', server=6).server"),
        look("L('tablet').server", vars={"premiervpn_server": "ams1"}),
        env={"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None},
        vars={
            "premiervpn_api_key": "{{ parts | join('_') }}",
            "parts": ["wg", "demo", "{{ account }}"],
            "account": "acme",
            "premiervpn_api_url": "{{ simulated }}/api/wg",
            "simulated": simulator.origin,
            "premiervpn_server": "{{ '5' }}",
            "premiervpn_timeout": "{{ 7 }}",
            "premiervpn_validate_certs": "{{ true }}",
        },
    )
    assert [int(message) for message in messages(done)] == [5, 6, 6]
    assert "WARNING" not in done.output


def test_options_from_ansible_cfg_and_the_environment(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": []}, {"phone": []})
    (run.folder / "ansible.cfg").write_text(
        f"[premiervpn]\napi_key = wg_demo_acme\napi_url = {simulator.url}\nserver = 6\n",
        encoding="utf-8",
    )
    nothing = {"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None}
    assert int(messages(run.play(look("L('phone').server"), env=nothing))[0]) == 6
    # The environment goes before the file, a variable before both, an argument before all.
    done = run.play(
        look("L('phone').server"),
        look("L('phone').server", vars={"premiervpn_server": 6}),
        look("L('phone', server=5).server", vars={"premiervpn_server": 6}),
        env={**nothing, "PREMIERVPN_SERVER": "5"},
    )
    assert [int(message) for message in messages(done)] == [5, 6, 5]


def test_arguments(run: Runner, simulator: Simulator) -> None:
    """And the key of another play's account, in one process."""
    fill(simulator, {"phone": []})
    key, url = "wg_demo_acme", simulator.url
    done = run.play(
        look(f"L('phone', server=5, api_key='{key}', api_url='{url}', timeout=5).id"),
        look(f"L('phone', server=5, api_key='wg_nobody', api_url='{url}').id", ignore_errors=True),
        env={"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None},
    )
    assert int(done.results[0]["msg"]) == 101
    assert done.results[1].failed
    assert "401" in done.results[1].msg


def test_extra_variables_and_a_vault(run: Runner, simulator: Simulator) -> None:
    from .test_inventory_options import vaulted

    fill(simulator, {"phone": []})
    secret = vaulted(run, "wg_demo_acme")
    (run.folder / "secrets.yml").write_text(
        f"premiervpn_api_key: {secret}\npremiervpn_server: 5\n", encoding="utf-8"
    )
    done = run.play(
        look("L('phone').id"),
        look("L('phone', api_key=premiervpn_api_key).id"),
        arguments=(
            *("-e", f"@{run.folder / 'secrets.yml'}"),
            *("--vault-password-file", str(run.folder / "vault")),
        ),
        env={"PREMIERVPN_API_KEY": "wg_nobody"},
    )
    assert [int(message) for message in messages(done)] == [101, 101]


def test_no_secret_in_a_failure(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    hidden = ["wg_demo_acme", "wg_SECRET", *secret_texts(simulator, "phone")]
    done = run.play(
        look("L('phone', 'nobody', server=5)", ignore_errors=True),
        arguments=("-vvv",),
    )
    assert done.last.failed
    assert "'nobody' was not found" in done.last.msg
    # A key that can't be one is not shown either.
    wrong = run.play(look("L('phone', server=5)"), env={"PREMIERVPN_API_KEY": "wg_SECRET key"})
    assert wrong.last.failed
    assert "api_key holds white space" in wrong.last.msg
    done.output += wrong.output
    assert not [text for text in hidden if text in done.output]


@pytest.mark.parametrize("hostile", ["{{ 7*7 }}", "{% if %}"])
def test_what_the_api_sends_is_not_rendered(
    run: Runner, simulator: Simulator, hostile: str
) -> None:
    user = {"client_name": "phone", "last_seen": hostile, "extra": {"note": [hostile]}}
    simulator.reset(seed({**FRA, "users": [user]}))
    done = run.play(
        {
            "ansible.builtin.set_fact": {"found": "{{ lookup('" + NAME + "', 'phone') }}"},
        },
        {"ansible.builtin.debug": {"msg": ["{{ found.last_seen }}", "{{ found.note[0] }}"]}},
    )
    assert done.code == 0, done.output
    assert done.last["msg"] == [hostile, hostile]


def test_in_the_inventory_s_plays(
    run: Runner, inventories: Inventories, simulator: Simulator
) -> None:
    """Each host finds itself: ``premiervpn_server`` of the inventory is the lookup's server."""
    extra = {"rate_limit": "10 Mbit/s", "timeout": "never", "api_url": "http://127.0.0.1:1/"}
    users = [{"client_name": "phone", "extra": extra}]
    simulator.reset(seed({**FRA, "users": users}, {"id": 6, "users": users}))
    done = run.play(
        look("L(premiervpn_client_name).config"),
        hosts="premiervpn",
        arguments=("-i", str(inventories.write())),
    )
    assert done.code == 0, done.output
    found = {result.host: result["msg"] for result in done.results}
    assert found == {
        f"phone-{server}": secrets(simulator, "phone", server)["config"] for server in (5, 6)
    }


def test_in_group_vars_the_users_are_listed_once_for_a_run(
    run: Runner, simulator: Simulator
) -> None:
    """Each task of each host is a process of its own, and asks for the configuration again."""
    fill(simulator, {"phone": []})
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    device = "{{ lookup('premiervpn.wireguard.wg_user', 'phone', server=5) }}"
    group = {"hosts": {"a": local, "b": local}, "vars": {"device": device}}
    (run.folder / "hosts.yml").write_text(yaml.safe_dump({"all": group}), encoding="utf-8")
    tasks = [look("device.client_ip") for _number in range(5)]
    done = run.play(*tasks, hosts="all", arguments=("-i", "hosts.yml", "--forks", "1"))
    assert done.code == 0, done.output
    assert done.sent.count("GET /servers/5/users") == 1
    assert done.sent.count("GET /users/101") == 10
    assert len(done.sent) == 11
