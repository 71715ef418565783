# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What stands on servers as a declaration that converge accepts, and that then differs in nothing. Pure.

What no declaration may hold is left out, each with a sentence. Where two users have one name, or two
rules lead one port to two places, both are left out: to declare one would be to remove the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import DeclarationError
from .._model import PortForward, Server, User
from .._text import may_be_rendered, show, visible
from .desired import Desired, DesiredForward, DesiredUser
from .validation import MAX_COMMENT, validate

Listed = Sequence[tuple[User, Sequence[PortForward]]]


@dataclass(frozen=True)
class Adopted:
    """What can be declared of one server, and a sentence on each thing that can't."""

    server: Server
    users: list[DesiredUser]
    left_out: list[str] = field(default_factory=list)

    def declaration(self) -> dict[str, Any]:
        """The entry of ``wg_servers_declared``, without what is a default anyway."""
        return {"server": self.server.id, "users": [_user(user) for user in self.users]}


def adopted(server: Server, listed: Listed) -> Adopted:
    """What can be declared of a server with these users and rules, in a stable order."""
    left_out: list[str] = []
    named = Counter(user.client_name for user, _rules in listed)
    twice = sorted(name for name, count in named.items() if count > 1)
    left_out += [
        f"user {show(name, 80)!r}: the portal lists {named[name]} of that name" for name in twice
    ]
    contested = _contested(listed)
    users = []
    for user, rules in sorted(listed, key=lambda one: one[0].client_name):
        name = user.client_name
        problems = _problems(DesiredUser(name))
        left_out += problems
        if problems or named[name] > 1:
            continue
        made, not_adopted = _forwards(name, rules, contested)
        left_out += not_adopted
        users.append(DesiredUser(name, port_forwards=made))
    validate(Desired(tuple(users)))
    return Adopted(server, users, left_out)


def _forwards(
    name: str, rules: Iterable[PortForward], contested: set[tuple[int, str]]
) -> tuple[tuple[DesiredForward, ...], list[str]]:
    made: list[DesiredForward] = []
    left_out: list[str] = []
    for rule in sorted(rules, key=lambda rule: (rule.external_port, rule.protocol)):
        what = f"user {show(name, 80)!r}: {rule.text()}"
        if any((rule.external_port, protocol) in contested for protocol in rule.protocols):
            left_out.append(f"{what}: another rule leads the same port elsewhere")
            continue
        comment, why = _comment(rule.comment)
        forward = DesiredForward(rule.external_port, rule.internal_port, rule.protocol, comment)
        problems = _problems(DesiredUser(name, port_forwards=(forward,)))
        left_out += problems
        if problems:
            continue
        # Two rules that say the same are declared once.
        made += [forward] * (forward not in made)
        left_out += [f"the comment of {what}: {why}"] if why else []
    return tuple(made), left_out


def _comment(text: str) -> tuple[str | None, str | None]:
    """A comment as it can be declared, or why it is not. What is not declared is left as it stands."""
    if not text.strip():
        return None, None
    if any("\ud800" <= char <= "\udfff" for char in text):
        return None, "it holds half a character"
    if may_be_rendered(text):
        return None, "Ansible would take it for a template"
    if len(text) > MAX_COMMENT:
        return None, f"it has more than {MAX_COMMENT} characters"
    return text, None


def _contested(listed: Listed) -> set[tuple[int, str]]:
    """The slots that rules lead to more than one place."""
    places: dict[tuple[int, str], set[tuple[Any, ...]]] = {}
    for user, rules in listed:
        for rule in rules:
            place = (user.id, rule.internal_port, rule.comment.strip())
            for protocol in rule.protocols:
                places.setdefault((rule.external_port, protocol), set()).add(place)
    return {slot for slot, found in places.items() if len(found) > 1}


def _problems(user: DesiredUser) -> list[str]:
    try:
        validate(Desired((user,)))
    except DeclarationError as exc:
        return exc.problems
    return []


def _user(user: DesiredUser) -> dict[str, Any]:
    return {
        "name": user.client_name,
        "port_forwards": [_forward(forward) for forward in user.port_forwards or ()],
    }


def _forward(forward: DesiredForward) -> dict[str, Any]:
    made: dict[str, Any] = {
        "external_port": forward.external_port,
        "internal_port": forward.internal_port,
    }
    if forward.protocol != "tcp":
        made["protocol"] = forward.protocol
    if forward.comment:
        made["comment"] = forward.comment
    return made


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
    """The file that holds ``wg_servers_declared``, as a person would have written it.

    Plain YAML without tags, for any program to read; made without a library, which a host that modules run
    on need not have.
    """
    return HEAD + "".join(f"{line}\n" for one in adopted for line in _server_lines(one))


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


def _server_lines(one: Adopted) -> list[str]:
    server = one.server
    name = server.name or server.hostname or server.ip
    called = f"  # {show(name, 80)}" if name else ""
    users = one.declaration()["users"]
    return [
        f"  - server: {server.id}{called}",
        "    users:" if users else "    users: []",
        *(line for user in users for line in _user_lines(user)),
        *(f"    # left out: {show(problem, 500)}" for problem in one.left_out),
    ]


def _user_lines(user: Mapping[str, Any]) -> list[str]:
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
