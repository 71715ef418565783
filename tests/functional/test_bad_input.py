# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: a clear error that names the value, before anything is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.process import Simulator
from tests.support.running import Runner
from tests.support.world import fill, rule, rule_ids, rules

USER = {"server": "5", "name": "phone"}
FORWARD = {"server": "5", "user": "web", "external_port": 443, "internal_port": 8443}


def refused(run: Runner, module: str, *parts: str, **options: Any) -> str:
    """Run a module that has to refuse without asking the portal; its message, with these parts."""
    done = run.module(module, **options)
    assert done.last.failed, done.output
    for part in parts:
        assert part in done.last.msg
    assert done.requests == []
    assert not done.last.changed
    assert "Traceback" not in done.output
    return done.last.msg


NAMES = [
    "",
    " ",
    "a name",
    "web.server",
    "a/b",
    "../a",
    "höhle",
    "web\n",
    "x" * 51,
    "-;-",
    "\uff57eb",
]


@pytest.mark.parametrize("name", NAMES)
def test_names(run: Runner, name: str) -> None:
    message = refused(run, "wg_user", "client name", **{**USER, "name": name})
    assert repr(name.replace("\n", "\\n")) in message


def test_names_at_the_limit(run: Runner, simulator: Simulator) -> None:
    fill(simulator, {})
    declared = [{"name": name} for name in ("x" * 50, "-", "_", "0", "A-b_9")]
    done = run.module("wg_server", server="5", users=declared)
    assert done.last.changed, done.output


BAD_FORWARDS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "external 0": ({"external_port": 0}, ("external_port 0", "65535")),
    "external 65536": ({"external_port": 65536}, ("external_port 65536",)),
    "external -1": ({"external_port": -1}, ("external_port -1",)),
    "internal 0": ({"internal_port": 0}, ("internal_port 0",)),
    "internal 65536": ({"internal_port": 65536}, ("internal_port 65536",)),
    "22": ({"external_port": 22}, ("22", "reserved")),
    "51820": ({"external_port": 51820}, ("51820", "reserved")),
    "56561": ({"external_port": 56561}, ("56561", "reserved")),
    "no internal port": ({"internal_port": None}, ("internal_port",)),
    # Ansible itself refuses these; before ansible-core 2.19 it names the option, not the value.
    "a word": ({"external_port": "https"}, ("external_port", "int")),
    "half a port": ({"external_port": 443.5}, ("external_port", "int")),
    "true": ({"external_port": True}, ("external_port", "True")),
    "true inside": ({"internal_port": True}, ("internal_port", "True")),
    "false": ({"external_port": False}, ("external_port", "False")),
    "a protocol": ({"protocol": "sctp"}, ("sctp",)),
    "a protocol in capitals": ({"protocol": "TCP"}, ("TCP",)),
    "a comment": ({"comment": "c" * 101}, ("101", "100")),
    "no user": ({"user": ""}, ("user",)),
    "a user that is a list": ({"user": ["web"]}, ("user", "web")),
    "a user that is true": ({"user": True}, ("user", "True")),
}


@pytest.mark.parametrize(("change", "parts"), BAD_FORWARDS.values(), ids=BAD_FORWARDS)
def test_port_forwards(run: Runner, change: dict[str, Any], parts: tuple[str, ...]) -> None:
    options = {key: value for key, value in {**FORWARD, **change}.items() if value is not None}
    refused(run, "wg_port_forward", *parts, **options)


def test_port_forwards_at_the_limit(run: Runner, simulator: Simulator) -> None:
    """The reserved ports are external ones; a comment counts characters, not bytes."""
    fill(simulator, {"web": []})
    done = run.module(
        "wg_port_forward",
        **{**FORWARD, "external_port": 65535, "internal_port": 22, "comment": "é" * 100},
    )
    assert done.last.changed, done.output
    assert rules(simulator) == {"web": [f"65535/tcp -> 22 ({'é' * 100})"]}


