# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook validate: all problems at once, where they stand, without a key and without a request."""

from __future__ import annotations

import json

import pytest
from ansible.release import __version__

from tests.support.playbooks import Playbooks, shown
from tests.support.running import Runner

CHECK = "Check each server"
KNOWS_LINES = tuple(map(int, __version__.split(".")[:2])) >= (2, 19)

GOOD = """\
wg_servers_declared:
  - server: fra1
    users:
      - name: web
        expires: 2099-01-31
        port_forwards:
          - {external_port: 443, internal_port: 8443, protocol: both}
      - name: guest
        expires: 2020-01-31T12:00:00+02:00
"""
BAD = """\
wg_servers_declared:
  - server: fra1
    max_deletions: many
    users:
      - name: web
        port_forwards:
          - {external_port: 443, internal_port: 8443}
          - external_port: 22
            internal_port: 22
          - {external_port: 80, internal_port: 80, protcol: udp}
      - name: phone
        port_forwards:
          - {external_port: 443, internal_port: 1}
      - name: "a name"
  - server: fra1
    users:
      - {name: no}
      - name: old
        expires: '2026-02-30'
"""
FOUND = [
    (2, "server 1 (fra1): argument 'max_deletions' is of type "),
    (10, "server 1 (fra1): user 'web': port forward 3: unknown: protcol. Supported parameters"),
    (8, "server 1 (fra1): user 'web': external_port 22 is reserved by the portal"),
    (14, "server 1 (fra1): 'a name' is not a client name"),
    (11, "server 1 (fra1): external port 443/tcp is declared twice, for web:8443 and for phone:1"),
    (17, "server 2 (fra1): name must be a text, and False is true or false in YAML"),
    (18, "server 2 (fra1): user 'old': expires '2026-02-30' is no date of the calendar"),
    (15, "server fra1 is declared more than once"),
]


@pytest.fixture
def playbook(run: Runner) -> Playbooks:
    return Playbooks(run)


def written(playbook: Playbooks, text: str) -> str:
    path = playbook.folder / "group_vars" / "all" / "wireguard.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return "-e@group_vars/all/wireguard.yml"


NO_KEY: dict[str, str | None] = {
    "PREMIERVPN_API_KEY": None,
    "PREMIERVPN_API_URL": None,
    "PREMIERVPN_TIMEOUT": "not a number, which nobody asks for",
}


def test_everything_that_is_wrong_at_once_and_where(playbook: Playbooks) -> None:
    done = playbook("validate", written(playbook, BAD), env=NO_KEY)
    assert (done.code, done.sent) == (2, [])
    (result,) = [one for one in done.results if one.task.endswith(CHECK)]
    problems = result["problems"]
    assert len(problems) == len(FOUND), problems
    for problem, (line, text) in zip(problems, FOUND, strict=True):
        assert problem["message"].startswith(text)
        where = ("group_vars/all/wireguard.yml", line) if KNOWS_LINES else (None, None)
        assert (problem["file"], problem["line"]) == where
    lines = shown(done, CHECK)
    assert lines[2].startswith(
        "group_vars/all/wireguard.yml:8: server 1" if KNOWS_LINES else "server 1"
    )
    assert "Not valid, see above. Problems: 8" in done.last.msg


def test_a_good_one_says_what_it_declares_and_who_can_be_taken_out(playbook: Playbooks) -> None:
    done = playbook("validate", written(playbook, GOOD), env=NO_KEY, noise=True)
    assert (done.code, done.sent) == (0, [])
    assert shown(done, CHECK) == ["fra1: 1 user, 1 port forward"]
    where = "group_vars/all/wireguard.yml:8: " if KNOWS_LINES else ""
    warning = f"{where}fra1: user 'guest' expired (2020-01-31 12:00:00+02:00) and counts as absent"
    assert warning in " ".join(done.output.split())


def test_a_name_to_converge_that_nobody_declares(playbook: Playbooks) -> None:
    good = written(playbook, GOOD)
    done = playbook("validate", good, env=NO_KEY, wg_servers_only=["Web"])
    assert done.code == 2
    assert "only: no server declares a user 'Web'" in shown(done, CHECK)


@pytest.mark.parametrize("given", ["", "x", 5, {"server": 5}, [], [None], [{"users": None}]])
def test_what_is_no_declaration(playbook: Playbooks, given: object) -> None:
    path = playbook.folder / "given.yml"
    path.write_text(json.dumps({"wg_servers_declared": given}), encoding="utf-8")
    done = playbook("validate", f"-e@{path}", env=NO_KEY)
    assert (done.code, done.sent) == (2, []), done.output


def test_the_module_takes_dates_without_quotes_on_every_core(playbook: Playbooks) -> None:
    done = playbook("converge", written(playbook, GOOD), noise=True)
    assert done.code == 0, done.output
    assert "user web was created" in done.output


DECLARED = {"servers": [{"server": "fra1", "users": [{"name": "web"}]}]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "fra1: 1 user, 0 port forwards"),
        ({"api_key": "", "show_waits": False}, "fra1: 1 user, 0 port forwards"),
        ({"refresh_max_age": -1}, "refresh_max_age"),
        ({"user": "web"}, "Supported parameters include"),
    ],
)
def test_the_option_of_the_module(run: Runner, options: dict[str, object], said: str) -> None:
    done = run.play({"wg_servers": {**DECLARED, "validate_only": True, **options}}, env=NO_KEY)
    wrong = not said.startswith("fra1")
    assert (done.last.failed, done.last.changed, done.sent) == (wrong, False, [])
    assert said in str(done.last.get("msg", "")) + str(done.last.get("lines", ""))


@pytest.mark.parametrize(("given", "made"), [("{{ false }}", True), ("perhaps", False)])
def test_where_the_option_is_not_true(run: Runner, given: str, made: bool) -> None:
    done = run.play({"wg_servers": {**DECLARED, "validate_only": given}})
    assert (done.last.changed, done.last.failed) == (made, not made)
    assert bool(done.sent) == made
