# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of a portal that means harm, or has gone mad: a clear error or a safe reading, and an end."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simulator.process import ROOT, Simulator
from tests.support.hostile_portal import FORWARD
from tests.support.hostile_portal import LISTED_USER as USER
from tests.support.inventories import Inventories
from tests.support.modules import Modules
from tests.support.results import Run
from tests.support.running import Runner
from tests.support.world import fill, rule, seed

pytestmark = pytest.mark.once

STOPWATCH = ROOT / "tests" / "bench" / "stopwatch.py"

SERVER: dict[str, Any] = {"assignment_id": 5, "name": "fra1", "hostname": "h", "ip": "192.0.2.5"}
DETAILS: dict[str, Any] = {
    **USER,
    "config": "[Interface]\nPrivateKey = YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n",
    "keys": {"client_private_key": "x"},
}

# What stands where something else is due.
WRONG: dict[str, Any] = {
    "null": None,
    "a list": [],
    "a full list": [1, [2]],
    "a dictionary": {},
    "a full dictionary": {"a": {"b": 1}},
    "true": True,
    "false": False,
    "a float": 1.5,
    "a huge float": 1e308,
    "a huge number": 10**4000,
    "minus one": -1,
    "a text": "soon",
    "an empty text": "",
    "huge digits": "9" * 5000,
    "a control character": "a\x1b[31mb\x00\x07c\r\n",
    "a surrogate": "\ud800",
    "a long text": "x" * 100_000,
    "other digits": "\u0661\u0662",
}

# (the module that reads the listing, its options, its path, the name of its list, one good item)
LISTINGS: dict[str, tuple[str, dict[str, Any], str, str, dict[str, Any]]] = {
    "servers": ("wg_server_info", {}, "/servers", "servers", SERVER),
    "users": ("wg_user_info", {"server": "5"}, "/servers/5/users", "users", USER),
    "devices": ("wg_status_info", {"server": "5"}, "/servers/5/status", "devices", USER),
    "details": (
        "wg_user_info",
        {"server": "5", "id": 101, "include_config": True},
        "/users/101",
        "",
        DETAILS,
    ),
    "port forwards": (
        "wg_port_forward_info",
        {"server": "5", "user": "web"},
        "/users/101/port-forwards",
        "port_forwards",
        FORWARD,
    ),
}
FIELDS = [(name, field) for name, row in LISTINGS.items() for field in row[4]]

# Without these an item cannot be told from another, or would say something else than it does.
NEEDED = {
    "servers": {"assignment_id"},
    "users": {"id", "client_name"},
    "details": {"id", "client_name", "config"},
    "devices": set(),
    "port forwards": {"id", "external_port", "internal_port", "protocol"},
}


def answer(simulator: Simulator, path: str, body: Any, **fault: Any) -> None:
    """Make this the answer to each request for a path."""
    simulator.clear_faults()
    simulator.faults({"kind": "json", "path": path, "body": body, "times": None, **fault})


def in_order(done: Run) -> None:
    """Whatever came of it: no traceback, nothing that paints on a terminal, nothing changed."""
    assert "Traceback" not in done.output
    for char in ("\x1b", "\x00", "\x07"):
        assert char not in done.output
    assert done.writes == []
    assert not done.last.changed
    if done.last.failed:
        assert done.last["error"]["method"] == "GET"
        assert done.last.msg.isprintable()
        assert len(done.last.msg) < 1000


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{a}: {b}" for a, b in FIELDS])
def test_a_wrong_type_in_a_field(
    module: Modules, simulator: Simulator, name: str, field: str
) -> None:
    """What has to be right is an error that names it; what need not be is read for what it is."""
    fill(simulator, {"web": [rule("443/tcp -> 443")]})
    task, options, path, wrapper, item = LISTINGS[name]
    for kind, value in WRONG.items():
        wrong = {**item, field: value}
        answer(simulator, path, {wrapper: [wrong]} if wrapper else wrong)
        done = module(task, **options, max_wait=0)
        in_order(done)
        if field not in NEEDED[name]:
            comment = field == "comment" and not isinstance(value, (str, type(None)))
            assert done.last.failed == comment, (kind, done.output[:500])
        elif isinstance(value, (list, dict, bool, float)) or value in (None, ""):
            if name == "details" and field == "id" and value is None:
                continue  # it is known from the question
            assert done.last.failed, (kind, done.output[:500])
            assert field in done.last.msg or "no config" in done.last.msg


