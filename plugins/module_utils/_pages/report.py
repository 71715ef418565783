# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The report: one page on all servers, what needs attention, and the users with traffic and port forwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .._planning.drift import Difference, Drift
from . import figures, report_look, table
from .account import Report, ServerPart
from .attention import Entry, Group, groups
from .html import Html, page, tag
from .users import row_id, users_table

_SIGNS = {"create": "+", "delete": "\N{MINUS SIGN}"}
_VERBS = {
    ("create", "user"): "to be created",
    ("create", "port_forward"): "to be created",
    ("delete", "user"): "to be deleted",
    ("delete", "port_forward"): "to be deleted",
    ("replace", "user"): "to be given new keys, as a revoked one is in use",
    ("replace", "port_forward"): "to be replaced by ",
}

# So many of a group are shown; the others are folded.
_SHOWN = 10

_LEGEND = (
    "Bars are logarithmic: an eighth shorter is a tenth of the traffic. \N{LEFT DOUBLE QUOTATION MARK}443/tcp"
    " \N{RIGHTWARDS ARROW} 8443\N{RIGHT DOUBLE QUOTATION MARK} means: port 443 of the server leads to port"
    " 8443 of the device."
)


def report_page(report: Report) -> str:
    """The page. It holds nothing that comes from elsewhere, and no secrets."""
    return page(
        "WireGuard servers",
        report_look.STYLE,
        report_look.SCRIPT,
        tag("header", _heading(report), _totals(report)),
        _tools(report) if report.summary()["users"] else None,
        tag(
            "main",
            _missing(report.missing),
            _attention(report),
            _overview(report) if len(report.parts) > 1 else None,
            [_server(part, report.at, report.most) for part in report.parts],
            None if report.parts else tag("p", "The account has no server.", class_="card"),
        ),
    )


def _heading(report: Report) -> list[Html]:
    at = tag("time", figures.absolute(report.at), datetime=report.at.isoformat())
    return [
        tag("h1", "WireGuard servers"),
        tag("p", "As of ", at, ". Ages count from then. ", _LEGEND, class_="quiet"),
    ]


def _tools(report: Report) -> Html:
    """What filters the users. The search needs the script, which shows it; the switches need none."""
    users = report.summary()["users"] or 0
    search = tag("input", type="search", id="search", autocomplete="off", spellcheck="false")
    return tag(
        "div",
        tag("label", "Search ", search, class_="search", hidden=True),
        tag("label", tag("input", type="checkbox", id="online"), " Online only"),
        tag("label", tag("input", type="checkbox", id="absolute"), " Exact times"),
        tag("span", figures.counted(users, "user"), id="found", role="status", class_="quiet"),
        class_="tools screen",
        role="search",
        aria_label="Users",
    )


def _totals(report: Report) -> Html:
    count = report.summary()
    totals: list[tuple[str, str | Html]] = [
        ("Servers", f"{count['servers']:,}"),
        ("Online", f"{count['online']:,} of {count['users']:,}"),
        ("Port forwards", f"{count['port_forwards']:,}"),
        ("From devices", figures.size(sum(part.from_devices for part in report.parts))),
        ("To devices", figures.size(sum(part.to_devices for part in report.parts))),
    ]
    if report.declared:
        totals.append(("Differences", _marked(report.differences)))
    if report.errors:
        totals.append(("Not compared", _marked(report.errors)))
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in totals]
    return tag("dl", pairs, class_="totals")


def _marked(count: int) -> Html:
    return tag("span", f"{count:,}", class_="drift" if count else "fits")


def _missing(missing: Sequence[str]) -> Html | None:
    if not missing:
        return None
    messages = [tag("p", message, class_="drift") for message in missing]
    return tag("section", tag("h2", "Declared, but not found"), messages, class_="card warning")


def _attention(report: Report) -> Html | None:
    drifting = [part for part in report.parts if part.drift and _drifts(part.drift)]
    blocks = [_drifting(drifting)] * bool(drifting)
    blocks += [_group(group) for group in groups(report)]
    if not blocks:
        return None
    title = tag("h2", "Needs attention")
    shown = tag("div", blocks, class_="groups")
    return tag("section", title, shown, class_="card overall attention")


def _drifts(drift: Drift) -> bool:
    return bool(drift.error or drift.differences)


