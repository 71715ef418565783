# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: nobody outside this collection may build on it.

"""Listings that a run remembers, in the folder of its own that Ansible makes and removes: no secrets.

Each task is a process of its own, so what one of them holds in memory the next has forgotten.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ansible import constants

from ..module_utils._files.writing import replace_file
from ..module_utils._model import Server, User

Listing = tuple[Server, list[User]]


def remembered(facts: list[Any]) -> Listing | None:
    """What this run has listed by these facts, None where nothing was, or it can't be read."""
    try:
        with open(_path(facts), encoding="utf-8") as file:
            found = json.load(file)
        return Server(**found["server"]), [User(**user) for user in found["users"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remember(facts: list[Any], listing: Listing) -> None:
    """Keep a listing for the rest of this run, as far as that goes."""
    server, users = listing
    text = json.dumps({"server": asdict(server), "users": [asdict(user) for user in users]})
    with suppress(OSError, TypeError, ValueError):
        replace_file(_path(facts), text.encode())


def _path(facts: list[Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
    return os.path.join(constants.DEFAULT_LOCAL_TMP, f"premiervpn-wireguard-{digest}.json")
