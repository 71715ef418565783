# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the inventory takes its connection options from, and what it says of wrong ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils import _plugin
from simulator.process import Simulator
from tests.support.inventories import PLUGIN, Inventories
from tests.support.running import Runner

GLOBEX = "wg_demo_globex"
"""The key of the other account, whose only server is 9."""

NOTHING = dict.fromkeys(("PREMIERVPN_API_KEY", "PREMIERVPN_API_URL"))


def is_globex(found: Any) -> bool:
    """Whether the inventory was made with the other account's key."""
    accounts = {request["account"] for request in found.requests}
    assert len(accounts) == 1, found.output
    return "premiervpn_server_9" in found.groups or accounts == {"globex"}


@pytest.fixture
def users(simulator: Simulator) -> Simulator:
    """Both accounts have a user: ansible-inventory does not print empty groups."""
    with_users = [
        {"name": account, "key": f"wg_demo_{account}", "servers": [server]}
        for account, server in (
            ("acme", {"id": 5, "users": [{"client_name": "a"}]}),
            ("globex", {"id": 9, "users": [{"client_name": "g"}]}),
        )
    ]
    simulator.reset({"accounts": with_users})
    return simulator


def test_the_file_goes_before_the_environment(inventories: Inventories, users: Simulator) -> None:
    assert not is_globex(inventories.read())
    assert is_globex(inventories.read(api_key=GLOBEX))


def test_extra_variables_go_before_the_environment(
    inventories: Inventories, users: Simulator
) -> None:
    path = inventories.write()
    found = inventories.listed(path, "-e", f"premiervpn_api_key={GLOBEX}")
    assert found.names == ["g"]
    # What the file says goes before all.
    path = inventories.write(api_key="wg_demo_acme")
    assert inventories.listed(path, "-e", f"premiervpn_api_key={GLOBEX}").names == ["a"]


def test_ansible_cfg(run: Runner, inventories: Inventories, users: Simulator) -> None:
    (run.folder / "ansible.cfg").write_text(
        f"[premiervpn]\napi_key = {GLOBEX}\napi_url = {users.url}\nmax_wait = 0\n",
        encoding="utf-8",
    )
    found = inventories.listed(env={**NOTHING, "PREMIERVPN_MAX_WAIT": None})
    assert found.names == ["g"]
    assert "WARNING" not in found.output
    # Each option is one of its own: the environment goes before the file.
    found = inventories.listed(env={**NOTHING, "PREMIERVPN_API_KEY": "wg_demo_acme"})
    assert found.names == ["a"]
    users.faults({"kind": "status", "status": 503, "times": None})
    found = inventories.listed(env={**NOTHING, "PREMIERVPN_MAX_WAIT": None})
    assert "max_wait (0 s)" in found.output
    assert len(found.requests) == 1


def test_templates(run: Runner, inventories: Inventories, users: Simulator) -> None:
    """Lookups and extra variables, in every connection option and in the names of servers."""
    (run.folder / "key").write_text(f"{GLOBEX}\n", encoding="utf-8")
    path = inventories.write(
        api_key="{{ lookup('ansible.builtin.file', '" + str(run.folder / "key") + "') }}",
        api_url="{{ portal }}/api/wg",
        timeout="{{ seconds }}",
        max_wait="{{ seconds * 2 }}",
        rate_limit="{{ 0 }}",
        validate_certs="{{ not false }}",
        ca_path="{{ '' }}",
        servers=["{{ number }}"],
    )
    variables = ("-e", f"portal={users.origin}", "-e", '{"seconds": 7, "number": 9}')
    found = inventories.listed(path, *variables, env=NOTHING)
    assert found.names == ["g"], found.output
    assert "WARNING" not in found.output
    assert GLOBEX not in found.output


def test_templates_in_extra_variables(inventories: Inventories, users: Simulator) -> None:
    """As AWX gives them: a variable that is a template over others."""
    extra = '{"premiervpn_api_key": "{{ key }}", "key": "{{ parts | join }}", "parts": ["wg_demo", "_globex"]}'
    found = inventories.listed(inventories.write(), "-e", extra)
    assert found.names == ["g"], found.output


def vaulted(run: Runner, text: str) -> str:
    """The text as ``ansible-vault encrypt_string`` writes it, for the password in ``vault``."""
    (run.folder / "vault").write_text("open sesame\n", encoding="utf-8")
    password = ("--vault-password-file", str(run.folder / "vault"))
    done = run.ansible("vault", "encrypt_string", *password, text)
    assert done.returncode == 0, done.stderr
    assert text not in done.stdout
    return done.stdout.strip()


def test_a_vaulted_key(run: Runner, inventories: Inventories, users: Simulator) -> None:
    secret = vaulted(run, GLOBEX)
    path = inventories.write_text(f"plugin: {PLUGIN}\napi_key: {secret}\n")
    password = ("--vault-password-file", str(run.folder / "vault"))
    found = inventories.listed(path, *password)
    assert found.names == ["g"], found.output
    # And as a variable, which is what the file's template names.
    (run.folder / "secrets.yml").write_text(f"vaulted_key: {secret}\n", encoding="utf-8")
    path = inventories.write(api_key="{{ vaulted_key }}")
    found = inventories.listed(path, *password, "-e", f"@{run.folder / 'secrets.yml'}")
    assert found.names == ["g"], found.output
    # Without the password: no host, and not the other account's.
    found = inventories.listed(path, "-e", f"@{run.folder / 'secrets.yml'}")
    assert found.names == []
    assert found.requests == []


