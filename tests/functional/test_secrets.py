# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is seen that was not asked for: keys, configurations, the API key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.running import Runner
from tests.support.world import fill, ids, rule, secret_texts

LOUD = ("-vvvv",)


def test_a_play_at_the_highest_verbosity(run: Runner, simulator: Simulator, tmp_path: Path) -> None:
    """Every module, creating, keeping and removing, with files: in check mode, and for good."""
    fill(simulator, {"old": [rule("80/tcp -> 80")]})
    tasks: list[dict[str, Any]] = [
        {
            "wg_user": {
                "server": 5,
                "name": "phone",
                "config_path": str(tmp_path / "phone.conf"),
                "backup": True,
                "api_key": "{{ lookup('env', 'THE_KEY') }}",
            }
        },
        {
            "wg_port_forward": {
                "server": 5,
                "user": "old",
                "external_port": 443,
                "internal_port": 443,
            }
        },
        {
            "wg_server": {
                "server": 5,
                "users": [{"name": "old"}, {"name": "new"}, {"name": "phone"}],
                "config_dir": str(tmp_path / "all"),
            }
        },
    ]
    environment = {"THE_KEY": KEY}
    runs = [
        run.play(*tasks, arguments=LOUD, env=environment, check=True),
        run.play(*tasks, arguments=LOUD, env=environment),
    ]
    (tmp_path / "phone.conf").write_text((tmp_path / "all" / "old.conf").read_text())
    hidden = [text for name in ids(simulator) for text in secret_texts(simulator, name)]
    assert len(hidden) == 6
    runs.append(run.play(*tasks, arguments=LOUD, env=environment))
    gone = {**tasks[0]["wg_user"], "state": "absent"}
    runs.append(run.play({"wg_user": gone}, arguments=LOUD, env=environment))
    for done in runs:
        assert done.code == 0, done.output
        assert any(result.changed for result in done.results)
        for text in (*hidden, KEY, "PrivateKey", "PresharedKey"):
            assert text not in done.output
            assert text not in str(done.results)


@pytest.mark.parametrize(
    ("level", "packed"), [("task", False), ("variable", False), ("play", True)]
)
def test_a_key_in_the_environment_of_a_task(run: Runner, level: str, packed: bool) -> None:
    """Ansible writes such an environment on a command line, and shows that."""
    environment = {"PREMIERVPN_API_KEY": "{{ the_key }}", "SHOWN": "shown"}
    given = {"environment": "{{ environment_of_all }}" if level == "variable" else environment}
    of_task, of_play = ({}, given) if level == "play" else (given, {})
    task: dict[str, Any] = {"wg_user": {"server": 5, "name": "phone"}, **of_task}
    done = run.play(
        task,
        {**task, "async": 60, "poll": 1},
        arguments=LOUD,
        env={
            "PREMIERVPN_API_KEY": None,
            "ANSIBLE_PYTHON_MODULE_RLIMIT_NOFILE": "512" if packed else None,
        },
        vars={"the_key": KEY, "environment_of_all": environment},
        **of_play,
    )
    assert done.code == 0, done.output
    assert done.results[0].changed
    assert "SHOWN=shown" in done.output
    assert KEY not in done.output


def test_an_option_comes_before_the_environment_of_a_task(run: Runner) -> None:
    task = {"wg_server_info": {"api_key": KEY}, "environment": {"PREMIERVPN_API_KEY": "wrong"}}
    assert run.play(task).code == 0


def test_what_is_asked_for_is_shown_and_can_be_hidden(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {"phone": []})
    private = secret_texts(simulator, "phone")[0]
    asked = {"server": 5, "name": "phone", "return_config": True}
    whole = {"server": 5, "users": [{"name": "phone"}], "return_configs": True}
    done = run.play({"wg_user": asked}, {"wg_server": whole}, arguments=LOUD)
    assert private in done.results[0]["config"]
    assert done.results[0]["keys"]["client_private_key"] == private
    assert private in done.results[1]["users"][0]["config"]
    done = run.play(
        {"wg_user": asked, "no_log": True}, {"wg_server": whole, "no_log": True}, arguments=LOUD
    )
    assert done.code == 0
    assert private not in done.output


FAILURES: dict[str, dict[str, Any]] = {
    "an error that echoes": {
        "kind": "status",
        "status": 500,
        "message": "database down",
        "method": "POST",
        "path": "/users/{id}/port-forwards",
    },
    "garbage": {"kind": "garbage", "path": "/users/{id}"},
    "truncated": {"kind": "truncated", "when": "after", "path": "/users/{id}"},
    "cut short": {
        "kind": "truncated",
        "length": "cut",
        "when": "after",
        "path": "/users/{id}",
    },
}


