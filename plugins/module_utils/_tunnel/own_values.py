# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""A tunnel's own table, mark and preferences: those of its file, those that were given, or free ones.

Two tunnels with the same ones would take each other's rules away. What is chosen stays in the file, so
the next run finds it there.
"""

from __future__ import annotations

import glob
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .._wg_conf import WgConfError, parse
from .._wg_fields import held_key
from .current import parse_json
from .desired import HEADER
from .system import read_text, run
from .tunnel_options import (
    CHOSEN,
    PREFERENCES,
    Options,
    TunnelError,
    connection_marks,
    is_tunnel_mark,
)

# From which number on a free one is looked for, in which steps, and how often.
_FIRST: dict[str, tuple[int, int]] = {
    "table": (51820, 1),
    "fwmark": (51820, 1),
    "guard_pref": (31000, PREFERENCES),
}
_TRIES = 200
_BY_WG_QUICK = 51820

# Where other programs keep tunnels that need not be up now, and how they spell what they take.
_FILES_OF_OTHERS = (
    "/etc/systemd/network/*.net*",
    "/run/systemd/network/*.net*",
    "/etc/systemd/network/*.d/*.conf",
    "/etc/NetworkManager/system-connections/*",
    "/run/NetworkManager/system-connections/*",
    "/etc/netplan/*.yaml",
    "/etc/network/interfaces",
    "/etc/network/interfaces.d/*",
    "/etc/sysconfig/network-scripts/ru*-*",
    "/etc/sysconfig/network-scripts/route*-*",
)
_SPELT = re.compile(
    r"(?im)\b(firewallmark|fwmark|mark|routetable|route-table|table|priority|prio|preference|pref|order)"
    r"[ \t]*[=: ][ \t]*(0x[0-9a-f]+|[0-9]+)\b"
)
# Where tables have names. One that has a name is somebody's.
_NAMES = ("/etc/iproute2/rt_tables", "/etc/iproute2/rt_tables.d/*")
_TAILSCALE = {"tables": (52,), "marks": (0x80000, 0x40000)}


def remembered(text: str) -> dict[str, Any]:
    """What a file has, as far as it has all of it: only ours do."""
    try:
        interface = parse(text)["Interface"]
        prefs = sorted(prefs_of(text))
        values = (int(interface["Table"]), int(str(interface["FwMark"]), 0), prefs[0])
    except (WgConfError, KeyError, ValueError, IndexError):
        return {}
    return dict(zip(CHOSEN, values))  # noqa: B905 - strict= needs Python 3.10


def held(interface: str) -> dict[str, Any]:
    """What a tunnel has by its rules, where its file does not say so any more: torn, or somebody's own by now."""
    rules, found = _rules(), {}
    for one in rules:
        mark = int(str(one.get("fwmark", 0)), 0)
        if one.get("iif") == interface and is_tunnel_mark(mark):
            found["guard_pref"] = int(one["priority"])
    tables = [one.get("table") for one in rules if one.get("priority") == found.get("guard_pref")]
    own = [int(one) for one in map(str, tables) if one.isdigit() and one != "254"]
    if found and own:
        found["table"] = own[0]
    devices = dict(_marks_of_devices())
    if found and interface in devices:
        found["fwmark"] = devices[interface]
    return found


def prefs_of(text: str | None) -> set[int]:
    """The preferences of the rules that a file of ours makes."""
    try:
        commands = parse(text or "[Interface]\n")["Interface"].get("PostDown", [])
    except WgConfError:
        return set()
    lists = [re.search(r"for p in ([0-9 ]+);", one) for one in commands]
    return {int(one) for match in lists if match for one in match[1].split()}


def remember(options: Options, text: str) -> Options:
    """The options with what the tunnel has, by its file or its rules; 0 stays where it has nothing."""
    return replace(options, **(remembered(text) or held(options.interface)))


def choose(options: Options, text: str, folder: str) -> Options:
    """The options with values that nobody else has. A ``TunnelError`` names who has a given one."""
    before = remembered(text) or held(options.interface)
    taken = Taken(options.interface, before, folder)
    problems: list[str] = []
    chosen: dict[str, Any] = {}
    for name in CHOSEN:
        given = getattr(options, name)
        chosen[name] = given or _free(name, before.get(name), taken)
        if given and (whose := taken.whose(name, given)):
            problems.append(f"{name} {given} is taken by {whose}")
    if problems:
        raise TunnelError(
            f"{'; '.join(problems)}. Leave it out, and a free one is chosen. Nothing was done"
        )
    return replace(options, **chosen)


def _free(name: str, before: Any, taken: Taken) -> int:
    first, step = _FIRST[name]
    held: list[int] = [] if before is None else [before]
    for value in [*held, *range(first, first + _TRIES * step, step)]:
        if not taken.whose(name, value):
            return int(value)
    raise TunnelError(f"no free {name} was found on the host from {first} on; give one")