def _drifting(parts: Sequence[ServerPart]) -> Html:
    items = [tag("li", _server_link(part), ": ", _drift_word(part.drift)) for part in parts]
    return tag(
        "div", tag("h3", f"Drift: {figures.counted(len(parts), 'server')}"), tag("ul", items)
    )


def _group(group: Group) -> Html:
    items = [_entry(entry) for entry in group.entries]
    more = len(items) - _SHOWN
    return tag(
        "div",
        tag("h3", group.title if group.ranking else f"{group.title}: {len(items):,}"),
        tag("ul", items[:_SHOWN]),
        tag("details", tag("summary", f"{more:,} more"), tag("ul", items[_SHOWN:]))
        if more > 0
        else None,
    )


def _entry(entry: Entry) -> Html:
    name, row = tag("bdi", entry.user.client_name), row_id(entry.user)
    user = tag("a", name, href=f"#{row}") if row else name
    note = f", {entry.note}" if entry.note else ""
    server = tag("bdi", entry.server.shown_name())
    return tag("li", user, tag("span", " on ", server, note, class_="quiet"))


def _overview(report: Report) -> Html:
    most = max(max(part.from_devices, part.to_devices) for part in report.parts)
    heads = [table.head("Server"), table.head("Online", down=True)]
    heads += [table.head("Port forwards", down=True), *table.traffic_heads()]
    heads += [table.head("Drift")] * report.declared
    rows = [
        table.row(
            table.first(_server_link(part), part.server.shown_name()),
            table.cell("Online", f"{part.online:,} of {len(part.users):,}", sort=part.online),
            table.cell("Port forwards", part.forwards),
            *table.traffic(part.from_devices, part.to_devices, most),
            table.cell("Drift", _drift_word(part.drift)) if report.declared else None,
        )
        for part in report.parts
    ]
    shown = table.table("All servers", heads, rows)
    return tag("section", tag("h2", "All servers"), shown, class_="card overall")


def _server_link(part: ServerPart) -> Html:
    return tag("a", tag("bdi", part.server.shown_name()), href=f"#server-{part.server.id}")


def _drift_word(drift: Drift | None) -> Html:
    if drift is None:
        return tag("span", "not declared", class_="quiet")
    if drift.error:
        return tag("span", "unknown", class_="drift")
    if drift.differences:
        count = figures.counted(len(drift.differences), "difference")
        return tag("span", count, class_="drift")
    return tag("span", "none", class_="fits")


def _server(part: ServerPart, at: datetime, most: int) -> Html:
    server = part.server
    names = dict.fromkeys(x for x in (server.hostname, server.ip) if x and x != server.shown_name())
    where = [tag("bdi", name, class_="quiet") for name in names]
    count = f"{figures.counted(len(part.users), 'user')}, {part.online:,} online"
    return tag(
        "details",
        tag(
            "summary",
            tag("h2", tag("bdi", server.shown_name())),
            tag("span", count),
            *where,
            tag("span", f"id {server.id}", class_="quiet"),
        ),
        _drift(part.drift),
        users_table(part, at, most) if part.users else None,
        id=f"server-{server.id}",
        class_="card server",
        open=True,
    )


def _drift(drift: Drift | None) -> list[Html]:
    if drift is None:
        return []
    if drift.error:
        return [
            tag("h3", "Drift"),
            tag("p", "This server could not be compared: ", drift.error, class_="drift"),
        ]
    if not drift.differences:
        return [tag("p", "\N{CHECK MARK} As declared", class_="fits")]
    count = figures.counted(len(drift.differences), "difference")
    changes = [_change(one) for one in drift.differences]
    shown: list[Html] = [tag("ul", changes[:_SHOWN], class_="changes")]
    if len(changes) > _SHOWN:
        more = tag("summary", f"{len(changes) - _SHOWN:,} more")
        rest = tag("ul", changes[_SHOWN:], class_="changes")
        shown.append(tag("details", more, rest))
    return [tag("h3", f"Drift: {count}"), *shown]


def _change(one: Difference) -> Html:
    sign = tag("span", _SIGNS.get(one.action, "~"), class_="sign", aria_hidden="true")
    what = ["user ", tag("bdi", one.name)]
    if one.kind != "user":
        what = ["port forward ", tag("bdi", one.before or one.what), " of ", *what]
    new = [tag("bdi", one.what)] if one.before else []
    verb = tag("span", ", ", _VERBS[one.action, one.kind], class_="quiet")
    return tag("li", sign, what, verb, new)
