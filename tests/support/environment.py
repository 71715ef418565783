# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of whatever a test starts: nothing of the developer's, everything of this test's own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
KEY = "wg_demo_acme"


def environment(url: str, folder: Path, temporary: Path) -> dict[str, str]:
    """What a command gets that talks to the portal at ``url``.

    ``temporary`` has to be a short path: ansible-core puts a Unix socket there, whose whole path may
    have 107 characters, and pytest names its folders after the tests.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREMIERVPN_", "ANSIBLE_")) or name == "ANSIBLE_COLLECTIONS_PATH"
    }
    return {
        **kept,
        # A version manager's shim is found by Ansible and then does not run.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin",
        # Ansible's own belongings and the budget's shared file: for this test alone.
        "TMPDIR": str(temporary),
        "PREMIERVPN_BUDGET_DIR": str(temporary / "budget"),
        "PREMIERVPN_STATE_DIR": str(folder / "state"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        # Ansible looks for a job in the user's home, and writes it to what HOME says: not always one.
        "ANSIBLE_ASYNC_DIR": str(folder / "async"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "RECORD_FILE": str(folder / "record.jsonl"),
        "PREMIERVPN_API_URL": url,
        "PREMIERVPN_API_KEY": KEY,
        "PREMIERVPN_RATE_LIMIT": "0",
        "PREMIERVPN_MAX_WAIT": "20",
    }


def adopt(given: dict[str, str], folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Give this process of that environment what is meant for the collection."""
    for name, value in given.items():
        if name.startswith("PREMIERVPN_"):
            patch.setenv(name, value)
    forget_pauses(folder, patch)


def forget_pauses(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Forget what a 429 told, which this process and the file that all share remember."""
    # Not above: what starts without pytest has yet to make the collection known by its name.
    from ansible_collections.premiervpn.wireguard.plugins.module_utils._pacing import budget

    patch.setenv("PREMIERVPN_BUDGET_DIR", str(folder / f"budget-{time.monotonic_ns()}"))
    patch.setattr(budget, "_memory", budget._Memory())
