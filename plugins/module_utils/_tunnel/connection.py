# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The connection that a task came by, and whether it is younger than the start of a tunnel.

A connection that was open before says nothing: packets of it may pass where those of a new one don't. So the
process that serves it is looked for among our parents, and its age counts. That holds whatever keeps
connections open on the other side. Times are those of /proc: in ticks since the host started.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from .system import read_text

_SERVERS = re.compile(r"(sshd|dropbear|tinysshd)")
BOOT_ID = "/proc/sys/kernel/random/boot_id"


@dataclass(frozen=True)
class Process:
    """A process; another one that gets its number later has another ``began``."""

    pid: int
    parent: int
    began: int
    name: str

    def __str__(self) -> str:
        return f"{self.pid}-{self.began}"


@dataclass(frozen=True)
class Connection:
    """What serves the connection, and the command in it that we are part of."""

    server: Process
    session: Process


def process(pid: int | str) -> Process | None:
    """A process of this host; None where there is none."""
    head, _bracket, rest = read_text(f"/proc/{pid}/stat").rpartition(")")
    words = rest.split()
    if len(words) < 20:
        return None
    number, _bracket, name = head.partition(" (")
    return Process(int(number), int(words[1]), int(words[19]), name)


def this_boot() -> str:
    """Another text after each start of the host; a container has the id of its host, so its first process counts."""
    first = process(1)
    return f"{read_text(BOOT_ID).strip()} {first.began if first else 0}"


def parents() -> list[Process]:
    """This process, its parent, and so on."""
    found: list[Process] = []
    pid = os.getpid()
    while pid > 0 and len(found) < 64:
        one = process(pid)
        if one is None:
            break
        found.append(one)
        pid = one.parent
    return found


def find(chain: list[Process] | None = None) -> Connection | None:
    """The ssh connection that we run by; None where it is another kind, which has no past."""
    chain = parents() if chain is None else chain
    for place, server in enumerate(chain):
        if _SERVERS.match(server.name):
            return Connection(server, chain[max(place - 1, 0)])
    # A server of another name leaves a variable, as every one does.
    inside = [one for one in chain if "SSH_CONNECTION=" in read_text(f"/proc/{one.pid}/environ")]
    if not inside:
        return None
    session = inside[-1]
    return Connection(process(session.parent) or session, session)


def session_name() -> str:
    """The session that we are part of, to be known again by."""
    found = find()
    return str(found.session) if found else ""


def is_older(started: int, session_of_start: str) -> bool:
    """Whether the connection was there when the tunnel had started.

    Where Ansible runs on the host itself, inside somebody's session, that session is the same for all tasks
    and not a way that Ansible came by.
    """
    found = find()
    if found is None or str(found.session) == session_of_start:
        return False
    return found.server.began <= started
