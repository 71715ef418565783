# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role wg_servers: several servers out of one declaration."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, rules

pytestmark = pytest.mark.spread

RESULTS = {"ansible.builtin.debug": {"var": "wg_servers_results"}, "name": "Results"}
ROLE = {"ansible.builtin.import_role": {"name": "premiervpn.wireguard.wg_servers"}}


def user(name: str, *forwards: str) -> dict[str, Any]:
    return {"name": name, "port_forwards": [rule(forward) for forward in forwards]}


def converge(run: Runner, *servers: dict[str, Any], **more: Any) -> Run:
    variables = {"wg_servers_declared": list(servers), **more.pop("variables", {})}
    return run.play(ROLE, RESULTS, vars=variables, **more)


def results(done: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done.last["wg_servers_results"]
    return found


def test_a_run_a_second_one_and_a_check(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"old": []}, {"far": [rule("80/tcp -> 1")]})
    servers = [
        {"server": "fra1", "users": [user("web", "443/tcp -> 8443")], "purge_users": True},
        {"server": "ams1", "users": [user("far", "80/tcp -> 2")]},
    ]
    check = converge(run, *servers, check=True)
    assert check.writes == []
    first = converge(run, *servers)
    assert first.code == 0, first.output
    assert [found["server_name"] for found in results(first)] == ["fra1", "ams1"]
    assert [found["changed"] for found in results(first)] == [True, True]
    assert set(results(first)[0]) == {
        *("server", "server_name", "changed", "plan", "summary", "lines", "users"),
        "not_refreshed",
    }
    for before, after in zip(results(check), results(first), strict=True):
        assert [step["what"] for step in before["plan"]] == [step["what"] for step in after["plan"]]
        assert {step["status"] for step in before["plan"]} == {"planned"}
        assert {step["status"] for step in after["plan"]} == {"done"}
        assert before["summary"] == after["summary"]
    assert rules(simulator) == {"web": ["443/tcp -> 8443"]}
    assert rules(simulator, 6) == {"far": ["80/tcp -> 2"]}
    second = converge(run, *servers)
    assert [found["changed"] for found in results(second)] == [False, False]
    # The servers once, though both are named by name; then the users and port forwards of each.
    assert len(second.sent) == 1 + 2 + 2
    assert "+++ after" in first.output


def test_one_that_fails_does_not_keep_the_others(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": [], "b": []}, {})
    declared = [
        {"server": 5, "users": [], "purge_users": True, "max_deletions": 1},
        {"server": 6, "users": [user("new")]},
    ]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"wg_servers_declared": declared},
        "tasks": [{"block": [ROLE], "rescue": [RESULTS]}],
    }
    (run.folder / "rescued.yml").write_text(yaml.safe_dump([play]))
    done = run.playbook(run.folder / "rescued.yml")
    assert list(ids(simulator, 6)) == ["new"]
    assert list(ids(simulator)) == ["a", "b"]
    first, second = results(done)
    assert "more than max_deletions" in first["msg"]
    assert [first["changed"], second["changed"]] == [False, True]
    assert [first["failed"], "failed" in second] == [True, False]
    # What failed is told in a sentence, and not by all that the module returns.
    (told,) = [line for line in done.output.splitlines() if line.startswith("fatal:")]
    assert "1 of 2 servers failed: fra1 (5): the plan deletes 2 users" in told
    assert "max_deletions" in told
    assert '"plan"' not in done.output.partition("TASK [Results]")[0]


def test_a_refused_round_leaves_no_results_of_the_one_before(
    run: Runner, simulator: Simulator
) -> None:
    fill(simulator, {}, {})
    good, bad = (
        {"wg_servers_declared": [{"server": name, "users": [user("a")]}]} for name in (5, 77)
    )
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"block": [{**ROLE, "vars": good}]},
            {"block": [{**ROLE, "vars": bad}], "rescue": [RESULTS]},
        ],
    }
    (run.folder / "rounds.yml").write_text(yaml.safe_dump([play]))
    done = run.playbook(run.folder / "rounds.yml")
    assert list(ids(simulator)) == ["a"]
    assert results(done) == []


@pytest.mark.parametrize("batches", [{}, {"serial": 2}, {"strategy": "free"}])
def test_six_hosts_converge_once(run: Runner, simulator: Simulator, batches: Any) -> None:
    fill(simulator, {}, {})
    (run.folder / "hosts.yml").write_text(
        yaml.safe_dump({"all": {"hosts": {f"web{number}": None for number in range(6)}}})
    )
    done = run.play(
        ROLE,
        hosts="all",
        vars={"wg_servers_declared": [{"server": 5, "users": [user("a")]}]},
        arguments=("-i", "hosts.yml"),
        **batches,
    )
    assert done.code == 0, done.output
    assert len(done.writes) == 1
    assert done.sent.count("GET /servers") == 1


def test_without_a_rescue_the_play_fails(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"a": []}, {})
    guarded = {"server": 5, "users": [], "purge_users": True, "max_deletions": 0}
    done = converge(run, guarded, {"server": 6, "users": [user("new")]})
    assert done.code == 2
    assert list(ids(simulator, 6)) == ["new"]


