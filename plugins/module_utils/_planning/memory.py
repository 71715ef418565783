# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What is remembered of the port forwards of a server's users, and who has to be looked at again. Pure.

A look is only as good as nothing was written after it. So whoever writes to a user marks it first, and
the mark keeps a look of another task, begun before that, from being remembered. Times are in seconds.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._model import PROTOCOLS, PortForward
from .current import Current
from .desired import Desired, DesiredForward, DesiredUser

FORMAT = "premiervpn.wireguard looks 1"

# The most that a file holds. What is more is looked at.
MOST_CHARACTERS = 2_000_000

# For how long a mark counts whose task never said that it has ended: it may have been killed.
WRITING_SECONDS = 6 * 3600.0
# For how long a write is remembered, in case a task that looked before it is still at work.
WRITTEN_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Look:
    """A user as it was seen. ``at`` is when the look began, ``declared`` the digest of its declaration then."""

    id: int
    at: float
    declared: str
    rules: tuple[PortForward, ...]


@dataclass(frozen=True)
class Memory:
    """What is remembered of one server, by client name.

    ``writing`` are the users that tasks write to now, each with the task's token and when it began.
    ``written`` is when a task had ended that wrote to a user.
    """

    looks: Mapping[str, Look] = field(default_factory=dict)
    writing: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    written: Mapping[str, float] = field(default_factory=dict)

    def begun(self, names: Collection[str], token: str, now: float) -> Memory:
        """A task is about to write to these users: what was seen of them counts no more."""
        looks = {name: look for name, look in self.looks.items() if name not in names}
        marks = {name: {**self.writing.get(name, {}), token: now} for name in names}
        return replace(self, looks=looks, writing={**self.writing, **marks})

    def ended(
        self, names: Collection[str], token: str, now: float, looks: Mapping[str, Look]
    ) -> Memory:
        """The task has ended; ``names`` are the users it wrote to, ``looks`` what it saw or made."""
        writing = {
            name: others
            for name, marks in self.writing.items()
            if (others := {key: at for key, at in marks.items() if key != token})
        }
        kept = {name: look for name, look in self.looks.items() if name not in names}
        free = replace(self, writing=writing)
        for name, look in looks.items():
            if free._may_be_remembered(name, look, now):
                kept[name] = look
            else:
                kept.pop(name, None)
        return replace(free, looks=kept, written={**self.written, **dict.fromkeys(names, now)})

    def pruned(self, now: float) -> Memory:
        """Without the marks that count no more."""
        writing = {
            name: alive
            for name, marks in self.writing.items()
            if (alive := {key: at for key, at in marks.items() if _is_alive(at, now)})
        }
        fresh = {name: at for name, at in self.written.items() if 0 <= now - at <= WRITTEN_SECONDS}
        return replace(self, writing=writing, written=fresh)

    def _may_be_remembered(self, name: str, look: Look, now: float) -> bool:
        """Whether nobody else writes to the user, or wrote to it after the look had begun."""
        marks = self.writing.get(name, {}).values()
        return not any(_is_alive(at, now) for at in marks) and self.written.get(name, -1) < look.at


def _is_alive(at: float, now: float) -> bool:
    # A time to come: the clock was set back.
    return at > now or now - at <= WRITING_SECONDS


def digests(desired: Desired, current: Current) -> dict[str, str]:
    """The declared part of each user whose port forwards are declared, as a digest.

    Whether a device is online is part of it where what is declared depends on that.
    """
    online = {name: user.online for name, user in current.users.items()}
    return {
        user.client_name: _digest(user, desired.purge_port_forwards, online.get(user.client_name))
        for user in desired.users
        if user.present and user.port_forwards is not None
    }


