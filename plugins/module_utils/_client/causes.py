# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Why a tunnel did not start, in one sentence each: out of what wg-quick printed."""

from __future__ import annotations

import re

from .._text import show

_CAUSES = (
    (r"resolvconf: command not found", "DNS is set and the host has no resolvconf"),
    (
        r"-6 (address|route|rule) add .*\n.*(Permission denied|is disabled|not supported)",
        "IPv6 is disabled on the host and the tunnel has IPv6; set ipv6: drop",
    ),
    (
        r"(?s)^(?!.*Falling back).*(Unknown device type|Operation not supported|Protocol not supported)",
        "the kernel has no WireGuard and wireguard-go is not installed",
    ),
    (
        r"(nft|iptables(-restore)?): command not found",
        "a command of the tunnel needs nft or iptables, and the host has neither",
    ),
    (
        r"sysctl: .*(Read-only|permission denied)",
        "a command of the tunnel sets a sysctl, and /proc/sys can't be written here",
    ),
    (
        r"(?i)failed to create TUN|/dev/net/tun",
        "wireguard-go needs /dev/net/tun, which is not there",
    ),
    (r"Address already in use", "the port to listen to is taken by another program"),
    (
        r"(Name or service not known|Temporary failure in name resolution|Trying again in)",
        "the server's name can't be resolved",
    ),
    (r"is not a WireGuard interface|already exists", "another interface has the name"),
    (r"(?i)resolvectl|resolve1|systemd-resolved", "systemd-resolved did not take the tunnel's DNS"),
    (
        r"Configuration parsing error|Unable to modify interface",
        "WireGuard did not take the configuration",
    ),
    (r"RTNETLINK answers: File exists", "a route or rule of the tunnel is there already"),
    (r"Operation not permitted", "the host (a container?) may not set up network interfaces"),
)
# What follows on a failure, and what systemd says of it.
_NOISE = re.compile(
    r"\[#\] ip link delete|wg-quick@|Job for|See |Starting |Started |Failed to start "
)
# A key of WireGuard's, wherever it stands.
_KEY = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw480]=")


def cause(log: str) -> str:
    """The cause, or the last lines of the log; never a key."""
    for pattern, sentence in _CAUSES:
        if re.search(pattern, log):
            return sentence
    lines = [line for line in hide(log).splitlines() if line.strip() and not _NOISE.match(line)]
    if not lines:
        return "wg-quick said nothing"
    if lines[-1].startswith("[#] "):
        return f"this command failed: {show(lines[-1][4:], 300)}"
    return " | ".join(show(line, 200) for line in lines[-4:])


def hide(text: str) -> str:
    """The text without any key."""
    return _KEY.sub("(hidden)", text)
