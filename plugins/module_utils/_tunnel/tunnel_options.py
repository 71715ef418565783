# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""The options of a tunnel, checked: what they may be, each by itself and together."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import collapse_addresses as collapse
from typing import Any

from .._errors import WireguardError
from .._text import show
from .._wg_fields import resolver

# What wg-quick takes for the name of an interface; Linux takes no more than 15 characters.
INTERFACE = re.compile(r"[a-zA-Z0-9_=+.-]{1,15}")
# What wg(8) and /proc/sys take for something else.
_NO_INTERFACES = (".", "..", "all", "default", "help", "interfaces")
# What may stand in the name of a systemd unit as it is.
_UNIT = re.compile(r"[a-zA-Z0-9_.-]+")

# Tables of the kernel's own: unspec, default, main, local.
_KERNEL_TABLES = (0, 253, 254, 255)
# Our rules take this many preferences in a row; those of the kernel's own begin at 32766.
PREFERENCES = 3

# How the servers of a tunnel's DNS get into use on a host: by ``DNS =`` and resolvconf, by commands
# to systemd-resolved, or not at all.
RESOLVCONF, RESOLVED, NO_RESOLVER = "resolvconf", "resolved", "none"

# What is chosen for each tunnel where nobody gives it.
CHOSEN = ("table", "fwmark", "guard_pref")

HOOKS = {"pre_up": "PreUp", "post_up": "PostUp", "pre_down": "PreDown", "post_down": "PostDown"}


def connection_marks(fwmark: int) -> tuple[int, int, int]:
    """The marks of connections that belong to a tunnel's mark; without the bits that kube-proxy uses."""
    first = (fwmark & 0x7FFF) << 16 | 1
    return first, first + 1, first + 2


def is_tunnel_mark(mark: int) -> bool:
    """Whether it can be the first of them, whatever the tunnel's mark is."""
    return mark & 0xFFFF == 1 and mark >> 16 != 0


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
    # 0: a free one.
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
    # Whether the host asks for the server's name again, where handshakes grow old.
    reresolve: bool = False

    @property
    def prefs(self) -> tuple[int, ...]:
        """The preferences that are ours; none as long as they are to be chosen."""
        if not self.guard_pref:
            return ()
        return tuple(range(self.guard_pref, self.guard_pref + PREFERENCES))

    @property
    def tunnel_mark(self) -> int:
        """The mark of connections that came through the tunnel."""
        return connection_marks(self.fwmark)[0]

    @property
    def other_mark(self) -> int:
        """The mark of connections that came by another way, and ask a wildcard socket."""
        return connection_marks(self.fwmark)[1]

    @property
    def question_mark(self) -> int:
        """The mark with which a way is looked up as for a packet that has no source yet."""
        return connection_marks(self.fwmark)[2]

    @property
    def nft_table(self) -> str:
        """The firewall table's name. nft takes neither = nor + in one."""
        return "wg_client-" + self.interface.replace("=", "/e").replace("+", "/p")

    @property
    def takes_default(self) -> bool:
        """Whether the default route, of one family at least, leads into the tunnel."""
        both = (collapse(family) for family in _by_family(self.networks))
        return self.routes == "full" or any(not one.prefixlen for found in both for one in found)


def checked(values: dict[str, Any]) -> Options:
    """The options out of a module's parameters; a ``TunnelError`` lists all that is wrong."""
    problems: list[str] = []
    values = {**values, **_switches(values, problems)}
    routes, networks = _routes(values["routes"], problems)
    dns, servers = _dns(values["dns"], problems)
    options = Options(
        interface=values["interface"],
        routes=routes,
        networks=networks,
        guard=values["guard"],
        table=_number("table", values, problems),
        fwmark=_number("fwmark", values, problems),
        guard_pref=_number("guard_pref", values, problems),
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
        reresolve=values["reresolve"],
    )
    problems += _names(options) + _numbers(options) + _commands(options)
    if options.takes_default and not options.guard and not options.rollback:
        problems.append(
            "routes: full (or networks that come to the same) with neither guard nor rollback would"
            " lock you out for good; leave one on"
        )
    if problems:
        raise TunnelError("; ".join(problems))
    return options


def _switches(values: dict[str, Any], problems: list[str]) -> dict[str, int]:
    """Numbers for what YAML makes a boolean of: wg(8) says ``off`` for none, and a user may too."""
    found = {name: values[name] for name in _LIMITS if isinstance(values[name], bool)}
    problems += [f"{name} must be a number, or off" for name, value in found.items() if value]
    return {name: int(value) for name, value in found.items()}


def _number(name: str, values: dict[str, Any], problems: list[str]) -> int:
    """A number, or 0 for ``auto``."""
    value = values[name]
    if value == "auto":
        return 0
    # 0 is what stands for auto here, and nobody may give it.
    if not re.fullmatch(r"[0-9]{1,10}", str(value)) or not int(value):
        problems.append(f"{name} must be auto or a number from 1 on")
        return 0
    return int(value)


def _by_family(networks: Iterable[Any]) -> list[list[Any]]:
    return [[one for one in networks if one.version == version] for version in (4, 6)]


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
        if resolver(str(one)) is None
    ]
    return "list", tuple(found for one in value if (found := resolver(str(one))))


def _userspace(value: Any, problems: list[str]) -> str:
    text = str(value).lower()
    found = {"yes": "true", "no": "false"}.get(text, text)
    if found not in ("auto", "true", "false"):
        problems.append("userspace must be auto, true or false")
    return found


def _names(options: Options) -> list[str]:
    name = options.interface
    # With a - at its beginning it would be an option to every command that takes it.
    if not INTERFACE.fullmatch(name) or name in _NO_INTERFACES or name.startswith("-"):
        return [
            (
                f"interface {show(name, 60)!r} must be 1 to 15 characters of letters, digits and _=+.-, and must"
                " not begin with -, nor be a word that wg has a meaning for"
            )
        ]
    if options.service == "systemd" and not _UNIT.fullmatch(name):
        return [f"interface {name!r}: with service: systemd there can be no = or + in it"]
    return []


_LIMITS = {
    "table": (1, 2**32 - 1),
    "fwmark": (1, 2**32 - 1),
    "guard_pref": (1, 32766 - PREFERENCES),
    "rollback": (0, 3600),
    "verify": (0, 600),
    "mtu": (576, 65535),
    "keepalive": (0, 65535),
    "listen_port": (0, 65535),
}


def _numbers(options: Options) -> list[str]:
    problems = [
        f"{name} must be between {low} and {high}"
        for name, (low, high) in _LIMITS.items()
        if getattr(options, name) not in (None, *([0] if name in CHOSEN else []))
        and not low <= getattr(options, name) <= high
    ]
    if options.table and options.table in _KERNEL_TABLES:
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
