# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The report: one page on all servers, who is online, the traffic, the port forwards, and the drift."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from .._model import PortForward, User
from .._planning.drift import Difference, Drift
from . import figures, style, table
from .account import Report, ServerPart
from .html import Html, page, tag

_SIGNS = {"create": "+", "delete": "\N{MINUS SIGN}"}
_VERBS = {"create": "to be created", "delete": "to be deleted"}

# What looks like one is not broken over two lines.
_IP_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{1,45}", re.ASCII)


def report_page(report: Report) -> str:
    """The page. It holds nothing that comes from elsewhere, and no secrets."""
    return page(
        "WireGuard servers",
        style.REPORT,
        style.SORTING,
        tag("header", _heading(report), _totals(report)),
        tag(
            "main",
            _missing(report.missing),
            _overview(report) if len(report.parts) > 1 else None,
            [_server(part, report.at, report.most) for part in report.parts],
            None if report.parts else tag("p", "The account has no server.", class_="card"),
        ),
    )


def _heading(report: Report) -> list[Html]:
    switch = tag("label", tag("input", type="checkbox", id="absolute"), " Show times in full")
    at = tag("time", figures.absolute(report.at), datetime=report.at.isoformat())
    return [
        tag("h1", "WireGuard servers"),
        tag("p", "As of ", at, "; every age on this page counts from then.", class_="quiet"),
        tag("p", switch, class_="options screen"),
    ]


def _totals(report: Report) -> Html:
    count = report.summary()
    totals: list[tuple[str, str | Html]] = [
        ("Servers", f"{count['servers']:,}"),
        ("Online", f"{count['online']:,} of {count['users']:,}"),
        ("Port forwards", f"{count['port_forwards']:,}"),
        ("Received", figures.size(sum(part.received for part in report.parts))),
        ("Sent", figures.size(sum(part.sent for part in report.parts))),
    ]
    if report.declared:
        totals.append(("Drift", _drift_total(report)))
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in totals]
    return tag("dl", pairs, class_="totals")


def _drift_total(report: Report) -> Html:
    found = report.differences
    said = [figures.counted(found, "step")] * bool(found)
    said += [figures.counted(report.errors, "error")] * bool(report.errors)
    return tag("span", ", ".join(said) or "none", class_="drift" if said else "fits")


def _missing(missing: Sequence[str]) -> Html | None:
    if not missing:
        return None
    said = [tag("p", message, class_="drift") for message in missing]
    return tag("section", tag("h2", "Declared, but not found"), said, class_="card warning")


def _overview(report: Report) -> Html:
    most = max(max(part.received, part.sent) for part in report.parts)
    heads = [table.head("Server"), table.head("Online", down=True)]
    heads += [table.head("Port forwards", down=True), *table.traffic_heads()]
    heads += [table.head("Drift")] * report.declared
    rows = [
        table.row(
            table.first(
                tag("a", tag("bdi", part.server.shown_name()), href=f"#server-{part.server.id}"),
                part.server.shown_name(),
            ),
            table.cell("Online", f"{part.online:,} of {len(part.users):,}", sort=part.online),
            table.cell("Port forwards", len(part.forwards)),
            *table.traffic(part.received, part.sent, most),
            table.cell("Drift", _drift_word(part.drift)) if report.declared else None,
        )
        for part in report.parts
    ]
    shown = table.table("All servers", heads, rows)
    return tag("section", tag("h2", "All servers"), shown, class_="card")


def _drift_word(drift: Drift | None) -> Html:
    if drift is None:
        return tag("span", "not declared", class_="quiet")
    if drift.error:
        return tag("span", "unknown", class_="drift")
    if drift.differences:
        return tag("span", figures.counted(len(drift.differences), "step"), class_="drift")
    return tag("span", "none", class_="fits")


def _server(part: ServerPart, at: datetime, most: int) -> Html:
    server, name = part.server, part.server.shown_name()
    told = [server.hostname, server.ip, f"id {server.id}"]
    known = [tag("bdi", one) for one in told if one and one != name]
    facts = [piece for one in known for piece in (" \N{MIDDLE DOT} ", one)][1:]
    head = tag("div", tag("h2", tag("bdi", name)), tag("p", facts, class_="quiet"), class_="head")
    return tag(
        "section",
        head,
        _drift(part.drift),
        _users(part, at, most),
        _forwards(part),
        class_="card",
        id=f"server-{server.id}",
    )