@pytest.mark.parametrize(
    ("users", "parts"),
    [
        ([{"name": "web", "port_forwards": [{"external_port": True}]}], ("True",)),
        ([{"name": "web", "port_forwards": [{"internal_port": 1}]}], ("external_port",)),
        ([{"name": "web", "port_forward": []}], ("port_forward",)),
        ([{"state": "present"}], ("name",)),
    ],
    ids=["a port that is true", "no external port", "a misspelt key", "no name"],
)
def test_declarations(run: Runner, users: Any, parts: tuple[str, ...]) -> None:
    refused(run, "wg_server", *parts, server="5", users=users)


def test_a_negative_max_deletions(run: Runner) -> None:
    refused(run, "wg_server", "max_deletions", "-1", server="5", users=[], max_deletions=-1)


# Connection options

SECRET = "wgSECRET"  # a part of every bad key below
BAD_KEYS = {
    "blank": "",
    "white": " \t ",
    "inner space": f"{SECRET} {SECRET}",
    "inner tab": f"{SECRET}\t{SECRET}",
    "two lines": f"{SECRET}\n{SECRET}",
    "a header": f"{SECRET}\r\nX-Evil: {SECRET}",
    "a control character": f"{SECRET}\x07{SECRET}",
    "delete": f"{SECRET}\x7f",
    "an umlaut": f"{SECRET}ä",
    "a no-break space": f"{SECRET}\xa0{SECRET}",
}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS)
def test_keys(run: Runner, key: str) -> None:
    done = run.module("wg_user", **USER, api_key=key)
    assert done.last.failed
    assert "api_key" in done.last.msg
    assert SECRET not in done.output
    assert done.requests == []


def test_a_bad_key_is_not_printed_at_any_verbosity(
    run: Runner, simulator: Simulator, tmp_path: Path
) -> None:
    keys = [key for key in BAD_KEYS.values() if SECRET in key][::3]
    # In a file of their own: where a task fails, Ansible prints some lines of the playbook.
    (tmp_path / "keys.json").write_text(json.dumps({"keys": keys}))
    done = run.play(
        *(
            {"wg_user": {**USER, "api_key": f"{{{{ keys[{n}] }}}}"}, "ignore_errors": True}
            for n in range(len(keys))
        ),
        arguments=("-vvvv", "-e", f"@{tmp_path / 'keys.json'}"),
    )
    assert len(done.results) == len(keys)
    for result in done.results:
        assert result.failed
        assert "api_key" in result.msg
    assert SECRET not in done.output
    assert done.requests == []


def test_white_space_around_a_key(run: Runner, simulator: Simulator) -> None:
    """Stripped: as it comes out of a file or a vault."""
    done = run.module("wg_user", **USER, api_key=" wg_demo_acme\n")
    assert done.last.changed, done.output
    assert "wg_demo_acme" not in done.output


def test_no_key(run: Runner) -> None:
    done = run.module("wg_user", **USER, env={"PREMIERVPN_API_KEY": None})
    assert done.last.failed
    assert "api_key" in done.last.msg
    assert done.requests == []


URLS = {
    "no URL": "portal",
    "another scheme": "ftp://127.0.0.1/api/wg",
    "a file": "file:///etc/passwd",
    "plain http": "http://portal.example.com/api/wg",
    "plain http to an address": "http://192.0.2.1/api/wg",
    "like a loopback": "http://127.0.0.1.example.com/api/wg",
    "localhost as a part": "http://localhost.example.com/api/wg",
    "no host": "https:///api/wg",
    "a bad port": "https://portal.example.com:99999/api/wg",
    "a query": "https://portal.example.com/api/wg?key=1",
    "white space": "https://portal.example.com/api wg",
}


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_urls(run: Runner, url: str) -> None:
    message = refused(run, "wg_user", "api_url", **USER, api_url=url, max_wait=0)
    if "http://" in url:
        assert "https" in message


