# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal that means harm: by every text that it can send, in every field of every answer and in every header."""

from __future__ import annotations

import http.server
import json
import random
import threading
from pathlib import Path
from typing import Any

KEY = "YAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
CONF = f"""[Interface]
PrivateKey = {KEY}
Address = 10.66.66.2/32

[Peer]
PublicKey = {KEY}
Endpoint = 192.0.2.5:51820
AllowedIPs = 0.0.0.0/0
"""


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


LISTED_USER: dict[str, Any] = {
    "id": 101,
    "client_name": "web",
    "client_ip": "10.66.66.2",
    "online": True,
    "last_seen": "2026-06-01T12:00:00Z",
    "rx_bytes": 1,
    "tx_bytes": 2,
}
USER = {
    **LISTED_USER,
    "config": CONF,
    "keys": {"client_public_key": KEY, "client_private_key": KEY},
    "note": "a",
    "ansible_connection": "ssh",
}
FORWARD: dict[str, Any] = {
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


LISTINGS = ("/servers", "/users", "/status", "/port-forwards")


def _sound(path: str) -> dict[str, Any]:
    """What is at this path."""
    made: dict[str, dict[str, Any]] = {"servers": SERVER, "port-forwards": FORWARD}
    return made.get(path.partition("?")[0].rpartition("/")[2], USER)


class Portal:
    """A portal that answers with one thing wrong in each answer, or in many; the same for a seed.

    ``calm``: with nothing wrong, and always so for the API key ``wg_calm``.
    """

    def __init__(self, trap: Path) -> None:
        self.chance = random.Random(0)
        self.calm = False
        self.listed: list[Any] = []
        self._values = hostile(trap)
        self._lock = threading.Lock()
        portal = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with portal._lock:
                    status, headers, body = portal.answer(
                        self.command, self.path, "wg_calm" in self.headers.get("Authorization", "")
                    )
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

    def answer(
        self, method: str, path: str, calm: bool = False
    ) -> tuple[int, dict[str, str], bytes]:
        if self.calm or calm:
            return self._calm_answer(method, path)
        few = self.chance.random() < 0.8
        spoil = self.chance.random() < 0.7
        item = self._spoilt(_sound(path), few) if spoil else _sound(path)
        body: Any = item
        if path.endswith(LISTINGS) and method == "GET":
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

    def _calm_answer(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        item = _sound(path)
        listed = path.endswith(LISTINGS) and method == "GET"
        if listed and path.endswith("/users"):
            self.listed.append(item)
        return 200, {}, json.dumps([item] if listed else item).encode()

    def _headers(self) -> dict[str, str]:
        found = {}
        if self.chance.random() < 0.3:
            value = str(self.chance.choice(self._values))[:4000]
            # What no header can hold never leaves a server.
            safe = "".join(char if " " <= char <= "\xff" else "?" for char in value)
            found[self.chance.choice(HEADERS)] = safe
        return found