def _digest(user: DesiredUser, purge: bool, online: bool | None) -> str:
    rules = sorted(repr(_facts(rule, online)) for rule in user.port_forwards or ())
    return hashlib.sha256(repr((purge, rules)).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _facts(rule: DesiredForward, online: bool | None) -> tuple[Any, ...]:
    depends = (True, online) if rule.while_online else ()
    return (
        rule.external_port,
        rule.internal_port,
        rule.protocol,
        rule.comment,
        rule.present,
        *depends,
    )


def to_look_at(
    memory: Memory,
    names: Iterable[str],
    desired: Desired,
    current: Current,
    *,
    ports: Collection[int] = (),
    now: float,
) -> set[str]:
    """Of these users, all of whom there are, those whose rules have to be listed.

    Those that are not remembered as they are declared now, or not recently, and those who may hold a port
    that one of these wants, or one of ``ports``.
    """
    declared = digests(desired, current)
    found = {
        name
        for name in names
        if not _is_known(memory.looks.get(name), current.users[name].id, declared.get(name))
        or not _is_recent(name, memory.looks[name].at, now, desired.max_age)
    }
    wanted = {*ports, *_ports(desired, found, current)}
    holders = {
        name for name in names if name in memory.looks and _holds(memory.looks[name], wanted)
    }
    return found | holders


def _is_known(look: Look | None, user_id: int | None, declared: str | None) -> bool:
    return look is not None and look.id == user_id and look.declared == declared


def _is_recent(name: str, at: float, now: float, max_age: float) -> bool:
    """Whether a look is not due. Spread by the name: from half of that age on."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return 0 <= now - at < max_age * (0.5 + 0.5 * number / 2**32)


def _ports(desired: Desired, changed: Collection[str], current: Current) -> set[int]:
    """The ports that the declarations of changed and of new users are about."""
    return {
        rule.external_port
        for user in desired.users
        if user.client_name in changed or user.client_name not in current.users
        for rule in user.port_forwards or ()
    }


def _holds(look: Look, ports: Collection[int]) -> bool:
    return any(rule.external_port in ports for rule in look.rules)


def memory_text(memory: Memory, portal: str, server: int) -> str:
    """The text of a file. What does not fit is left out, the oldest looks first."""
    looks = sorted(memory.looks.items(), key=lambda item: item[1].at)
    while True:
        text = json.dumps(
            {
                "format": FORMAT,
                "portal": portal,
                "server": server,
                "looks": {name: _look_data(look) for name, look in looks},
                "writing": memory.writing,
                "written": memory.written,
            }
        )
        if len(text) <= MOST_CHARACTERS or not looks:
            return text
        looks = looks[len(looks) // 2 + 1 :]


def _look_data(look: Look) -> dict[str, Any]:
    rules = [
        [
            *(rule.id, rule.external_port, rule.internal_port, rule.protocol, rule.comment),
            *(_plain(rule.status), _plain(rule.created_at)),
        ]
        for rule in look.rules
    ]
    return {"id": look.id, "at": look.at, "declared": look.declared, "rules": rules}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int)) or _is_text(value) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


def read_memory(text: str, portal: str, server: int) -> Memory:
    """What a file holds. Raises a ``ValueError`` for one that is not of this portal, key and server."""
    try:
        data = json.loads(text)
        if (data["format"], data["portal"], data["server"]) != (FORMAT, portal, server):
            raise ValueError("another's")
        return Memory(
            {str(name): _look(look) for name, look in data["looks"].items()},
            {
                str(name): {str(key): _time(at) for key, at in marks.items()}
                for name, marks in data["writing"].items()
            },
            {str(name): _time(at) for name, at in data["written"].items()},
        )
    except (TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise ValueError("not a memory of looks") from exc


def _look(data: Mapping[str, Any]) -> Look:
    declared = data["declared"]
    if not isinstance(declared, str):
        raise TypeError("declared")
    return Look(
        _number(data["id"]), _time(data["at"]), declared, tuple(_rule(*x) for x in data["rules"])
    )


def _rule(
    number: Any, external: Any, internal: Any, protocol: Any, comment: Any, status: Any, made: Any
) -> PortForward:
    if protocol not in PROTOCOLS or not isinstance(comment, str):
        raise TypeError("rule")
    ports = (_number(external), _number(internal))
    return PortForward(_number(number), *ports, protocol, comment, _plain(status), _plain(made))


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("number")
    return value


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise TypeError("time")
    return float(value)