@pytest.mark.parametrize(
    ("servers", "problem"),
    [
        (
            [
                {"server": 5, "users": [user("new")]},
                {"server": 6, "users": [user("a", "22/tcp -> 1")]},
            ],
            "server 2 (6): user 'a': external_port 22 is reserved",
        ),
        ([{"server": 5, "users": [{"name": "new", "state": "there"}]}], "present, absent"),
        (
            [{"server": 5, "users": [{"port_forwards": []}]}],
            "server 1 (5): user 1: missing required arguments: name",
        ),
    ],
)
def test_what_is_wrong_with_any_server_is_refused_before_any_request(
    run: Runner, servers: Any, problem: str
) -> None:
    done = run.play(ROLE, vars={"wg_servers_declared": servers})
    assert done.code == 2
    assert problem in json.dumps(done.last.values) + done.output
    assert done.sent == []


def test_two_names_of_one_server_are_refused_before_anything_changes(
    run: Runner, simulator: Simulator
) -> None:
    done = converge(run, {"server": "fra1", "users": [user("a")]}, {"server": 5, "users": []})
    assert "server 5 is declared more than once, as fra1 too" in done.output
    assert done.sent == ["GET /servers"]


def test_the_accounts_only_server(run: Runner, simulator: Simulator) -> None:
    simulator.reset({"accounts": [{"name": "acme", "key": KEY, "servers": [{"id": 5}]}]})
    done = converge(run, {"users": [{"client_name": "a"}]})
    assert (results(done)[0]["server"], results(done)[0]["server_name"]) == (5, None)
    assert list(ids(simulator)) == ["a"]


def test_one_user_of_a_server_of_250(run: Runner, simulator: Simulator) -> None:
    many = {f"device-{number:03}": [rule(f"{10_000 + number}/tcp -> 80")] for number in range(250)}
    fill(simulator, many, {"far": []})
    servers = [
        {
            "server": 5,
            "users": [user(name, f"{10_000 + n}/tcp -> 81") for n, name in enumerate(many)],
        },
        {"server": 6, "users": [user("far")], "purge_users": True},
    ]
    done = converge(run, *servers, variables={"wg_servers_only": ["device-007"]})
    assert done.code == 0, done.output
    number = ids(simulator)["device-007"]
    assert done.sent == [
        "GET /servers",
        "GET /servers/5/users",
        f"GET /users/{number}/port-forwards",
        "DELETE /port-forwards/508",
        f"POST /users/{number}/port-forwards",
    ]
    assert [found["server"] for found in results(done)] == [5]
    both = converge(run, *servers, variables={"wg_servers_only": ["device-007", "far"]})
    assert len(both.sent) == 5
    wrong = converge(run, *servers, variables={"wg_servers_only": ["Device-007"]})
    assert "no server declares a user 'Device-007'" in wrong.output
    assert wrong.sent == []


def test_configurations_are_in_the_results_if_asked_for_and_in_no_output(
    run: Runner, simulator: Simulator
) -> None:
    servers = [{"server": 5, "users": [{"name": "a"}], "return_configs": True}]
    look = {
        "ansible.builtin.assert": {
            "that": "'PrivateKey' in wg_servers_results[0].users[0].config",
            "quiet": True,
        }
    }
    done = run.play(ROLE, look, vars={"wg_servers_declared": servers}, arguments=("-vvv",))
    assert done.code == 0, done.output
    assert "PrivateKey" not in done.output


def test_a_relative_folder_counts_from_where_the_run_was_started(
    run: Runner, simulator: Simulator
) -> None:
    converge(run, {"server": 5, "users": [{"name": "a"}], "config_dir": "wireguard"})
    names = sorted(path.name for path in (run.folder / "wireguard").iterdir())
    assert names == [".premiervpn-wireguard", "a.conf"]  # the list says which files are ours


def test_comments_that_look_like_templates_are_not_rendered(
    run: Runner, simulator: Simulator
) -> None:
    fill(simulator, {"a": [rule("80/tcp -> 1", "{{ 7 * 7 }}")]}, {})
    (run.folder / "vars.yml").write_text(
        """\
wg_servers_declared:
  - server: 5
    users:
      - name: a
        port_forwards: [{external_port: 80, internal_port: 2, comment: !unsafe '{{ 7 * 7 }}'}]
"""
    )
    done = run.play(ROLE, RESULTS, arguments=("-e@vars.yml",))
    assert rules(simulator) == {"a": ["80/tcp -> 2 ({{ 7 * 7 }})"]}
    assert results(done)[0]["plan"][0]["what"] == "80/tcp -> 1 ({{ 7 * 7 }})"


def test_other_hosts_have_the_role_run_where_ansible_runs(
    run: Runner, simulator: Simulator
) -> None:
    """With whatever their inventory says of connections, interpreters and privileges."""
    (run.folder / "hosts.yml").write_text(
        yaml.safe_dump(
            {
                "all": {
                    "hosts": {"web1": {"ansible_host": "192.0.2.99"}},
                    "vars": {
                        "ansible_connection": "ssh",
                        "ansible_python_interpreter": "/nowhere/python",
                        "ansible_become": True,
                        "premiervpn_api_key": "{{ the_key }}",
                        "premiervpn_api_url": simulator.url,
                        "premiervpn_rate_limit": 0,
                        "the_key": KEY,
                        "wg_servers_declared": [{"server": 5, "users": [{"name": "a"}]}],
                    },
                }
            }
        )
    )
    done = run.play(
        ROLE,
        hosts="all",
        arguments=("-i", "hosts.yml"),
        env={"PREMIERVPN_API_KEY": None, "PREMIERVPN_API_URL": None},
    )
    assert done.code == 0, done.output
    assert list(ids(simulator)) == ["a"]