@pytest.mark.parametrize("name", LISTINGS)
def test_a_wrong_type_of_an_item_or_a_whole_answer(
    module: Modules, simulator: Simulator, name: str
) -> None:
    fill(simulator, {"web": [rule("443/tcp -> 443")]})
    task, options, path, wrapper, _item = LISTINGS[name]
    for value in WRONG.values():
        for body in (value, {"data": value}, *([{wrapper: value}, [value]] if wrapper else ())):
            answer(simulator, path, body)
            done = module(task, **options, max_wait=0)
            in_order(done)
            if not isinstance(value, (list, dict)):
                assert done.last.failed, (body, done.output[:500])


def test_ids_that_lead_elsewhere(module: Modules, simulator: Simulator) -> None:
    """An id of the portal's becomes a part of a path: only digits do, and never one with a minus."""
    fill(simulator, {"web": []})
    for bad in ("101/port-forwards", "../servers", "1?x=1", "1#", " ", "1 2", -101, "-101"):
        answer(simulator, "/servers/5/users", {"users": [{**USER, "id": bad}]})
        done = module("wg_user", server="5", name="web", state="absent", max_wait=0)
        assert done.last.failed, bad
        assert done.sent == ["GET /servers/5/users"]
        in_order(done)


def test_twice_the_same_id(module: Modules, simulator: Simulator) -> None:
    """As pages can show that shift while they are read: it is one user, and one rule."""
    fill(simulator, {"web": []})
    answer(simulator, "/servers/5/users", {"users": [USER, USER]})
    assert len(module("wg_user_info", server="5").last["users"]) == 1
    answer(simulator, "/users/101/port-forwards", {"port_forwards": [FORWARD] * 3})
    done = module("wg_port_forward_info", server="5", user="101")
    assert len(done.last["port_forwards"]) == 1


@pytest.mark.parametrize("state", ["present", "absent"])
def test_two_users_of_one_name(module: Modules, simulator: Simulator, state: str) -> None:
    """Never a guess which of them is meant: not for a removal above all."""
    fill(simulator, {"web": []})
    answer(simulator, "/servers/5/users", {"users": [USER, {**USER, "id": 102}]})
    port = {"external_port": 80, "internal_port": 80, "state": state}
    for task, options in (
        ("wg_user", {"name": "web", "state": state}),
        ("wg_port_forward", {"user": "web", **port}),
        ("wg_server", {"users": [{"name": "web", "state": state}]}),
    ):
        done = module(task, server="5", max_wait=0, **options)
        assert done.writes == [], (task, done.output)
        assert "Traceback" not in done.output
        if state == "absent" or task == "wg_port_forward":
            assert done.last.failed, (task, done.output)
            for part in ("'web'", "101", "102"):
                assert part in done.last.msg


PAINT = "\x1b]0;pwned\x07\x1b[2Jweb\x00\x9b31m\u202e"


def test_terminal_escapes(run: Runner, simulator: Simulator) -> None:
    """In every text that the portal has a say in, in a play, as a person sees it."""
    user = {"client_name": PAINT, "extra": {PAINT: PAINT}, "port_forwards": []}
    forward = {**rule("443/tcp -> 443"), "comment": PAINT}
    server = {"id": 5, "name": PAINT, "extra": {"location": PAINT}}
    server["users"] = [user, {"client_name": "web", "port_forwards": [forward]}]
    simulator.reset(seed(server))
    simulator.faults(
        {"kind": "status", "status": 422, "message": PAINT, "code": PAINT, "method": "POST"}
    )
    done = run.play(
        {"wg_server_info": {}},
        {"wg_user_info": {"server": 5, "include_port_forwards": True}},
        {"wg_server": {"server": 5, "users": [], "purge_users": True}, "check_mode": True},
        {"wg_user": {"server": "none", "name": "x"}, "ignore_errors": True},
        {"wg_user": {"server": 5, "name": "x"}, "ignore_errors": True},
        arguments=("-vvv",),
    )
    assert len(done.results) == 5, done.output
    assert "Traceback" not in done.output
    for char in "\x1b\x07\x00":
        assert char not in done.output
    for result in done.results[3:]:
        assert result.failed
        assert result.msg.isprintable()


class EndlessPages(BaseHTTPRequestHandler):
    """Each page names another one; none repeats."""

    protocol_version = "HTTP/1.1"
    pages = itertools.count()

    def do_GET(self) -> None:
        """A page."""
        link = f"{self.path.partition('?')[0]}?page={next(self.pages)}"
        body = json.dumps({"users": [USER], "next": link}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


def test_next_links_without_end(module: Modules) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), EndlessPages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/api/wg"
        done = module("wg_user_info", server="5", api_url=url, max_wait=0)
        server.shutdown()
    assert done.last.failed
    assert "`next` links run in a circle, or never end" in done.last.msg
    assert done.last["requests"] == 200


