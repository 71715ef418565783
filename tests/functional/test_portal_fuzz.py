# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text that a portal can send, in every field of every answer and in every header, means harm.

One law: no file outside the folder asked for, no process, no text that is trusted and could be run, no host
that was not listed, no traceback, nothing that fills the memory. A round takes half a second;
``make pytest ARGS='-k portal_fuzz --fuzz-rounds 500 --fuzz-seed 7'`` runs more of them.
"""

from __future__ import annotations

import http.server
import json
import random
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.premiervpn.wireguard.plugins.plugin_utils._unsafe import (
    could_be_template,
)
from tests.support.inventories import Inventories
from tests.support.modules import Modules

try:
    from ansible.template import is_trusted_as_template as is_trusted
except ImportError:  # before 2.19 every text is that has no mark

    def is_trusted(value: Any) -> bool:
        return isinstance(value, str) and not getattr(value, "__UNSAFE__", False)


KEY = "YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
CONF = f"[Interface]\nPrivateKey = {KEY}\nAddress = 10.66.66.2/32\n\n[Peer]\nPublicKey = {KEY}\n"


def nest(depth: int) -> Any:
    value: Any = "x"
    for _level in range(depth):
        value = [value]
    return value


def hostile(trap: Path) -> list[Any]:
    """What stands where a text, a number or anything else is due."""
    run = f"touch {trap}"
    texts = [
        f"{{{{ lookup('pipe', '{run}') }}}}",
        f"(lookup)('pipe', '{run}')",
        f"#jinja2:variable_start_string:'[%',variable_end_string:'%]'\n[% lookup('pipe', '{run}') %]",
        f"$({run})",
        f"`{run}`",
        f"'; {run} #",
        f"fe80::7%$({run})",
        f"-oProxyCommand={run}",
        *(
            "../../group_vars/all",
            f"../{trap.name}",
            str(trap),
            "/etc/passwd",
            "~root/x",
            "..",
            ".",
        ),
        *("localhost", "all", "ungrouped", "127.0.0.1", "a[1:3]", "a,b", "!x", "&y", "*"),
        *("\x1b]0;x\x07\x1b[2J", "\u202egnp.exe", "\u200bweb", "a\r\nX-Evil: 1", "\x00", "\ud800"),
        *("x" * 70_000, "\n" * 70_000, "9" * 5000, "NaN", "__ansible_unsafe", "<script>x</script>"),
        CONF.replace("\n\n", f"\nPostUp = {run}\n\n"),
        CONF.replace("10.66.66.2/32", f"10.66.66.2%$({run})"),
        f"plugin: x\nansible_connection: local\nx: \"{{{{ lookup('pipe', '{run}') }}}}\"\n",
    ]
    others = [None, True, -1, 0, 1.5, 10**30, [], {}, nest(60), nest(600), [texts[0]]]
    typed = [
        {"__ansible_unsafe": texts[0]},
        {"__ansible_vault": "x"},
        {"__ansible_type": "_AnsibleTaggedStr", "value": texts[0]},
        {texts[0]: texts[0], "ansible_connection": "local", "post_up": run},
    ]
    return [*texts, *others, *typed]


USER = {
    "id": 101,
    "client_name": "web",
    "client_ip": "10.66.66.2",
    "online": True,
    "last_seen": "2026-06-01T12:00:00Z",
    "rx_bytes": 1,
    "tx_bytes": 2,
    "config": CONF,
    "keys": {"client_public_key": KEY, "client_private_key": KEY},
    "note": "a",
    "ansible_connection": "ssh",
}
FORWARD = {
    "id": 501,
    "external_port": 443,
    "internal_port": 443,
    "protocol": "tcp",
    "status": "active",
    "comment": "HTTPS",
    "created_at": "2026-06-01T12:00:00Z",
}
SERVER = {"assignment_id": 5, "name": "fra1", "hostname": "h", "ip": "192.0.2.5", "location": "x"}
NEEDED = {"assignment_id", "id", "client_name", "external_port", "internal_port", "protocol"}
HEADERS = ("Content-Type", "Retry-After", "Date", "Location", "Server", "Set-Cookie", "X-Other")


class Portal:
    """A portal that answers with one thing wrong in each answer, or in many; the same for a seed."""

    def __init__(self, trap: Path) -> None:
        self.chance = random.Random(0)
        self.listed: list[Any] = []
        self._values = hostile(trap)
        self._lock = threading.Lock()
        portal = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with portal._lock:
                    status, headers, body = portal.answer(self.command, self.path)
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self._answer
                raise AttributeError(name)

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/wg"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _spoilt(self, item: dict[str, Any], few: bool = True) -> dict[str, Any]:
        """An item with something in place of one of its values, or of each."""
        # Mostly those without which an item can be read: or no answer would get far.
        fields = [name for name in item if name not in NEEDED or self.chance.random() < 0.03]
        names = [self.chance.choice(fields)] if few else fields
        return {**item, **{name: self.chance.choice(self._values) for name in names}}

    def answer(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        few = self.chance.random() < 0.8
        spoil = self.chance.random() < 0.7
        made = {"servers": SERVER, "port-forwards": FORWARD}
        item: dict[str, Any] = made.get(path.partition("?")[0].rpartition("/")[2], USER)
        item = self._spoilt(item, few) if spoil else item
        body: Any = item
        if path.endswith(("/servers", "/users", "/status", "/port-forwards")) and method == "GET":
            texts = [value for value in self._values if isinstance(value, str) and value]
            names = {"client_name": self.chance.choice(texts)} if "client_name" in item else {}
            other = {"assignment_id": 6} if "assignment_id" in item else {"id": 102}
            body = [item, {**self._spoilt(item), **other, **names}]
            if path.endswith("/users"):
                self.listed += body
        if method == "GET" and self.chance.random() < 0.02:
            body = {"data": body, "next": self.chance.choice(self._values)}
        status = self.chance.choice([200] * 200 + [201, 403, 404, 409, 422, 429, 500, 302])
        if status >= 300:
            body = self._spoilt({"error": "no", "code": "x"}, few=False)
        return status, self._headers(), json.dumps(body).encode()

    def _headers(self) -> dict[str, str]:
        found = {}
        if self.chance.random() < 0.3:
            value = str(self.chance.choice(self._values))[:4000]
            # What no header can hold never leaves a server.
            safe = "".join(char if " " <= char <= "\xff" else "?" for char in value)
            found[self.chance.choice(HEADERS)] = safe
        return found


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    made = Portal(tmp_path / "trap")
    yield made
    made.close()


def tasks(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    users = [{"name": "web", "port_forwards": [{"external_port": 80, "internal_port": 80}]}]
    return [
        ("wg_server_info", {}),
        ("wg_status_info", {"server": "5"}),
        ("wg_user_info", {"server": "5", "include_config": True, "include_port_forwards": True}),
        ("wg_port_forward_info", {"server": "5"}),
        ("wg_user", {"server": "5", "name": "web", "config_path": str(folder / "web.conf")}),
        (
            "wg_port_forward",
            {"server": "5", "user": "web", "external_port": 80, "internal_port": 81},
        ),
        ("wg_server", {"server": "5", "users": users, "config_dir": str(folder / "dir")}),
        ("wg_user_bandwidth", {"server": "5", "user": "web", "limits": {"up": 1}}),
        ("wg_handout", {"path": str(folder / "handouts")}),
        ("wg_report", {"path": str(folder / "report.html")}),
    ]


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            assert not could_be_template(str(key)), key
            yield from texts_of(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value


def memory() -> int:
    """MiB that this process took at most, until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (
        1024 if sys.platform.startswith("linux") else 1024 * 1024
    )


