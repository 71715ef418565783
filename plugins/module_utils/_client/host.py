# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a host can do: its service manager, IPv6, resolver and kernel, and the device as it is now."""

from __future__ import annotations

import os
import re
from typing import Any

from . import device as reading
from .commands import contents, found, run
from .device import Device
from .layout import Rule, standing
from .options import ClientError, Options
from .wanted import NO_RESOLVER, RESOLVCONF, RESOLVED

UNIT_FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
INIT_SCRIPT = "/etc/init.d/wg-quick"


def service(options: Options) -> str:
    """``systemd``, ``openrc`` or ``none``: what starts the tunnel."""
    if options.service != "auto":
        return options.service
    if os.path.isdir("/run/systemd/system") and found("systemctl"):
        return "systemd" if re.fullmatch(r"[a-zA-Z0-9_.-]+", options.interface) else "none"
    if os.path.exists("/run/openrc/softlevel") and found("rc-service"):
        return "openrc"
    return "none"


def service_problem(manager: str) -> str | None:
    """What the service manager lacks, once the packages are there."""
    units = [f"{folder}/wg-quick@.service" for folder in UNIT_FOLDERS]
    if manager == "systemd" and not any(map(os.path.exists, units)):
        return (
            "systemd has no unit wg-quick@.service here; set service: none, or install the package"
        )
    if manager == "openrc" and not os.path.exists(INIT_SCRIPT):
        return f"OpenRC has no {INIT_SCRIPT} here; set service: none, or install wireguard-tools-openrc"
    return None


def has_ipv6() -> bool:
    """Whether a new interface would have IPv6."""
    if not os.path.exists("/proc/net/if_inet6"):
        return False
    off = (f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6" for name in ("all", "default"))
    return not any(contents(path).strip() == "1" for path in off)


def has_kernel_module() -> bool:
    """Whether the kernel has WireGuard, loaded or not."""
    return os.path.isdir("/sys/module/wireguard") or bool(
        run("modprobe", "--dry-run", "--quiet", "wireguard")
    )


def resolver() -> tuple[str, str]:
    """How a tunnel's DNS gets into use here, and what was found, in words."""
    target = os.path.realpath("/etc/resolv.conf")
    resolved = uses_resolved(target, contents("/etc/resolv.conf"))
    command = found("resolvconf")
    if command is None:
        if resolved and found("resolvectl"):
            return RESOLVED, "systemd-resolved"
        return NO_RESOLVER, "no resolvconf, and no systemd-resolved in use"
    if os.path.basename(os.path.realpath(command)) in ("resolvectl", "systemd-resolve"):
        if resolved:
            return RESOLVCONF, "systemd-resolved"
        return NO_RESOLVER, "resolvconf is systemd-resolved's, which is not in use"
    text = contents(command)
    if "Roy Marples" in text or "openresolv" in text:
        return RESOLVCONF, "openresolv"
    if re.match(r"(/run|/etc/resolvconf/run)(/resolvconf)?/resolv\.conf$", target):
        return RESOLVCONF, "resolvconf"
    if resolved and found("resolvectl"):
        return RESOLVED, "systemd-resolved"
    return NO_RESOLVER, "resolvconf is there, but /etc/resolv.conf is not its own"


def uses_resolved(target: str, text: str) -> bool:
    """Whether /etc/resolv.conf, with this path and text, leads to a systemd-resolved that runs."""
    if not os.path.exists("/run/systemd/resolve/io.systemd.Resolve"):
        return False
    servers = re.findall(r"(?m)^\s*nameserver\s+(\S+)", text)
    leads = target.startswith("/run/systemd/resolve/") or servers in (
        ["127.0.0.53"],
        ["127.0.0.54"],
    )
    # One that runs may still not be spoken to: it has just been installed, or is not on the bus.
    return leads and bool(run("resolvectl", "dns", timeout=5))


def missing(options: Options) -> list[str]:
    """The commands that are needed and not there."""
    needed = ["wg", "wg-quick", "ip"]
    if options.userspace == "true" or (options.userspace == "auto" and not has_kernel_module()):
        needed.append("wireguard-go")
    names = [name for name in needed if not found(name)]
    if options.dns == "install" and resolver()[0] == NO_RESOLVER:
        names.append("resolvconf")
    return names


def device(options: Options) -> Device:
    """The device as it is now."""
    name = options.interface
    link = reading.linked(reading.loaded(run("ip", "-j", "address", "show", "dev", name).out))
    own = reading.loaded(run("ip", "-j", "address", "show").out)
    values: dict[str, Any] = {
        **link,
        "rules": frozenset(_rules(options.prefs)),
        "own": reading.own_addresses(own, name),
    }
    if link:
        held = reading.dumped(run("wg", "show", name, "dump").out)
        values.update(held or {"foreign": True})
        values["routes"] = frozenset(_routes(name, str(options.table)))
        values["main_routes"] = frozenset(_routes(name, "main"))
    return Device(**values)


def _rules(prefs: tuple[int, ...]) -> set[Rule]:
    rules: set[Rule] = set()
    for family in (4, 6):
        # By numbers: a table may have a name on this host.
        ran = run("ip", "-N", "-j", f"-{family}", "rule", "show")
        listed = reading.loaded((ran or run("ip", "-j", f"-{family}", "rule", "show")).out)
        for one in listed:
            if one.get("table") == "254":
                one["table"] = "main"
        rules |= standing(listed, family, prefs)
    return rules


def _routes(interface: str, table: str) -> set[str]:
    found_routes: set[str] = set()
    for family in (4, 6):
        ran = run("ip", "-j", f"-{family}", "route", "show", "table", table, "dev", interface)
        # With `dev` given, it is not repeated in what is printed.
        listed = [{**one, "dev": interface} for one in reading.loaded(ran.out)]
        found_routes |= reading.destinations(listed, family, interface)
    return found_routes


def is_reached_over(reached_at: str | None, addresses: list[str]) -> bool:
    """Whether this host is reached by one of the tunnel's own addresses."""
    own = {one.partition("/")[0] for one in addresses}
    return reached_at in own or connected_to() in own


def connected_to() -> str | None:
    """The host's address that the ssh connection which we run by came to.

    ``sudo`` takes the variable away, so our parents are asked, too.
    """
    pid = os.getpid()
    for _generation in range(32):
        found_variable = re.search(
            r"SSH_CONNECTION=\S+ \S+ (\S+) ", contents(f"/proc/{pid}/environ")
        )
        if found_variable:
            return found_variable[1]
        parent = re.search(r"(?m)^PPid:\s*(\d+)$", contents(f"/proc/{pid}/status"))
        if not parent or int(parent[1]) <= 1:
            return None
        pid = int(parent[1])
    return None


def refuse_foreign(options: Options, device: Device) -> None:
    """An interface of another kind that has the name, the host's own link perhaps, is not touched."""
    if device.foreign:
        raise ClientError(
            f"the host has an interface {options.interface} that is not WireGuard's (or has no wg to"
            " tell); choose another name. Nothing was done"
        )


def need_root(is_root: bool) -> None:
    if not is_root:
        raise ClientError("this needs root on the host; set become: true")
