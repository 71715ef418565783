# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What stands on servers as a declaration: the YAML that a person would have written.

Users by name, port forwards by port, nothing that is a default anyway. Read back through Ansible's
loader and its templating, every text is what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from ..module_utils._errors import DeclarationError
from ..module_utils._planning.desired import Desired, DesiredForward, DesiredUser
from ..module_utils._planning.validation import validate
from ..module_utils._text import show

HEAD = """\
---
# What stood on these servers when this was written. Change it, and converge the servers to it:
#   ansible-playbook premiervpn.wireguard.converge -e @THIS_FILE
# purge_users: true and purge_port_forwards: true, beside users, remove what is not in here.
wg_servers_declared:"""

# What Ansible would render, or take for an order to render with other signs.
_TEMPLATE = re.compile(r"{[{%#]|^#jinja2:")
# Texts that look like a number or a time, whether or not YAML 1.1 takes them for one.
_NUMBER = re.compile(r"[-+.\d][-+.,:_\da-fA-FoxX]*")
_ONE_LINE = 10**9
"""A width that no text reaches: YAML's writer breaks longer lines."""


def declaration(
    servers: Iterable[Mapping[str, Any]], users: Iterable[Mapping[str, Any]]
) -> tuple[str, list[str]]:
    """(the declaration as YAML, what stands there and can't be declared).

    ``servers`` as ``wg_server_info`` returns them, ``users`` as ``wg_user_info`` does, with
    ``server`` and ``port_forwards``. What can't be declared is a comment in the text.
    """
    lines: list[str] = []
    left_out: list[str] = []
    users = sorted(users, key=lambda user: str(user["client_name"]))
    for server in sorted(servers, key=lambda server: int(server["assignment_id"])):
        number = int(server["assignment_id"])
        lines.append(f"  - server: {number}{_called(server)}")
        theirs = [user for user in users if user["server"] == number]
        lines.append("    users:" if theirs else "    users: []")
        for user in theirs:
            written, problems = _user(user)
            lines += written
            left_out += [f"server {number}: {problem}" for problem in problems]
    return "\n".join([HEAD, *lines] if lines else [f"{HEAD} []"]) + "\n", left_out


def scalar(text: str) -> str:
    """A text as YAML for one line, with as few quotes as it takes, and never a template."""
    if _TEMPLATE.search(text):
        return f"!unsafe {_quoted(text)}"
    return _quoted(text) if _NUMBER.fullmatch(text) or not text.isprintable() else _yaml(text)


def _quoted(text: str) -> str:
    return _yaml(text, "'" if text.isprintable() else '"')


def _yaml(text: str, style: str | None = None) -> str:
    # Ansible's own kinds of text are none that YAML's writer knows.
    plain = "".join(map(chr, map(ord, text)))
    # Inside a list: what stands between braces needs more quotes than what stands alone.
    written = yaml.safe_dump(
        [plain], default_flow_style=True, default_style=style, allow_unicode=True, width=_ONE_LINE
    )
    return str(written).strip()[1:-1]


def _called(server: Mapping[str, Any]) -> str:
    known = server.get("name") or server.get("hostname") or server.get("ip")
    return f"  # {show(known, 80)}" if known else ""


def _user(user: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    name = str(user["client_name"])
    problems = _problems(DesiredUser(name))
    if problems:
        return [f"      # left out: {problem}" for problem in problems], problems
    lines = [f"      - name: {scalar(name)}"]
    rules = user.get("port_forwards")
    if rules is None:
        return lines, []
    written, problems = _forwards(name, rules)
    lines.append("        port_forwards:" if written else "        port_forwards: []")
    return [*lines, *written, *(f"          # left out: {p}" for p in problems)], problems


def _forwards(name: str, rules: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    written: list[str] = []
    left_out: list[str] = []
    for rule in sorted(rules, key=lambda rule: (rule["external_port"], rule["protocol"])):
        comment = rule["comment"] or None
        forward = DesiredForward(
            rule["external_port"], rule["internal_port"], rule["protocol"], comment
        )
        problems = _problems(DesiredUser(name, port_forwards=(forward,)))
        if problems:
            left_out += problems
        else:
            written.append(f"          - {{{', '.join(_forward(forward))}}}")
    return written, left_out


def _forward(forward: DesiredForward) -> list[str]:
    parts = [f"external_port: {forward.external_port}", f"internal_port: {forward.internal_port}"]
    if forward.protocol != "tcp":
        parts.append(f"protocol: {forward.protocol}")
    if forward.comment:
        parts.append(f"comment: {scalar(forward.comment)}")
    return parts


def _problems(user: DesiredUser) -> list[str]:
    comments = [forward.comment for forward in user.port_forwards or () if forward.comment]
    problems = [
        f"user {user.client_name!r}: a comment holds half a character"
        for comment in comments
        if not _encodable(comment)
    ]
    try:
        validate(Desired((user,)))
    except DeclarationError as exc:
        problems += exc.problems
    return problems


def _encodable(text: str) -> bool:
    """Whether a file can hold the text: JSON can bring a half of a character, UTF-8 can't."""
    return not any("\ud800" <= char <= "\udfff" for char in text)
