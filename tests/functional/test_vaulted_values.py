# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of variables that are vaulted one by one, numbers too: everything takes them, on every ansible-core."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from simulator.process import Simulator
from tests.support.environment import KEY
from tests.support.running import Runner
from tests.support.world import fill, ids, rules

pytestmark = pytest.mark.spread

PASSWORD = b"secret"
ROLE = {"ansible.builtin.import_role": {"name": "premiervpn.wireguard.wg_servers"}}


def vaulted(value: object) -> str:
    """The value as ``ansible-vault encrypt_string`` gives it, on one line as YAML can have it."""
    secret = VaultSecret(PASSWORD)
    text = VaultLib([("default", secret)]).encrypt(str(value), secret=secret).decode()
    return f"!vault {json.dumps(text)}"


def declared() -> str:
    return textwrap.dedent(
        f"""\
        wg_servers_declared:
          - server: {vaulted(5)}
            max_deletions: {vaulted(3)}
            purge_port_forwards: {vaulted("yes")}
            users:
              - name: {vaulted("web")}
                port_forwards:
                  - external_port: {vaulted(443)}
                    internal_port: {vaulted(8443)}
                    protocol: {vaulted("tcp")}
                    comment: {vaulted("HTTPS")}
        premiervpn_timeout: {vaulted(20)}
        premiervpn_rate_limit: {vaulted(0)}
        premiervpn_api_key: {vaulted(KEY)}
        wg_servers_only: [{vaulted("web")}]
        wg_servers_refresh: {vaulted("changed")}
        wg_servers_refresh_max_age: {vaulted(60)}
        """
    )


@pytest.fixture
def vault(run: Runner) -> tuple[str, ...]:
    """The variables of every host, and the arguments of a play that can read them."""
    group = run.folder / "group_vars" / "all.yml"
    group.parent.mkdir()
    group.write_text(declared(), encoding="utf-8")
    interpreter = "ansible_python_interpreter='{{ ansible_playbook_python }}'"
    (run.folder / "hosts.ini").write_text(f"localhost ansible_connection=local {interpreter}\n")
    (run.folder / "password").write_bytes(PASSWORD)
    return "-i", "hosts.ini", "--vault-password-file", "password"


PLAYBOOKS = [("validate", 0), ("converge", 0), ("drift", 0)]


def test_playbooks_and_the_role_take_them(
    run: Runner, simulator: Simulator, vault: tuple[str, ...]
) -> None:
    fill(simulator, {}, {})
    env = {"PREMIERVPN_API_KEY": None, "PREMIERVPN_RATE_LIMIT": None}
    for name, code in PLAYBOOKS:
        done = run.playbook(Path(f"premiervpn.wireguard.{name}"), arguments=vault, env=env)
        assert done.code == code, done.output
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)"]}
    done = run.play(ROLE, arguments=vault, env=env)
    assert (done.code, done.writes) == (0, []), done.output


def test_modules_take_them(run: Runner, simulator: Simulator, vault: tuple[str, ...]) -> None:
    fill(simulator, {}, {})
    one = "wg_servers_declared[0]"
    tasks: list[dict[str, Any]] = [
        {
            "wg_server": {
                "server": f"{{{{ {one}.server }}}}",
                "max_deletions": f"{{{{ {one}.max_deletions }}}}",
                "users": f"{{{{ {one}.users }}}}",
            }
        },
        {
            "wg_port_forward": {
                "server": f"{{{{ {one}.server }}}}",
                "user": f"{{{{ {one}.users[0].name }}}}",
                "external_port": f"{{{{ {one}.users[0].port_forwards[0].external_port }}}}",
                "internal_port": f"{{{{ {one}.users[0].port_forwards[0].internal_port }}}}",
            }
        },
        {"wg_servers": {"servers": "{{ wg_servers_declared }}", "only": "{{ wg_servers_only }}"}},
        {
            "wg_servers": {
                "servers": "{{ wg_servers_declared }}",
                "only": "{{ wg_servers_only }}",
                "validate_only": True,
            }
        },
    ]
    done = run.play(*tasks, arguments=vault, env={"PREMIERVPN_API_KEY": None})
    assert done.code == 0, done.output
    assert [result.changed for result in done.results] == [True, False, False, False]
    assert rules(simulator) == {"web": ["443/tcp -> 8443 (HTTPS)"]}


@pytest.mark.skipif(os.geteuid() != 0, reason="the role's modules want root")
def test_the_role_of_a_host_takes_them(
    run: Runner, simulator: Simulator, vault: tuple[str, ...]
) -> None:
    fill(simulator, {"localhost": []}, {})
    rule = f"external_port: {vaulted(443)}, internal_port: {vaulted(8443)}"
    numbers = {"rollback": 60, "verify": 15, "mtu": 1400, "keepalive": 25, "listen_port": 51820}
    lines = [f"wg_client_{name}: {vaulted(value)}" for name, value in numbers.items()]
    lines += [f"wg_client_port_forwards: [{{{rule}}}]", "wg_client_server: 5"]
    (run.folder / "client.yml").write_text("\n".join(lines), encoding="utf-8")
    role = {"ansible.builtin.include_role": {"name": "premiervpn.wireguard.wg_client"}}
    done = run.play(
        role,
        check=True,
        vars={"wg_client_install": False},
        arguments=(*vault, "-e", "@client.yml"),
        env={"PREMIERVPN_API_KEY": None},
    )
    assert done.code == 0, done.output
    (number,) = ids(simulator).values()
    assert done.sent == [
        "GET /servers/5/users",
        f"GET /users/{number}/port-forwards",
        f"GET /users/{number}",
    ]
