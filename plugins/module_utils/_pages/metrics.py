# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The report as metrics: a text that OpenMetrics and node_exporter's textfile collector both read.

The collector reads Prometheus's older format, in which a counter has another form than in OpenMetrics.
All families are gauges, which have the same in both. That fits: the portal's numbers fall when a user gets
new keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .._model import User
from .._text import show
from . import figures
from .account import Report, ServerPart

PREFIX = "premiervpn_wireguard_"
LONGEST_LABEL = 80

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """Samples of one meaning. A sample without a value is one that the portal did not give."""

    name: str
    help: str
    samples: Sequence[tuple[Labels, int | None]]

    def text(self) -> str:
        name = PREFIX + self.name
        lines = [f"# HELP {name} {self.help}", f"# TYPE {name} gauge"]
        lines += [
            f"{name}{_labels(labels)} {value}"
            for labels, value in self.samples
            if value is not None
        ]
        return "".join(f"{line}\n" for line in lines)


def metrics_text(report: Report) -> str:
    """The whole file."""
    families = [*_of_report(report), *_of_servers(report), *_of_users(report)]
    return "".join(family.text() for family in families) + "# EOF\n"


def _of_report(report: Report) -> Iterator[Family]:
    at = int(report.at.timestamp())
    yield Family("report_timestamp_seconds", "When the portal was asked.", [({}, at)])
    yield Family("servers", "Servers of the account.", [({}, len(report.parts))])
    if report.declared:
        yield Family(
            "servers_not_compared",
            "Declared servers that are missing or could not be compared.",
            [({}, report.errors)],
        )


def _of_servers(report: Report) -> Iterator[Family]:
    parts = [(_server_labels(part), part) for part in report.parts]
    yield Family("users", "Users.", [(x, len(part.users)) for x, part in parts])
    yield Family("users_online", "Users who are online.", [(x, part.online) for x, part in parts])
    yield Family("port_forwards", "Port forwards.", [(x, part.forwards) for x, part in parts])
    if report.declared:
        compared = [(x, part.drift) for x, part in parts if part.drift and not part.drift.error]
        yield Family(
            "drift_differences",
            "Steps that would bring the server to what is declared.",
            [(x, len(drift.differences)) for x, drift in compared],
        )


def _of_users(report: Report) -> Iterator[Family]:
    found = [one for part in report.parts for one in _users(part)]
    yield Family(
        "user_online",
        "Whether the user is online.",
        [(x, None if user.online is None else int(user.online)) for x, user, _count in found],
    )
    yield Family(
        "user_last_seen_timestamp_seconds",
        "When the user was last seen.",
        [(x, _seen(user)) for x, user, _count in found],
    )
    yield Family(
        "user_from_device_bytes",
        "What the server received from the device.",
        [(x, user.rx_bytes) for x, user, _count in found],
    )
    yield Family(
        "user_to_device_bytes",
        "What the server sent to the device.",
        [(x, user.tx_bytes) for x, user, _count in found],
    )
    yield Family(
        "user_port_forwards", "The user's port forwards.", [(x, count) for x, _user, count in found]
    )


def _users(part: ServerPart) -> Iterator[tuple[Labels, User, int]]:
    """Each user with labels that no other has: a series that is there twice spoils the whole file."""
    taken: set[str] = set()
    for user, rules in part.users:
        name = show(user.client_name, LONGEST_LABEL)
        while name in taken:
            name += f" ({user.id})"
        taken.add(name)
        yield {**_server_labels(part), "user": name}, user, len(rules)


def _server_labels(part: ServerPart) -> Labels:
    name = show(part.server.shown_name(), LONGEST_LABEL)
    return {"server": name, "server_id": str(part.server.id)}


def _seen(user: User) -> int | None:
    seen = figures.time_of(user.last_seen)
    return int(seen.timestamp()) if isinstance(seen, datetime) else None


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
