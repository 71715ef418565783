# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schemas: made of the argument specs, and in what they differ from what the module accepts."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.premiervpn.wireguard.plugins.module_utils._module.declarations import (
    looked_through,
)
from scripts import schema

jsonschema = pytest.importorskip("jsonschema")
pytestmark = pytest.mark.once

KEY = "A" * 43 + "="
CHECKER = jsonschema.Draft7Validator(schema.schemas()["wg_servers_declared.json"])
User = dict[str, Any]


def rule(number: int, **more: Any) -> dict[str, Any]:
    return {"external_port": 1000 + number, "internal_port": 80, **more}


def declared(chance: random.Random) -> list[dict[str, Any]]:
    """One server with three users and six port forwards, each field written in one of the allowed ways."""
    users: list[User] = []
    for number in range(3):
        rules = [rule(number * 10 + extra) for extra in range(2)]
        rules[0]["protocol"] = chance.choice(["tcp", "udp", "both"])
        rules[0]["comment"] = chance.choice(
            ["HTTPS", "", "x" * 100, f" {'y' * 100} ", 5, True, None]
        )
        rules[0]["internal_port"] = chance.choice([1, 65535, "8080", " 80 "])
        rules[1]["state"] = chance.choice(["present", "absent"])
        user = {chance.choice(["name", "client_name"]): f"user_{number}-x", "port_forwards": rules}
        user["expires"] = chance.choice(
            ["2027-01-31", "2027-01-31T12:00Z", "2027-01-31 12:00:00.5 +0100", None]
        )
        user["revoked_public_keys"] = chance.choice([[], [KEY], KEY])
        user["while_online"] = chance.choice([True, "no", 1, None, "On"])
        users.append(user)
    users[2]["port_forwards"] = chance.choice([None, []])
    server = {"server": chance.choice([5, "fra1", None]), "users": users}
    server["purge_users"] = chance.choice([True, False, "yes", 0])
    server["max_deletions"] = chance.choice([0, 10, "3"])
    server["refresh_max_age"] = chance.choice([0, 86400, "3600"])
    server["refresh"] = chance.choice(["full", "changed"])
    return [server]


def last(found: list[dict[str, Any]]) -> dict[str, Any]:
    rules: list[dict[str, Any]] = found[0]["users"][1]["port_forwards"]
    return rules[0]


def user(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda found: found[0]["users"][1].update(values)


def forward(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda found: last(found).update(values)


def server(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda found: found[0].update(values)


def without(what: str) -> Callable[[list[dict[str, Any]]], None]:
    return lambda found: last(found).pop(what)


WRONG: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "a name with a blank": lambda found: found[0]["users"].append({"name": "a b"}),
    "a name of 51": lambda found: found[0]["users"].append({"name": "n" * 51}),
    "a name that is a number": lambda found: found[0]["users"].append({"name": 7}),
    "no name": lambda found: found[0]["users"].append({"state": "present"}),
    "an unknown key of a user": user(port_forward=[]),
    "an unknown key of a port forward": forward(protcol="udp"),
    "an unknown key of a server": server(purge=True),
    "a reserved port": forward(external_port=22),
    "a reserved port as a text": forward(external_port="51820"),
    "port 0": forward(external_port=0),
    "port 65536": forward(internal_port=65536),
    "a port that is a word": forward(external_port="https"),
    "a port that is true": forward(internal_port=True),
    "no internal port": without("internal_port"),
    "no external port": without("external_port"),
    "an unknown protocol": forward(protocol="sctp"),
    "an unknown state": user(state="gone"),
    "a comment of 101": forward(comment="c" * 101),
    "no moment": user(expires="tomorrow"),
    "a time without an offset": user(expires="2027-01-31T12:00:00"),
    "no public key": user(revoked_public_keys=["abc"]),
    "absent with a port forward": user(state="absent", port_forwards=[rule(500)]),
    "a negative max_deletions": server(max_deletions=-1),
    "a negative age": server(refresh_max_age=-1),
    "another refresh": server(refresh="some"),
    "a purge that is neither": server(purge_users="perhaps"),
    "no users": lambda found: found[0].pop("users"),
    "users without a value": server(users=None),
    "a server that is a text": lambda found: found.append("fra9"),
    "nothing": lambda found: found.clear(),
}
# The module refuses these; a schema can't compare two values, look into a calendar, or count a text as a number.
UNSAID: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "a name twice": lambda found: found[0]["users"].append({"name": "user_1-x"}),
    "a port for two": lambda found: found[0]["users"].append(
        {"name": "other", "port_forwards": [rule(10, internal_port=9)]}
    ),
    "a server twice": lambda found: found.append({**copy.deepcopy(found[0]), "config_dir": "x"}),
    "the 30th of February": user(expires="2027-02-30"),
    "a port of six digits as a text": forward(external_port="700000"),
    "only for a user who is not declared": server(only=["nobody"]),
}
# The module takes these, as Ansible does; who writes a file by hand means something else.
STRICTER: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "a user in one text": lambda found: found[0]["users"].append("name=texted"),
}


