# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""What a host can do: its service manager, IPv6, resolver and kernel, and WireGuard's own tools."""

from __future__ import annotations

import ipaddress
import os
import re
import tempfile
from contextlib import suppress

from .._text import hide_keys
from .system import Ran, find_program, read_text, run, write_private
from .tunnel_options import NO_RESOLVER, RESOLVCONF, RESOLVED, Options, TunnelError

UNIT_FOLDERS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
# No interface can have this name: `wg setconf` reads the whole file before it looks for the interface.
_NOBODY = "no/such"

INIT_SCRIPT = "/etc/init.d/wg-quick"


def service(options: Options) -> str:
    """``systemd``, ``openrc`` or ``none``: what starts the tunnel."""
    if options.service != "auto":
        return options.service
    if os.path.isdir("/run/systemd/system") and find_program("systemctl"):
        return "systemd" if re.fullmatch(r"[a-zA-Z0-9_.-]+", options.interface) else "none"
    if os.path.exists("/run/openrc/softlevel") and find_program("rc-service"):
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


def is_enabled(interface: str, manager: str) -> bool:
    """Whether the service manager has the tunnel among what it starts. Without one: never."""
    if manager == "systemd":
        return bool(run("systemctl", "is-enabled", "--quiet", f"wg-quick@{interface}.service"))
    if manager == "openrc":
        return f"wg-quick.{interface} " in f"{run('rc-update', 'show', 'default').out} "
    return False


def enable(interface: str, manager: str) -> bool:
    """Let the tunnel start with the host; whether that is so now."""
    if manager == "systemd":
        return bool(run("systemctl", "enable", "--quiet", f"wg-quick@{interface}.service"))
    if manager == "openrc":
        if not os.path.lexists(f"{INIT_SCRIPT}.{interface}"):
            os.symlink("wg-quick", f"{INIT_SCRIPT}.{interface}")
        return bool(run("rc-update", "add", f"wg-quick.{interface}", "default"))
    return False


def disable(interface: str, manager: str) -> None:
    """Let it not start with the host."""
    if manager == "systemd":
        run("systemctl", "disable", "--quiet", f"wg-quick@{interface}.service")
    if manager == "openrc":
        run("rc-update", "delete", f"wg-quick.{interface}", "default")


def unlink_script(interface: str) -> None:
    """Remove OpenRC's link for a tunnel that is gone."""
    if os.path.lexists(f"{INIT_SCRIPT}.{interface}"):
        os.unlink(f"{INIT_SCRIPT}.{interface}")


def has_ipv6() -> bool:
    """Whether a new interface would have IPv6."""
    if not os.path.exists("/proc/net/if_inet6"):
        return False
    off = (f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6" for name in ("all", "default"))
    return not any(read_text(path).strip() == "1" for path in off)


def has_kernel_module() -> bool:
    """Whether the kernel has WireGuard, loaded or not."""
    return os.path.isdir("/sys/module/wireguard") or bool(
        run("modprobe", "--dry-run", "--quiet", "wireguard")
    )


def resolver() -> tuple[str, str]:
    """How a tunnel's DNS gets into use here, and what was found, in words."""
    target = os.path.realpath("/etc/resolv.conf")
    resolved = uses_resolved(target, read_text("/etc/resolv.conf"))
    command = find_program("resolvconf")
    if command is None:
        if resolved and find_program("resolvectl"):
            return RESOLVED, "systemd-resolved"
        return NO_RESOLVER, "no resolvconf, and no systemd-resolved in use"
    if os.path.basename(os.path.realpath(command)) in ("resolvectl", "systemd-resolve"):
        if resolved:
            return RESOLVCONF, "systemd-resolved"
        return NO_RESOLVER, "resolvconf is systemd-resolved's, which is not in use"
    text = read_text(command)
    if "Roy Marples" in text or "openresolv" in text:
        return RESOLVCONF, "openresolv"
    if re.match(r"(/run|/etc/resolvconf/run)(/resolvconf)?/resolv\.conf$", target):
        return RESOLVCONF, "resolvconf"
    if resolved and find_program("resolvectl"):
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
    names = [name for name in needed if not find_program(name)]
    if options.dns == "install" and resolver()[0] == NO_RESOLVER:
        names.append("resolvconf")
    return names


def refuse_lockout(options: Options) -> None:
    """Raise a ``TunnelError`` for networks that hold the way by which we came, without guard and roll-back.

    The default route is refused without a look at the host; see the options.
    """
    if options.guard or options.rollback or options.routes != "list":
        return
    for one in connection_ends():
        with suppress(ValueError):  # an address of a link, on Python 3.8
            address = ipaddress.ip_address(one)
            if not any(address in network for network in options.networks):
                continue
            raise TunnelError(
                f"routes has {one}, which Ansible reaches this host from or at: with neither guard nor rollback"
                " that would lock you out for good; leave one on. Nothing was done"
            )


def is_reached_over(reached_at: str | None, addresses: list[str]) -> bool:
    """Whether this host is reached by one of the tunnel's own addresses."""
    own = {one.partition("/")[0] for one in addresses}
    return reached_at in own or connected_to() in own


def connected_to() -> str | None:
    """The host's address that the ssh connection which we run by came to."""
    ends = connection_ends()
    return ends[1] if ends else None


def connection_ends() -> tuple[str, ...]:
    """The addresses of the ssh connection that we run by: where it comes from, and where it came to.

    ``sudo`` takes the variable away, so our parents are asked, too.
    """
    pid = os.getpid()
    for _generation in range(32):
        found_variable = re.search(
            r"SSH_CONNECTION=(?:::ffff:)?(\S+) \S+ (?:::ffff:)?(\S+) ",
            read_text(f"/proc/{pid}/environ"),
        )
        if found_variable:
            return found_variable.groups()
        parent = re.search(r"(?m)^PPid:\s*(\d+)$", read_text(f"/proc/{pid}/status"))
        if not parent or int(parent[1]) <= 1:
            return ()
        pid = int(parent[1])
    return ()


def need_root(is_root: bool) -> None:
    """Raise a ``TunnelError`` where the task is not root's."""
    if not is_root:
        raise TunnelError("this needs root on the host; set become: true")


def stripped(text: str, interface: str) -> str:
    """The part of the file that is for wg(8), checked by it; empty where the host has no wg yet."""
    if not (find_program("wg") and find_program("wg-quick")):
        return ""
    with tempfile.TemporaryDirectory(prefix="wg_client-") as folder:
        path = os.path.join(folder, f"{interface}.conf")
        write_private(path, text)
        strip = run("wg-quick", "strip", path)
        # Nothing at all would make `wg syncconf` remove every peer and the key.
        if not strip or "PrivateKey" not in strip.out or "[Peer]" not in strip.out:
            raise _refused("wg-quick strip", strip)
        write_private(path, strip.out)
        tried = run("wg", "setconf", _NOBODY, path)
        if "Unable to modify interface" not in tried.err:
            raise _refused("wg setconf", tried)
        return strip.out


def _refused(command: str, ran: Ran) -> TunnelError:
    output = hide_keys(ran.err).strip() or f"it said nothing, and its status was {ran.code}"
    return TunnelError(f"{command} does not take the new file, and nothing was changed: {output}")