BLANK = [
    *("PREMIERVPN_RATE_LIMIT", "PREMIERVPN_MAX_WAIT", "PREMIERVPN_TIMEOUT"),
    *("PREMIERVPN_VALIDATE_CERTS", "PREMIERVPN_CA_PATH"),
]


def test_blank_variables_count_as_not_set(inventories: Inventories, users: Simulator) -> None:
    for name in BLANK:
        inventories.monkeypatch.setenv(name, " ")
    found = inventories.read()
    assert found.names == ["a"]
    assert found.output == ""


def test_blank_options_count_as_not_set(inventories: Inventories, users: Simulator) -> None:
    blank = dict.fromkeys(("api_key", "timeout", "ca_path", "validate_certs"), " ")
    assert inventories.read(**blank).names == ["a"]
    # A template that gives nothing, and a variable, as a survey's.
    assert inventories.read(timeout="{{ '' }}").names == ["a"]
    path = inventories.write()
    extra = ("-e", "premiervpn_timeout=", "-e", "premiervpn_api_key=")
    assert inventories.listed(path, *extra).names == ["a"]


def test_a_key_of_the_environment_does_not_go_to_the_url_of_a_variable(
    inventories: Inventories, users: Simulator
) -> None:
    path = inventories.write()
    elsewhere = ("-e", f"premiervpn_api_url={users.url}")
    found = inventories.listed(path, *elsewhere)
    assert found.names == []
    assert "premiervpn_api_url" in found.output
    assert found.requests == []
    both = (*elsewhere, "-e", f"premiervpn_api_key={GLOBEX}")
    assert inventories.listed(path, *both).names == ["g"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key with a space": ({"api_key": "wg_SECRET key"}, "api_key holds white space"),
    "a key with a line's end inside": ({"api_key": "wg_\nSECRET"}, "api_key holds white space"),
    "a key with an umlaut": ({"api_key": "wg_SECRET\u00fc"}, "non-ASCII"),
    "plain http": ({"api_url": "http://portal.example/api/wg"}, "plain http"),
    "no URL": ({"api_url": "portal"}, "api_url is not"),
    "no number": ({"timeout": "long"}, "timeout is not a number"),
    "no time": ({"timeout": 0}, "timeout must be above 0"),
    "less than nothing": ({"max_wait": -1}, "max_wait must be at least 0"),
    "half a request": ({"rate_limit": 0.5}, "rate_limit is not a whole number"),
    "neither yes nor no": ({"validate_certs": "perhaps"}, "validate_certs is neither"),
    "no file": ({"ca_path": "/no/such/file.pem"}, "ca_path is not a file"),
    "a variable that is not there": ({"api_key": "{{ nowhere }}"}, "nowhere"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG)
def test_wrong_options(
    inventories: Inventories, users: Simulator, options: dict[str, Any], said: str
) -> None:
    found = inventories.read(**options)
    assert found.hosts == {}
    assert found.requests == []
    assert said in found.output
    assert "SECRET" not in found.output


def test_all_that_is_wrong_at_once(inventories: Inventories, users: Simulator) -> None:
    found = inventories.read(timeout=0, max_wait=-1)
    assert "timeout" in found.output
    assert "max_wait" in found.output


def test_no_key_at_all(inventories: Inventories, users: Simulator) -> None:
    inventories.monkeypatch.delenv("PREMIERVPN_API_KEY")
    found = inventories.read()
    assert found.hosts == {}
    assert found.requests == []
    assert "api_key" in found.output
    assert "PREMIERVPN_API_KEY" in found.output


def test_a_blank_key_in_the_environment(
    run: Runner, inventories: Inventories, users: Simulator
) -> None:
    """It counts as none: what ansible.cfg says is taken, and else the message names the variable."""
    blank: dict[str, str | None] = {"PREMIERVPN_API_KEY": " ", "PREMIERVPN_MAX_WAIT": ""}
    found = inventories.listed(env=blank)
    assert found.names == []
    assert "PREMIERVPN_API_KEY" in found.output
    assert inventories.listed(
        inventories.write(), "-e", f"premiervpn_api_key={GLOBEX}", env=blank
    ).names == ["g"]
    (run.folder / "ansible.cfg").write_text(f"[premiervpn]\napi_key = {GLOBEX}\n", encoding="utf-8")
    assert inventories.listed(env=blank).names == ["g"]


def test_without_requests(inventories: Inventories, users: Simulator) -> None:
    inventories.monkeypatch.setattr(_plugin, "REQUESTS_IMPORT_ERROR", "No module named requests")
    found = inventories.read()
    assert found.hosts == {}
    assert "requests" in found.output
    assert sys.executable in found.output


def test_a_key_with_space_around_it(inventories: Inventories, users: Simulator) -> None:
    """As a file's last line, or a secret that was pasted, has it."""
    assert is_globex(inventories.read(api_key=f" {GLOBEX}\n"))
    inventories.monkeypatch.setenv("PREMIERVPN_API_KEY", f"{GLOBEX}\r\n")
    assert is_globex(inventories.read())


def test_a_home_folder_in_ca_path(
    inventories: Inventories, users: Simulator, tmp_path: Path
) -> None:
    inventories.monkeypatch.setenv("HOME", str(tmp_path))
    found = inventories.read(ca_path="~/missing.pem")
    assert os.fspath(tmp_path / "missing.pem") in found.output