def test_a_url_with_a_password(run: Runner) -> None:
    url = run.simulator.url.replace("http://", "http://me:hunter2@")
    done = run.module("wg_user", **USER, api_url=url)
    assert done.last.failed
    assert "api_url" in done.last.msg
    assert "hunter2" not in done.last.msg
    assert done.requests == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", "soon"),
        ("timeout", "nan"),
        ("rate_limit", -1),
        ("rate_limit", "many"),
        ("max_wait", -1),
        ("max_wait", "inf"),
        ("validate_certs", "perhaps"),
    ],
)
def test_other_connection_options(run: Runner, option: str, value: Any) -> None:
    # What is no number at all is refused by Ansible itself, which does not always name the value.
    named = [] if value in ("soon", "many", "perhaps") else [str(value)]
    refused(run, "wg_user", option, *named, **USER, **{option: value})


def test_a_missing_ca_file(run: Runner, tmp_path: Path) -> None:
    refused(run, "wg_user", "ca_path", "nowhere.pem", **USER, ca_path=str(tmp_path / "nowhere.pem"))
    (tmp_path / "text.pem").write_text("this is no certificate")
    refused(run, "wg_user", "ca_path", "text.pem", **USER, ca_path=str(tmp_path / "text.pem"))


def test_all_of_it_at_once(run: Runner) -> None:
    refused(
        run,
        "wg_user",
        *("api_url", "timeout", "rate_limit", "max_wait"),
        **USER,
        api_url="portal",
        timeout=-1,
        rate_limit=-1,
        max_wait=-1,
    )


# Places for files: nothing is made on the portal that could not be written then


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_places_that_can_not_be_written(
    run: Runner, simulator: Simulator, tmp_path: Path, check: bool
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "astray").symlink_to(tmp_path / "nowhere" / "phone.conf")
    for path in ("folder", "nowhere/phone.conf", "file/phone.conf", "loop", "astray"):
        place = str(tmp_path / path)
        refused(run, "wg_user", place, **USER, config_path=place, check=check)
    for path in ("nowhere/wireguard", "file", "file/wireguard"):
        place = str(tmp_path / path)
        declared = [{"name": "phone"}]
        refused(run, "wg_server", place, server="5", users=declared, config_dir=place, check=check)
    (tmp_path / "folder" / "phone.conf").mkdir()
    refused(
        run,
        "wg_server",
        "phone.conf",
        server="5",
        users=[{"name": "phone"}],
        config_dir=str(tmp_path / "folder"),
        check=check,
    )
    assert simulator.state()["users"] == []


def test_bad_input_in_a_play(run: Runner, simulator: Simulator) -> None:
    """As a user sees it, for each module: named in the output, nothing asked, the play failed."""
    fill(simulator, {"web": [rule("80/tcp -> 80")]})
    before = rule_ids(simulator)
    # What is not a port in YAML 1.1, and what Ansible makes of it.
    forward = {**FORWARD, "server": 5}
    done = run.play(
        {"wg_user": {"server": 5, "name": "a name"}, "ignore_errors": True},
        {"wg_port_forward": {**forward, "external_port": True}, "ignore_errors": True},
        {"wg_port_forward": {**forward, "external_port": "{{ 22 }}"}, "ignore_errors": True},
        {
            "wg_server": {
                "server": 5,
                "users": [{"name": "web"}, {"name": "web"}, {"name": "b@d"}],
                "purge_users": True,
            }
        },
    )
    assert done.code == 2
    assert done.requests == []
    assert [result.failed for result in done.results] == [True] * 4
    texts = ("'a name'", "True", "22 is reserved", "'b@d'")
    for result, text in zip(done.results, texts, strict=True):
        assert text in result.msg
    assert "'a name'" in done.output
    assert rule_ids(simulator) == before


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"name": "phone", "nonsense": 1},
        {"name": "phone", "state": "gone"},
        {"name": "phone", "timeout": "soon"},
        {"name": "b@d"},
        {"name": "phone", "api_key": "two words"},
        {"name": "phone", "server": "nowhere"},
    ],
    ids=str,
)
def test_every_failure_has_an_error(run: Runner, options: dict[str, Any]) -> None:
    """So that a playbook can look into it, whatever failed."""
    done = run.module("wg_user", **options)
    assert done.last.failed
    assert done.last["error"] == dict.fromkeys(("status", "code", "message", "method", "path"))
