# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy what git would commit into a folder where Ansible's tools accept a collection."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def git(*args: str, cwd: pathlib.Path = ROOT) -> str:
    # A hook that runs the tests must not make git look at another repository than that of cwd.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", *args]
    return subprocess.run(
        command, cwd=cwd, env=env, check=True, text=True, capture_output=True
    ).stdout


def files() -> list[pathlib.Path]:
    """Tracked files and new ones that are not ignored, relative to the root."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    paths = {pathlib.Path(name) for name in listed if name}
    return sorted(path for path in paths if os.path.lexists(ROOT / path))


def copy(tree: pathlib.Path) -> pathlib.Path:
    """Lay a fresh copy under ``tree``, with a repository of its own, and say where it is."""
    target = tree / "ansible_collections" / "premiervpn" / "wireguard"
    if tree.exists():
        shutil.rmtree(tree)
    for path in files():
        (target / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path, follow_symlinks=False)
    # The copy lies in a git-ignored folder: without a repository of its own, tools that ask git see
    # an empty folder, and ansible-test then skips everything and calls it a success.
    git("init", "--quiet", cwd=target)
    return target


def remove(*folders: pathlib.Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


def link(tree: pathlib.Path) -> None:
    """Lay a tree of links to the checkout under ``tree``, as the root conftest.py does."""
    target = tree / "ansible_collections" / "premiervpn" / "wireguard"
    target.mkdir(parents=True, exist_ok=True)
    for entry in ROOT.iterdir():
        if not entry.name.startswith(".") and not os.path.lexists(target / entry.name):
            (target / entry.name).symlink_to(entry)