@pytest.mark.parametrize("fault", FAILURES.values(), ids=FAILURES)
def test_failures(run: Runner, simulator: Simulator, tmp_path: Path, fault: dict[str, Any]) -> None:
    """An answer that holds keys and can't be read is not printed to show what was wrong with it."""
    fill(simulator, {"phone": []})
    simulator.faults({**fault, "times": None})
    done = run.module(
        "wg_server",
        server="5",
        users=[{"name": "phone", "port_forwards": [rule("80/tcp -> 80")]}],
        config_dir=str(tmp_path / "all"),
        return_configs=True,
        max_wait=0,
    )
    assert done.last.failed
    simulator.clear_faults()
    for text in (*secret_texts(simulator, "phone"), KEY, "PrivateKey"):
        assert text not in done.output


PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="


@pytest.mark.parametrize("given", [KEY, f" {KEY} "], ids=["as it is", "with white space"])
def test_an_error_that_repeats_the_request_and_a_configuration(
    run: Runner, simulator: Simulator, given: str
) -> None:
    said = f"{KEY} may not store PrivateKey = {PRIVATE}"
    simulator.faults(
        {"kind": "status", "status": 422, "message": said, "code": KEY, "method": "POST"}
    )
    done = run.module("wg_user", server="5", name="phone", api_key=given)
    assert done.last["error"]["message"] == "*** may not store PrivateKey = ***"
    assert "*** may not store PrivateKey = ***" in done.last.msg
    for text in (KEY, PRIVATE):
        assert text not in done.output


def test_a_comment_paints_on_no_terminal(run: Runner, simulator: Simulator) -> None:
    """The text of a rule is escaped in plans, diffs and messages; its value is as it came."""
    painted = {**rule("443/tcp -> 8443"), "comment": "\x1b[31mred\u202e"}
    fill(simulator, {"web": [painted], "phone": []})
    users = [{"name": "web", "port_forwards": []}]
    done = run.module("wg_server", server=5, users=users, purge_port_forwards=True)
    step = done.last["plan"][0]
    assert step["what"] == "443/tcp -> 8443 (\\x1b[31mred\\u202e)"
    assert step["port_forward"]["comment"] == "\x1b[31mred\u202e"
    assert "\\x1b[31mred\\u202e" in str(done.last["diff"]["before"]).replace("\\\\", "\\")

    fill(simulator, {"web": [painted], "phone": []})
    task = {"server": 5, "user": "phone", "external_port": 443, "internal_port": 1}
    play = run.play({"wg_port_forward": task})
    assert play.code != 0
    assert "\\x1b[31mred" in play.last.msg
    assert "\x1b[31m" not in play.output


def test_a_listing_that_gives_keys_away(run: Runner, simulator: Simulator) -> None:
    """None is published there. Should a portal do it, they do not get into results and diffs."""
    leak = {
        "id": 101,
        "client_name": "phone",
        "config": "LEAKED",
        "keys": {"preshared_key": "LEAKED"},
        "client_private_key": "LEAKED",
        "private_key": "LEAKED",
        "preshared_key": "LEAKED",
        "location": "kept",
    }
    simulator.faults(
        {"kind": "json", "body": {"users": [leak]}, "path": "/servers/5/users", "times": None}
    )
    user = run.module("wg_user", server="5", name="phone")
    server = run.module("wg_server", server="5", users=[{"name": "phone"}])
    assert user.last["user"]["location"] == server.last["users"][0]["location"] == "kept"
    assert "LEAKED" not in user.output + server.output


def test_the_key_is_not_in_what_is_sent_but_the_header(run: Runner, simulator: Simulator) -> None:
    done = run.module("wg_user", server="5", name="phone")
    assert done.requests
    assert KEY not in str([(request["path"], request["body"]) for request in done.requests])
    assert {request["account"] for request in done.requests} == {"acme"}


@pytest.mark.parametrize(
    ("task", "options"),
    [
        ("wg_user", {"name": "phone", "return_config": True}),
        ("wg_server", {"users": [{"name": "phone"}], "return_configs": True}),
        ("wg_user_info", {"include_config": True}),
    ],
)
def test_no_keys_are_returned_in_the_background(
    run: Runner, simulator: Simulator, task: str, options: dict[str, Any]
) -> None:
    """Ansible's file of such a task can be read by every user of the machine."""
    fill(simulator, {"phone": []})
    done = run.play({task: {"server": 5, **options}, "async": 60, "poll": 1})
    assert done.last.failed
    assert "async" in done.last.msg
    assert done.requests == []
