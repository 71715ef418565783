# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file system that systemd boots from: this machine's Debian, new, and kept in the build folder."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from ..lab import debs

PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "python3", "python3-apt"),
    *("iproute2", "iputils-ping", "nftables", "procps", "ca-certificates"),
    # Each test would install them otherwise; the one that shows how they are installed removes them first.
    *("wireguard-tools", "wireguard-go"),
)


class NoRootError(RuntimeError):
    """There is nothing to make it from."""


def have(folder: Path) -> Path:
    """The root below ``folder``; made if it is not there, in about a minute. Raises NoRootError."""
    suite, mirror = release(Path("/etc/os-release")), source(Path("/etc/apt"))
    wanted = " ".join((suite, mirror, *PACKAGES, *debs.PACKAGES))
    root = folder / f"root-{suite}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    with debs.locked(root):
        if not (root / "srv/debs/Packages").exists():  # what is made last
            shutil.rmtree(root, ignore_errors=True)
            _make(root, suite, mirror)
    return root


def _make(root: Path, suite: str, mirror: str) -> None:
    options = ("--variant=minbase", f"--include={','.join(PACKAGES)}")
    command = ["debootstrap", *options, suite, str(root), mirror]
    done = subprocess.run(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0:
        raise NoRootError(f"debootstrap: {done.stdout[-2000:]}")
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    # With versions of the same day: some of these packages want just the systemd that is in there.
    debs.fill(root / "srv/debs")


def release(path: Path) -> str:
    """The name of this machine's release."""
    found = re.search(r"^VERSION_CODENAME=\"?([a-z]+)\"?$", path.read_text(), re.MULTILINE)
    if not found:
        raise NoRootError(f"{path} names no release")
    return found[1]


def source(folder: Path) -> str:
    """Where this machine's own packages come from."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    for file in files:
        text = file.read_text() if file.is_file() else ""
        found = re.search(r"^(?:URIs:\s*|deb\s+(?:\[.*?\]\s+)?)(https?://\S+)", text, re.MULTILINE)
        if found:
            return found[1]
    raise NoRootError(f"no source of packages below {folder}")
