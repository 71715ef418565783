# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The report's table of users, each with its port forwards folded in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .._model import PortForward, User
from . import figures, table
from .account import ServerPart
from .html import Html, tag

# What looks like one is not broken over two lines.
_IP_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{1,45}", re.ASCII)
_ARROW = "\N{RIGHTWARDS ARROW}"
_USUAL_STATUS = "active"


def users_table(part: ServerPart, at: datetime, most: int) -> Html:
    """A row for each user. ``most`` is the number of bytes that the longest bar stands for."""
    heads = [
        table.head("User"),
        table.head("Last seen", down=True),
        *table.traffic_heads(),
        table.head("Port forwards", down=True),
        table.head("Address"),
    ]
    rows = [
        table.row(
            table.first(tag("bdi", user.client_name), user.client_name),
            _seen(user, at),
            *table.traffic(user.rx_bytes, user.tx_bytes, most),
            table.cell("Port forwards", _forwards(rules), sort=len(rules), kind="ports"),
            _address(user.client_ip or figures.UNKNOWN),
            id=row_id(user),
            data_online=user.online is True,
        )
        for user, rules in sorted(part.users, key=lambda one: one[0].client_name.casefold())
    ]
    return table.table(f"Users of {part.server.shown_name()}", heads, rows, "users")


def row_id(user: User) -> str | None:
    """What a link to the user's row leads to; None for a user without an id."""
    return f"user-{user.id}" if user.id is not None else None


def _seen(user: User, at: datetime) -> Html:
    seen = figures.time_of(user.last_seen)
    online = [tag("span", "\N{BLACK CIRCLE} online", class_="online"), " "] if user.online else []
    if isinstance(seen, datetime):
        both = [
            tag("span", figures.age(seen, at), class_="relative"),
            tag("span", figures.absolute(seen), class_="absolute"),
        ]
        shown: Any = tag("time", both, datetime=seen.isoformat(), title=figures.absolute(seen))
        sort = seen.isoformat()
    else:
        # "never" is known of a user whose status the portal gave, and of no other.
        known = user.online is False or (seen != figures.NEVER)
        shown = tag("bdi", seen if known else figures.UNKNOWN)
        shown, sort = (None if user.online and not known else shown), ""
    # Who is online comes before everybody who was seen at any time.
    return table.cell(
        "Last seen", [*online, shown], sort=f"{'z' * bool(user.online)}{sort}", kind="seen"
    )


def _address(address: str) -> Html:
    kind = "whole" if _IP_ADDRESS.fullmatch(address) else None
    return table.cell("Address", tag("code", address, class_=kind), kind="address")


def _forwards(rules: Sequence[PortForward]) -> Html | None:
    if not rules:
        return None
    ordered = sorted(rules, key=lambda rule: (rule.external_port, rule.protocol))
    ports = ", ".join(dict.fromkeys(str(rule.external_port) for rule in ordered))
    unusual = sum(_unusual(rule) for rule in rules)
    warning = tag("span", f" {unusual:,} not active", class_="drift") if unusual else None
    return tag(
        "details",
        tag("summary", tag("span", ports, class_="figure"), warning),
        tag("ul", [_forward(rule) for rule in ordered], class_="forwards"),
    )


def _forward(rule: PortForward) -> Html:
    protocol = "tcp+udp" if rule.protocol == "both" else rule.protocol
    leads = tag(
        "span", f"{rule.external_port}/{protocol} {_ARROW} {rule.internal_port}", class_="whole"
    )
    comment = [" ", tag("bdi", rule.comment)] if rule.comment else []
    status = [" ", tag("bdi", rule.status, class_="drift")] if _unusual(rule) else []
    return tag("li", leads, comment, status)


def _unusual(rule: PortForward) -> bool:
    """Whether the status is one to show. Nothing is said of what is as it should be."""
    return rule.status is not None and str(rule.status).strip().casefold() != _USUAL_STATUS
