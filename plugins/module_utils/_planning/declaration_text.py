# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A declaration as the YAML that a person would have written. Pure, and without a library for YAML.

A host that modules run on need not have one. Plain YAML: no tags, so that any program can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._text import show, visible
from .adopting import Adopted

HEAD = """\
---
# The users and port forwards of your servers. Change this file, then make the servers match it:
#   ansible-playbook premiervpn.wireguard.converge -e @THIS_FILE
# To remove what is not in here, add purge_users: true and purge_port_forwards: true beside users.
wg_servers_declared:
"""
"""The first lines of every such file."""

# Text that no YAML takes for anything else: words, with what stands between them.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()+-]*[\w)])?")
_WORDS = frozenset({"y", "yes", "n", "no", "true", "false", "on", "off", "null"})


def declaration_text(adopted: Iterable[Adopted]) -> str:
    """The file that holds ``wg_servers_declared``."""
    return HEAD + "".join(f"{line}\n" for one in adopted for line in _server(one))


def scalar(text: str) -> str:
    """A text as YAML, with as few quotes as it takes. What a reader would not see stands as its number."""
    seen = visible(text, blanks=False) == text
    if seen and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if seen:
        quoted = text.replace("'", "''")
        return f"'{quoted}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{visible(escaped, blanks=False)}"'  # YAML knows these numbers


def _server(one: Adopted) -> list[str]:
    server = one.server
    name = server.name or server.hostname or server.ip
    called = f"  # {show(name, 80)}" if name else ""
    users = one.declaration()["users"]
    return [
        f"  - server: {server.id}{called}",
        "    users:" if users else "    users: []",
        *(line for user in users for line in _user(user)),
        *(f"    # left out: {show(problem, 500)}" for problem in one.left_out),
    ]


def _user(user: Mapping[str, Any]) -> list[str]:
    rules = user["port_forwards"]
    return [
        f"      - name: {scalar(user['name'])}",
        "        port_forwards:" if rules else "        port_forwards: []",
        *(f"          - {{{', '.join(_fields(rule))}}}" for rule in rules),
    ]


def _fields(rule: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {scalar(value) if name == 'comment' else value}" for name, value in rule.items()
    ]