def _drift(drift: Drift | None) -> list[Any]:
    if drift is None:
        return []
    if drift.error:
        return [tag("h3", "Drift"), tag("p", "It can't be told: ", drift.error, class_="drift")]
    if not drift.differences:
        return [tag("p", "\N{CHECK MARK} As declared", class_="fits")]
    count = figures.counted(len(drift.differences), "step")
    changes = [_change(one) for one in drift.differences]
    return [tag("h3", f"Drift: {count} to what is declared"), tag("ul", changes, class_="changes")]


def _change(one: Difference) -> Html:
    sign = tag("span", _SIGNS.get(one.action, "~"), class_="sign", aria_hidden="true")
    what = ["user ", tag("bdi", one.name)]
    if one.kind != "user":
        what = ["port forward ", tag("bdi", one.what), " of ", *what]
    verb = _VERBS.get(one.action, one.action)
    return tag("li", sign, what, tag("span", f", {verb}", class_="quiet"))


def _users(part: ServerPart, at: datetime, most: int) -> list[Html]:
    title = f"{figures.counted(len(part.users), 'user')}, {part.online:,} online"
    if not part.users:
        return [tag("h3", "Users"), tag("p", "None.", class_="quiet")]
    heads = [
        table.head("User"),
        table.head("Status", down=True),
        table.head("Last seen", down=True),
        *table.traffic_heads(),
        table.head("Port forwards", down=True),
        table.head("Address"),
    ]
    rows = [
        table.row(
            table.first(tag("bdi", user.client_name), user.client_name),
            _status(user),
            _seen(user, at),
            *table.traffic(user.rx_bytes, user.tx_bytes, most),
            table.cell("Port forwards", _ports(rules), sort=len(rules)),
            _address(user.client_ip or figures.UNKNOWN),
        )
        for user, rules in sorted(part.users, key=lambda one: one[0].client_name.casefold())
    ]
    return [tag("h3", title), table.table(f"Users of {part.server.shown_name()}", heads, rows)]


def _status(user: User) -> Html:
    if user.online is None:
        return table.cell("Status", figures.UNKNOWN, sort=0)
    if user.online:
        shown = tag("span", "\N{BLACK CIRCLE} online", class_="online")
        return table.cell("Status", shown, sort=2)
    return table.cell("Status", tag("span", "\N{WHITE CIRCLE} offline", class_="quiet"), sort=1)


def _seen(user: User, at: datetime) -> Html:
    seen = figures.time_of(user.last_seen)
    if isinstance(seen, str):
        return table.cell("Last seen", tag("bdi", seen), sort="")
    both = [
        tag("span", figures.age(seen, at), class_="relative"),
        tag("span", figures.absolute(seen), class_="absolute"),
    ]
    shown = tag("time", both, datetime=seen.isoformat(), title=figures.absolute(seen))
    return table.cell("Last seen", shown, sort=seen.isoformat())


def _address(address: str) -> Html:
    kind = "whole" if _IP_ADDRESS.fullmatch(address) else None
    return table.cell("Address", tag("code", address, class_=kind))


def _ports(rules: Iterable[PortForward]) -> Html | None:
    ports = sorted({rule.external_port for rule in rules})
    return tag("span", ", ".join(map(str, ports)), class_="number") if ports else None


def _forwards(part: ServerPart) -> list[Html]:
    if not part.users:
        return []
    forwards = part.forwards
    if not forwards:
        return [tag("h3", "Port forwards"), tag("p", "None.", class_="quiet")]
    heads = [
        table.head(one) for one in ("Port", "Protocol", "Leads to", "There", "Comment", "Status")
    ]
    rows = [
        table.row(
            table.first(f"{rule.external_port}", rule.external_port),
            table.cell("Protocol", "tcp and udp" if rule.protocol == "both" else rule.protocol),
            table.cell("Leads to", tag("bdi", user.client_name)),
            table.cell("There", rule.internal_port),
            table.cell("Comment", tag("bdi", rule.comment) if rule.comment else None, wide=True),
            table.cell("Status", tag("bdi", rule.status) if rule.status is not None else None),
        )
        for rule, user in forwards
    ]
    title = figures.counted(len(forwards), "port forward")
    return [
        tag("h3", title),
        table.table(f"Port forwards of {part.server.shown_name()}, by port", heads, rows),
    ]