def verdicts(found: list[dict[str, Any]]) -> tuple[bool, bool]:
    """Whether the module accepts it, and whether the schema does."""
    _entries, findings = looked_through(copy.deepcopy(found))
    return not findings, CHECKER.is_valid(found)


def test_the_files_are_what_the_argument_specs_make() -> None:
    for name, text in schema.texts().items():
        written = (schema.FOLDER / name).read_text(encoding="utf-8")
        assert written == text, f"{name}: run `python -m scripts.schema`"


@pytest.mark.parametrize("number", range(100))
def test_what_the_module_accepts_the_schema_accepts(number: int) -> None:
    found = declared(random.Random(number))
    assert verdicts(found) == (True, True), list(CHECKER.iter_errors(found))


@pytest.mark.parametrize("number", range(100))
def test_what_the_module_refuses_the_schema_refuses(number: int) -> None:
    chance = random.Random(number)
    found = declared(chance)
    name = list(WRONG)[number % len(WRONG)]
    WRONG[name](found)
    assert verdicts(found) == (False, False), name


@pytest.mark.parametrize("name", UNSAID)
def test_what_a_schema_can_not_say(name: str) -> None:
    found = declared(random.Random(1))
    UNSAID[name](found)
    assert verdicts(found) == (False, True)


@pytest.mark.parametrize("name", STRICTER)
def test_what_only_ansible_would_take(name: str) -> None:
    found = declared(random.Random(1))
    STRICTER[name](found)
    assert verdicts(found) == (True, False)


def test_templates_may_stand_where_values_do() -> None:
    users = [
        {
            "name": "{{ who }}",
            "port_forwards": [rule(1, comment="{{ x }}", external_port="{{ p }}")],
        }
    ]
    assert CHECKER.is_valid([{"server": "{{ s }}", "users": users, "purge_users": "{{ b }}"}])
    assert CHECKER.is_valid([{"users": "{{ users }}"}])
    assert CHECKER.is_valid("{{ everything }}")


def test_check_jsonschema_reads_a_file_as_it_is_written(tmp_path: Path) -> None:
    """The program of hooks, with dates that are not quoted."""
    good = tmp_path / "good.yml"
    good.write_text(
        "premiervpn_rate_limit: 20\nwg_servers_declared:\n  - server: fra1\n    users:\n"
        "      - {name: web, expires: 2027-01-31}\n      - {name: b, expires: 2027-01-31T12:00:00+02:00}\n",
        encoding="utf-8",
    )
    bad = tmp_path / "bad.yml"
    bad.write_text(yaml.safe_dump({"wg_servers_declared": [{"users": [{"name": "a b"}]}]}))
    command = [sys.executable, "-m", "check_jsonschema", "--output-format", "json", "--schemafile"]
    command += [str(schema.FOLDER / "group_vars.json"), str(good), str(bad)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = json.loads(done.stdout)["errors"]
    assert [(Path(one["filename"]).name, one["path"]) for one in errors] == [
        ("bad.yml", "$.wg_servers_declared[0].users[0].name")
    ]