def check_inventory(inventories: Inventories, portal: Portal, key: str) -> int:
    """How many hosts there were."""
    portal.listed.clear()
    found = inventories.read(
        api_url=portal.url,
        api_key=key,
        max_wait=0,
        rate_limit=0,
        servers=[5],
        include_port_forwards=True,
        compose={"composed": "premiervpn_other"},
        keyed_groups=[{"key": "premiervpn_last_seen", "prefix": "", "separator": ""}],
    )
    assert len(found.hosts) <= len(portal.listed)
    for name in (*found.hosts, *found.groups):
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", name), name
    assert "localhost" not in {*found.hosts, *found.groups}
    own = {"inventory_file", "inventory_dir"}
    for variables in found.hosts.values():
        assert {name for name in variables if not name.startswith("premiervpn_")} <= {
            *("ansible_host", "composed"),
            *own,
        }
        for text in texts_of({k: v for k, v in variables.items() if k not in own}):
            assert not (is_trusted(text) and could_be_template(text)), text
    return len(found.hosts)


def test_nothing_that_a_portal_sends_gets_out(
    module: Modules,
    inventories: Inventories,
    portal: Portal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    folder = tmp_path / "asked"
    folder.mkdir()
    started: list[Any] = []
    popen = subprocess.Popen.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        started.append(args)
        popen(self, *args, **kwargs)

    rounds = int(request.config.getoption("--fuzz-rounds"))
    first = int(request.config.getoption("--fuzz-seed"))
    before = memory()
    hosts = succeeded = 0
    with monkeypatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", noted)
        for seed in range(first, first + rounds):
            portal.chance.seed(seed)
            hosts += check_inventory(inventories, portal, f"wg_inventory_{seed}")
            task, options = tasks(folder)[seed % len(tasks(folder))]
            options = {
                **options,
                "api_url": portal.url,
                "max_wait": 0,
                "rate_limit": 0,
                "timeout": 5,
            }
            # A key for each: what a 429 says holds up everybody who uses the same.
            done = module(task, **options, api_key=f"wg_module_{seed}")
            assert "Traceback" not in done.output, (seed, task, done.output[-2000:])
            succeeded += not done.last.failed
            message = done.last.msg if done.last.failed else ""
            assert message.isprintable(), (seed, task)
            for char in ("\x1b", "\x07", "\x00", "\u202e"):
                assert char not in done.output.replace("\\u202e", ""), (seed, task)
    # Or nothing would have been tried.
    assert hosts > rounds // 4
    assert succeeded > 0
    assert not (tmp_path / "trap").exists()
    assert started == []
    assert memory() - before < 64
    for path in folder.rglob("*"):
        if path.suffix == ".conf":
            assert "PostUp" not in path.read_text(encoding="utf-8")
            assert path.read_text(encoding="utf-8").startswith("[Interface]")
    strange = {"asked", "cache", "trap"} & {path.name for path in tmp_path.iterdir()}
    assert strange <= {"asked", "cache"}
