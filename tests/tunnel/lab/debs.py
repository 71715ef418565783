# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages in a folder, as a repository that a host without the internet can install from."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What the role may install, and what Ansible's own apt module needs for it.
PACKAGES = (
    *("wireguard-tools", "wireguard-go", "openresolv", "resolvconf", "systemd-resolved"),
    *("python3-apt", "python-apt-common", "distro-info-data"),
    # Logins as systemd has them.
    "libpam-systemd",
)
SOURCE = "deb [trusted=yes] file:/srv/debs ./\n"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One at a time: other workers of the same tests want the same things."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def have(folder: Path) -> Path:
    """Fill a folder, unless it is filled. Raises CalledProcessError where apt has nothing to give."""
    with locked(folder):
        if not (folder / "Packages").exists():
            shutil.rmtree(folder, ignore_errors=True)
            fill(folder)
    return folder


def fill(folder: Path) -> None:
    """Fetch the packages, and write the repository's index."""
    folder.mkdir(parents=True)
    as_root = ("-o", "APT::Sandbox::User=root")
    command = ["apt-get", "-q", *as_root, "download", *PACKAGES]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    entries = [_entry(file) for file in sorted(folder.glob("*.deb"))]
    (folder / "Packages").write_text("\n".join(entries), encoding="utf-8")


def _entry(file: Path) -> str:
    fields = subprocess.run(
        ["dpkg-deb", "--field", file], check=True, text=True, capture_output=True
    ).stdout
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    size = file.stat().st_size
    return f"{fields}Filename: ./{file.name}\nSize: {size}\nSHA256: {digest}\n"
