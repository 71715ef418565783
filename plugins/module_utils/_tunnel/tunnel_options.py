# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The options of a tunnel, checked: what they may be, each by itself and together."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from .._errors import WireguardError
from .._model import is_client_name
from .._text import show

# What wg-quick takes for the name of an interface; Linux takes no more than 15 characters.
INTERFACE = re.compile(r"[a-zA-Z0-9_=+.-]{1,15}")
# What may stand in the name of a systemd unit as it is.
_UNIT = re.compile(r"[a-zA-Z0-9_.-]+")

# Tables of the kernel's own: unspec, default, main, local.
_KERNEL_TABLES = (0, 253, 254, 255)
# Our rules take this many preferences in a row; those of the kernel's own begin at 32766.
PREFERENCES = 3

# How the servers of a tunnel's DNS get into use on a host: by ``DNS =`` and resolvconf, by commands
# to systemd-resolved, or not at all.
RESOLVCONF, RESOLVED, NO_RESOLVER = "resolvconf", "resolved", "none"

HOOKS = {"pre_up": "PreUp", "post_up": "PostUp", "pre_down": "PreDown", "post_down": "PostDown"}


class TunnelError(WireguardError):
    """What is wrong with the options, the configuration or the host. It never holds a key."""


@dataclass(frozen=True)
class Options:
    """The options, checked. Times are seconds. ``None``: as the configuration has it."""

    interface: str
    # "full", "forwards", "none", or "list" with the networks.
    routes: str
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    guard: bool
    table: int
    fwmark: int
    guard_pref: int
    rollback: int
    verify: int
    ipv6: str
    # "auto", "install", "none", or "list" with the servers.
    dns: str
    dns_servers: tuple[str, ...]
    mtu: int | None
    keepalive: int | None
    listen_port: int | None
    # By their names in the file.
    hooks: dict[str, tuple[str, ...]]
    service: str
    # "auto", "true" or "false".
    userspace: str
    enabled: bool

    @property
    def prefs(self) -> tuple[int, ...]:
        """The preferences that are ours."""
        return tuple(range(self.guard_pref, self.guard_pref + PREFERENCES))


def checked(values: dict[str, Any]) -> Options:
    """The options out of a module's parameters; a ``TunnelError`` lists all that is wrong."""
    problems: list[str] = []
    routes, networks = _routes(values["routes"], problems)
    dns, servers = _dns(values["dns"], problems)
    options = Options(
        interface=values["interface"],
        routes=routes,
        networks=networks,
        guard=values["guard"],
        table=values["table"],
        fwmark=values["fwmark"],
        guard_pref=values["guard_pref"],
        rollback=values["rollback"],
        verify=values["verify"],
        ipv6=values["ipv6"],
        dns=dns,
        dns_servers=servers,
        mtu=values["mtu"],
        keepalive=values["keepalive"],
        listen_port=values["listen_port"],
        hooks={key: tuple(values[name] or ()) for name, key in HOOKS.items()},
        service=values["service"],
        userspace=_userspace(values["userspace"], problems),
        enabled=values["enabled"],
    )
    problems += _names(options) + _numbers(options) + _commands(options)
    if routes == "full" and not options.guard and not options.rollback:
        problems.append(
            "routes: full with neither guard nor rollback would lock you out for good; leave one on"
        )
    if problems:
        raise TunnelError("; ".join(problems))
    return options


def check_user(name: str) -> None:
    """Whether the portal takes this for a client's name."""
    if not is_client_name(name):
        raise TunnelError(
            f"user {show(name, 60)!r} is no client name: letters, digits, - and _, at most 50"
        )


def _routes(value: Any, problems: list[str]) -> tuple[str, tuple[Any, ...]]:
    if value in ("full", "forwards", "none"):
        return value, ()
    if not isinstance(value, list) or not value:
        problems.append("routes must be full, forwards, none, or a list of networks")
        return "none", ()
    networks = []
    for one in value:
        try:
            networks.append(ipaddress.ip_network(str(one)))
        except ValueError:
            problems.append(f"routes: {show(one, 60)!r} is not a network such as 10.0.0.0/8")
    return "list", tuple(networks)


def _dns(value: Any, problems: list[str]) -> tuple[str, tuple[str, ...]]:
    if value in ("auto", "install", "none"):
        return value, ()
    if not isinstance(value, list) or not value:
        problems.append("dns must be auto, install, none, or a list of resolvers' addresses")
        return "none", ()
    problems += [
        f"dns: {show(one, 60)!r} is neither an address nor a search domain"
        for one in value
        if not is_resolver(one)
    ]
    return "list", tuple(str(one) for one in value)


def is_resolver(value: Any) -> bool:
    """Whether this may stand after ``DNS =``: an address, or a domain to search."""
    try:
        return bool(ipaddress.ip_address(str(value)))
    except ValueError:
        return bool(re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", str(value)))


def _userspace(value: Any, problems: list[str]) -> str:
    text = str(value).lower()
    found = {"yes": "true", "no": "false"}.get(text, text)
    if found not in ("auto", "true", "false"):
        problems.append("userspace must be auto, true or false")
    return found


def _names(options: Options) -> list[str]:
    name = options.interface
    if not INTERFACE.fullmatch(name) or name in (".", ".."):
        return [
            f"interface {show(name, 60)!r} must be 1 to 15 characters of letters, digits and _=+.-"
        ]
    if options.service == "systemd" and not _UNIT.fullmatch(name):
        return [f"interface {name!r}: with service: systemd there can be no = or + in it"]
    return []


def _numbers(options: Options) -> list[str]:
    limits = {
        "table": (1, 2**32 - 1),
        "fwmark": (1, 2**32 - 1),
        "guard_pref": (1, 32766 - PREFERENCES),
        "rollback": (0, 3600),
        "verify": (0, 600),
        "mtu": (576, 65535),
        "keepalive": (0, 65535),
        "listen_port": (0, 65535),
    }
    problems = [
        f"{name} must be between {low} and {high}"
        for name, (low, high) in limits.items()
        if getattr(options, name) is not None and not low <= getattr(options, name) <= high
    ]
    if options.table in _KERNEL_TABLES:
        problems.append(f"table {options.table} is one of the kernel's own")
    if 0 < options.rollback < 10:
        problems.append("rollback must be 0 or at least 10: a good start takes some seconds too")
    return problems


def _commands(options: Options) -> list[str]:
    return [
        f"{name}: a command can be only one line without # (wg-quick ends it there)"
        for name, key in HOOKS.items()
        if any(not one.strip() or re.search(r"[#\n\r]", one) for one in options.hooks[key])
    ]
