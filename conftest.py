# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let pytest import the collection by its full name from a checkout at any path.

The checkout is linked into a tree ``ansible_collections/premiervpn/wireguard`` inside the
git-ignored folder ``.build``; that tree goes on ``sys.path``, and into the environment, so that
``ansible-playbook`` started by a test finds the collection as well.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
NAME = ("ansible_collections", "premiervpn", "wireguard")


def link(root: pathlib.Path) -> None:
    """Fill ``root`` with links to the checkout's visible entries.

    Links to the entries, not one to the checkout: a link to a folder above itself sends whatever
    walks the tree round in circles.
    """
    collection = root.joinpath(*NAME)
    collection.mkdir(parents=True, exist_ok=True)
    wanted = {entry.name for entry in HERE.iterdir() if not entry.name.startswith(".")}
    # Other workers of the same run do this too, at the same time: no step may mind being second.
    for old in collection.iterdir():
        if old.is_symlink() and (old.name not in wanted or old.readlink() != HERE / old.name):
            old.unlink(missing_ok=True)
    for name in wanted:
        try:
            (collection / name).symlink_to(HERE / name)
        except FileExistsError:
            pass


def find_tree() -> pathlib.Path:
    """The folder that holds ``ansible_collections``."""
    if HERE.parts[-3:] == NAME:  # ansible-test, or a checkout laid where Ansible wants it
        return HERE.parents[2]
    root = HERE / ".build" / "tree"
    try:
        link(root)
    except PermissionError:  # a checkout that may be read only
        root = pathlib.Path(tempfile.mkdtemp(prefix="premiervpn-wireguard-"))
        link(root)
    return root


def add(variable: str, path: str) -> None:
    """Put ``path`` first in a variable that holds a list of paths."""
    others = [part for part in os.environ.get(variable, "").split(os.pathsep) if part]
    if path not in others:
        os.environ[variable] = os.pathsep.join([path, *others])


def register_profiles() -> None:
    """What hypothesis does by default. No time limits: a busy machine breaks them for no reason."""
    try:
        from hypothesis import configuration, settings
    except ImportError:  # ansible-test installs pytest alone
        return
    configuration.set_hypothesis_home_dir(HERE / ".build" / "hypothesis")
    # Where others wait for the result, the same examples every time: a failure must be theirs.
    ci = bool(os.environ.get("CI"))
    settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
    settings.register_profile("dev", deadline=None, print_blob=True)
    # For `make unit`: who waits for it will run the rest later.
    settings.register_profile("quick", settings.get_profile("dev"), derandomize=ci, max_examples=30)
    # For the floor, where only the Python is another.
    settings.register_profile("sample", settings.get_profile("quick"), max_examples=10)
    settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
    default = "ci" if ci else "dev"
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", default))


TREE = str(find_tree())
if TREE not in sys.path:
    sys.path.insert(0, TREE)
add("ANSIBLE_COLLECTIONS_PATH", TREE)
register_profiles()

try:
    # Without Ansible's own loader the collection can be imported, but plugins do not find others.
    from ansible.plugins.loader import init_plugin_loader
except ImportError:
    pass  # no ansible-core here, or ansible-test hides parts of it from the tests of modules
else:
    init_plugin_loader()


def pytest_addoption(parser: Any) -> None:
    """How much of what a portal could send is tried: see tests/functional/test_portal_fuzz.py."""
    parser.addoption("--fuzz-rounds", default="16", help="rounds of test_portal_fuzz")
    parser.addoption("--fuzz-seed", default="1", help="the first of them")