class Taken:
    """What others on the host have: rules, routes, tunnels that are up, and files of those that are not."""

    def __init__(self, interface: str, own: dict[str, Any], folder: str) -> None:
        self._interface = interface
        first = own.get("guard_pref", 0)
        self._own = range(first, first + PREFERENCES) if first else range(0)
        self._rules = [one for one in _rules() if one.get("priority") not in self._own]
        self._devices = dict(_marks_of_devices())
        self._devices.pop(interface, None)
        self._filed = [*_filed_tunnels(interface, folder), *_filed_by_others()]

    def whose(self, name: str, value: int) -> str | None:
        """Who has a value, in words; None where nobody has it."""
        if name == "table":
            return self._whose_table(value)
        if name == "fwmark":
            return self._whose_mark(value)
        return self._whose_prefs(value)

    def _whose_table(self, table: int) -> str | None:
        for rule in self._rules:
            if str(rule.get("table")) == str(table):
                return self._rule(rule)
        for device in _devices_of(table):
            if device != self._interface:
                return f"routes of {device}"
        return self._in_files("table", {table})

    def _whose_mark(self, mark: int) -> str | None:
        values = {mark, *connection_marks(mark)}
        for device, held in self._devices.items():
            if held in values:
                return f"the tunnel {device}"
        for rule in self._rules:
            if "fwmark" in rule:
                held, mask = (
                    int(str(rule["fwmark"]), 0),
                    int(str(rule.get("fwmask", "0xffffffff")), 0),
                )
                if any(mask and one & mask == held & mask for one in values):
                    return self._rule(rule)
        return self._in_files("fwmark", values)

    def _whose_prefs(self, first: int) -> str | None:
        wanted = set(range(first, first + PREFERENCES))
        for rule in self._rules:
            if rule.get("priority") in wanted:
                return self._rule(rule)
        return self._in_files("guard_pref", wanted)

    def _in_files(self, name: str, values: set[int]) -> str | None:
        for path, kind, held in self._filed:
            if kind == name and held in values:
                return path
        return None

    def _rule(self, rule: dict[str, Any]) -> str:
        table, mark = str(rule.get("table")), int(str(rule.get("fwmark", 0)), 0)
        words = f"the ip rule {rule.get('priority')} (lookup {table})"
        if table in map(str, _TAILSCALE["tables"]) or mark in _TAILSCALE["marks"]:
            return f"Tailscale, by {words}"
        devices = sorted(_devices_of(int(table))) if table.isdigit() and table != "254" else []
        return f"{devices[0]}, by {words}" if devices else words


def _rules() -> list[dict[str, Any]]:
    return [
        one
        for family in (4, 6)
        for one in parse_json(run("ip", "-N", "-j", f"-{family}", "rule", "show").out)
    ]


def _devices_of(table: int) -> set[str]:
    """The devices to which a table's routes lead."""
    listed = [
        one
        for family in (4, 6)
        for one in parse_json(
            run("ip", "-j", f"-{family}", "route", "show", "table", str(table)).out
        )
    ]
    return {str(one.get("dev", one.get("type", "?"))) for one in listed}


def _marks_of_devices() -> Iterator[tuple[str, int]]:
    for line in run("wg", "show", "all", "fwmark").out.splitlines():
        device, _tab, mark = line.partition("\t")
        if re.fullmatch(r"0x[0-9a-f]+", mark):
            yield device, int(mark, 16)


def other_files(interface: str, folder: str) -> Iterator[tuple[str, str]]:
    """The names of the other tunnels that have a file, and its text."""
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*.conf"))):
        name = os.path.basename(path)[: -len(".conf")]
        if name != interface:
            yield name, read_text(path)


def other_tunnels_of(conf: dict[str, Any], interface: str, folder: str) -> list[str]:
    """The other interfaces that are, by their files, ours and the same client's."""
    found = []
    for name, text in other_files(interface, folder):
        if text.startswith(HEADER):
            try:
                other = parse(text)
            except WgConfError:
                continue  # what somebody did to it is no matter of this tunnel
            keys = {held_key(one["Interface"].get("PrivateKey")) for one in (other, conf)}
            if len(keys) == 1 or _place(other) == _place(conf):
                found.append(name)
    return found


def _place(conf: dict[str, Any]) -> tuple[Any, ...]:
    """The client's place in the VPN, which it keeps with other keys."""
    server = conf["Peer"][0]["PublicKey"] if conf["Peer"] else None
    return server, (conf["Interface"].get("Address") or [None])[0]


def _filed_tunnels(interface: str, folder: str) -> Iterator[tuple[str, str, int]]:
    by_wg_quick = itertools.count(_BY_WG_QUICK)
    for name, text in other_files(interface, folder):
        path = os.path.join(folder, f"{name}.conf")
        try:
            conf = parse(text)
        except WgConfError:
            continue
        found = conf["Interface"]
        if _leaves_table_to_wg_quick(conf):
            # It may start before ours, at the next boot.
            value = next(by_wg_quick)
            yield path, "table", value
            yield path, "fwmark", value
        for kind, key in (("table", "Table"), ("fwmark", "FwMark")):
            if re.fullmatch(r"0x[0-9a-fA-F]+|[0-9]+", str(found.get(key, ""))):
                yield path, kind, int(str(found[key]), 0)
        for pref in prefs_of(text):
            yield path, "guard_pref", pref


def _leaves_table_to_wg_quick(conf: dict[str, Any]) -> bool:
    """Whether it is one with a default route and no table: wg-quick takes the first that is free."""
    networks = [one for peer in conf["Peer"] for one in peer.get("AllowedIPs", [])]
    has_default = any(one.endswith("/0") for one in networks)
    return has_default and str(conf["Interface"].get("Table", "auto")).lower() == "auto"


def _filed_by_others() -> Iterator[tuple[str, str, int]]:
    for path in _paths(_FILES_OF_OTHERS):
        for word, value in _SPELT.findall(read_text(path)):
            kind = word.lower()
            name = "fwmark" if "mark" in kind else "table" if "table" in kind else "guard_pref"
            yield path, name, int(value, 16 if value[:2] in ("0x", "0X") else 10)
    for path in _paths(_NAMES):
        for number in re.findall(r"(?m)^[ \t]*([0-9]+)[ \t]+\S", read_text(path)):
            yield path, "table", int(number)


def _paths(patterns: tuple[str, ...]) -> list[str]:
    return [path for pattern in patterns for path in sorted(glob.glob(pattern))]
