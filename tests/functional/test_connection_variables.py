# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where modules take the connection from: the option, the variable, the environment, in that order.

And the key goes to no other host, and to no URL, that its owner did not send it to.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.results import Run
from tests.support.running import Runner

ACME, GLOBEX = "wg_demo_acme", "wg_demo_globex"
LOOK: dict[str, Any] = {"wg_server_info": {}}
NO_KEY: dict[str, str | None] = {"PREMIERVPN_API_KEY": None}
NOTHING: dict[str, str | None] = {**NO_KEY, "PREMIERVPN_API_URL": None}


def keys_sent(done: Run) -> set[str]:
    """Whose keys the simulator was sent."""
    return {request["account"] for request in done.requests}


def test_a_variable_comes_before_the_environment_and_after_an_option(run: Runner) -> None:
    variables = {"premiervpn_api_key": "{{ parts | join('_') }}", "parts": ["wg", "demo", "globex"]}
    url = {"premiervpn_api_url": run.simulator.url}
    done = run.play(LOOK, vars={**variables, **url}, env=NOTHING)
    assert done.code == 0, done.output
    assert keys_sent(done) == {"globex"}
    assert keys_sent(run.play(LOOK, vars=variables)) == {"globex"}
    assert keys_sent(run.play({"wg_server_info": {"api_key": ACME}}, vars=variables)) == {"acme"}
    assert GLOBEX not in done.output


@pytest.mark.parametrize("blank", ["", "  ", "{{ '' }}", "{{ omit }}", None])
def test_blank_is_not_given_wherever_it_stands(run: Runner, blank: str | None) -> None:
    """A survey's answers, say."""
    names = ("api_key", "api_url", "timeout", "validate_certs", "rate_limit", "max_wait", "ca_path")
    variables = {f"premiervpn_{name}": blank for name in names}
    done = run.play(LOOK, {"wg_server_info": dict.fromkeys(names, blank)}, vars=variables)
    assert done.code == 0, done.output
    assert [result.status for result in done.results] == ["ok", "ok"]


def test_values_are_checked_wherever_they_come_from(run: Runner) -> None:
    done = run.play(LOOK, vars={"premiervpn_timeout": "long"})
    assert done.code == 2
    assert "timeout" in done.last.msg
    assert done.requests == []
    done = run.play(LOOK, vars={"premiervpn_timeout": "{{ nowhere }}"})
    assert done.code == 2
    assert "nowhere" in done.last.msg


def test_extra_variables_as_awx_gives_them(run: Runner) -> None:
    done = run.play(LOOK, env=NO_KEY, arguments=("-e", f"premiervpn_api_key={GLOBEX}"))
    assert keys_sent(done) == {"globex"}


def test_a_vaulted_variable(run: Runner) -> None:
    password = run.folder / "password"
    password.write_text("secret\n", encoding="utf-8")
    done = run.ansible("vault", "encrypt_string", "--vault-password-file", str(password), GLOBEX)
    assert done.returncode == 0, done.stderr
    (run.folder / "key.yml").write_text(f"premiervpn_api_key: {done.stdout}\n", encoding="utf-8")
    vault = ("-e", "@key.yml", "--vault-password-file", str(password))
    looked = run.play(LOOK, env=NO_KEY, arguments=vault)
    assert looked.code == 0, looked.output
    assert keys_sent(looked) == {"globex"}
    assert GLOBEX not in looked.output


def test_without_a_key_every_way_to_give_one_is_named(run: Runner) -> None:
    done = run.play(LOOK, {"wg_port_forward": {"user": "a"}}, env=NO_KEY, ignore_errors=True)
    first, second = done.results
    assert first.msg.startswith("There is no API key. ")
    assert second.msg.startswith("missing required arguments: external_port. There is no API key. ")
    for result in (first, second):
        for place in ("option api_key", "variable premiervpn_api_key", "PREMIERVPN_API_KEY"):
            assert place in result.msg
        assert result["error"]["status"] is None


@pytest.mark.parametrize("kept", ["process", "task"])
def test_a_key_of_the_environment_does_not_go_to_the_url_of_a_variable(
    run: Runner, kept: str
) -> None:
    variable = {"premiervpn_api_url": f"{run.simulator.url}/elsewhere"}
    task = dict(LOOK)
    if kept == "task":
        task["environment"] = {"PREMIERVPN_API_KEY": ACME}
    again = {"until": "false", "retries": 2, "delay": 0, "register": "looked"}
    for one in (task, {**task, **again}):
        done = run.play(one, vars=variable, env=NO_KEY if kept == "task" else {})
        assert done.code == 2
        assert "premiervpn_api_url" in done.last.msg
        assert done.last["error"]["status"] is None
        assert done.requests == []
        assert ACME not in done.output


def test_a_key_of_the_environment_goes_to_the_url_of_an_option_and_of_the_environment(
    run: Runner,
) -> None:
    variable = {"premiervpn_api_url": "{{ '' }}"}
    assert run.play(LOOK, vars=variable).code == 0
    option = {"wg_server_info": {"api_url": run.simulator.url}}
    assert run.play(option, env={"PREMIERVPN_API_URL": None}).code == 0


@pytest.fixture
def hosts(run: Runner) -> Path:
    """Two hosts, each of a group with a key of its own."""
    path = run.folder / "hosts.yml"
    local = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    groups = {
        "acme": {"hosts": {"web": {}}, "vars": {"premiervpn_api_key": ACME}},
        "globex": {"hosts": {"db": {}}, "vars": {"premiervpn_api_key": GLOBEX}},
    }
    path.write_text(yaml.safe_dump({"all": {"vars": local, "children": groups}}), encoding="utf-8")
    return path


def test_each_host_has_the_key_of_its_group_where_it_is_delegated(run: Runner, hosts: Path) -> None:
    task = {**LOOK, "delegate_to": "localhost", "register": "looked"}
    done = run.play(task, hosts="all", env=NO_KEY, arguments=("-i", str(hosts)))
    assert done.code == 0, done.output
    assert keys_sent(done) == {"acme", "globex"}


def test_a_task_of_another_collection_is_given_nothing(run: Runner, hosts: Path) -> None:
    """Neither as an option nor in its environment, with a task of ours before it."""
    other = {"ansible.builtin.command": {"cmd": "env"}, "register": "environment"}
    done = run.play(LOOK, other, hosts="web", env=NO_KEY, arguments=("-i", str(hosts), "-vvv"))
    assert done.code == 0, done.output
    assert keys_sent(done) == {"acme"}
    assert ACME not in done.output
    assert "PREMIERVPN_API_KEY" not in done.results[-1]["stdout"]


def test_with_become_no_command_line_and_no_environment_holds_the_key(run: Runner) -> None:
    seen = run.folder / "seen"
    sudo = run.folder / "sudo"
    script = f"""#!/bin/sh
{{ env; printf '%s\\n' "$@"; }} >> '{seen}'
while [ "$1" != /bin/sh ]; do shift; done
exec "$@"
"""
    sudo.write_text(script, encoding="utf-8")
    sudo.chmod(0o755)
    variables = {"premiervpn_api_key": ACME, "ansible_become_exe": str(sudo)}
    user = "nobody" if os.geteuid() == 0 else "root"  # another one, or nothing is done
    become = {"become": True, "become_user": user, "vars": variables}
    done = run.play(LOOK, arguments=("-vvvv",), env=NO_KEY, **become)
    assert done.code == 0, done.output
    assert keys_sent(done) == {"acme"}
    assert "/bin/sh" in seen.read_text(encoding="utf-8")
    assert ACME not in done.output + seen.read_text(encoding="utf-8")