@pytest.mark.parametrize(
    "link",
    [
        *("//evil.example/api/wg/servers", "https://evil.example/api/wg/servers"),
        *("http://127.0.0.1:1/api/wg/servers", "file:///etc/passwd", "javascript:alert(1)"),
        *("/other", "/api/wg/../admin", "/api/wg", "/api/wgs/x", "http://[", "\\\\evil.example\\x"),
        *("http://127.0.0.1@evil.example/api/wg/x", "/api/wg/x\r\nX-Evil: 1", "\x1b[2J", "?page=2"),
        *("BASE/../../admin", "BASE/%2e%2e/%2E./admin", "BASE/..\\admin", "BASE/x/;/../../admin"),
        *("BASE@evil.example/admin", "BASE/servers/5/users#/../admin", "BASE/./../admin"),
    ],
)
def test_next_links_that_lead_away(module: Modules, simulator: Simulator, link: str) -> None:
    fill(simulator, {"web": []})
    whole = link.replace("BASE", simulator.url)
    answer(simulator, "/servers/5/users", {"users": [USER], "next": whole}, times=1)
    done = module("wg_user_info", server="5", max_wait=0)
    in_order(done)
    if link.startswith("BASE"):
        # The journal knows only what lies below the portal's own base URL.
        assert "leads away from the portal; not followed" in done.last.msg
    assert len(done.requests) <= 3
    for line in done.sent:
        assert "admin" not in line
        assert "passwd" not in line
    if link != "?page=2":
        assert done.last.failed, done.output


@pytest.mark.parametrize("link", [1, True, [], {}, ["x"], 1.5])
def test_next_links_that_are_none(module: Modules, simulator: Simulator, link: Any) -> None:
    fill(simulator, {"web": []})
    answer(simulator, "/servers/5/users", {"users": [USER], "next": link})
    done = module("wg_user_info", server="5", max_wait=0)
    in_order(done)
    assert done.last.failed
    assert "`next`" in done.last.msg


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_a_deep_nest(module: Modules, simulator: Simulator, depth: int) -> None:
    fill(simulator, {"web": []})
    simulator.faults({"kind": "deep", "depth": depth, "path": "/servers/5/users", "times": None})
    done = module("wg_user_info", server="5", max_wait=0)
    in_order(done)
    assert done.last.failed


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_dripping_body(module: Modules, simulator: Simulator, method: str) -> None:
    """A byte now and then keeps every single wait short: the whole is bounded all the same."""
    fill(simulator, {"web": []})
    simulator.faults({"kind": "slow", "seconds": 0.2, "method": method, "times": None})
    state = "absent" if method == "DELETE" else "present"
    name = "phone" if method == "POST" else "web"
    began = time.monotonic()
    done = module("wg_user", server="5", name=name, state=state, timeout=1, max_wait=0)
    assert time.monotonic() - began < 8
    assert "Traceback" not in done.output
    if method == "GET":
        assert done.last.failed
        assert "1 s" in done.last.msg
    else:
        assert done.last.changed, done.output  # it was done, and a look shows it


def test_a_huge_body_does_not_fill_the_memory(run: Runner, simulator: Simulator) -> None:
    """Of the module's own process, at its peak: measured by a small one, as the benchmark does."""
    fill(simulator, {"web": []})
    simulator.faults({"kind": "huge", "megabytes": 50, "times": None})
    report = run.folder / "report"
    module = [sys.executable, "-m", "tests.support.processes", "wg_user_info"]
    done = subprocess.run(
        [sys.executable, str(STOPWATCH), str(report), "120", *module],
        input=json.dumps({"server": "5", "max_wait": 0}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=run.environment(PYTHONPATH=os.pathsep.join(sys.path)),
        text=True,
        check=False,
    )
    _seconds, _processor, peak, code = report.read_text(encoding="ascii").split()
    assert int(code) == 1
    assert "more than 4 MiB" in json.loads(done.stdout)["msg"]
    megabytes = int(peak) // (1024 if sys.platform.startswith("linux") else 1024 * 1024)
    assert megabytes < 150, f"{megabytes} MiB"


def test_an_inventory_of_hostile_names(inventories: Inventories, simulator: Simulator) -> None:
    """Also names that would be templates, groups or paths: read as they are, and not painted."""
    names = (PAINT, "{{ lookup('pipe', 'id') }}", "all", "../x", "localhost")
    simulator.reset(seed({"id": 5, "name": PAINT, "users": [{"client_name": n} for n in names]}))
    found = inventories.listed()
    assert "Traceback" not in found.output
    assert "uid=" not in found.output
    for char in "\x1b\x07\x00":
        assert char not in found.output
