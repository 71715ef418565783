# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private: nobody outside this collection may build on it.

Starts a module from the files of this collection, in a fresh interpreter. What is imported is then what
is installed, bytecode and all, and needs no packing on one side and no compiling on the other.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import types

COLLECTION = "ansible_collections.premiervpn.wireguard"


def start(module: str, arguments: bytes) -> None:
    """Run the module of this name with its arguments, as JSON."""
    # A fresh interpreter has no collection loader, and an `ansible_collections` that is installed
    # elsewhere is not to be asked: where this collection is, is known.
    path = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    name = COLLECTION
    while name:
        package = types.ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package
        path, name = os.path.dirname(path), name.rpartition(".")[0]
    # As every module does that is started by hand, it reads its arguments from stdin.
    sys.argv = [module]
    sys.stdin = io.TextIOWrapper(io.BytesIO(arguments))
    importlib.import_module(f"{COLLECTION}.plugins.modules.{module}").main()
