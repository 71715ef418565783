# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""axe-core, which finds what keeps people from reading a page: contrast, focus, names, the order of headings."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from .browser import Browser

FOLDER = Path(__file__).resolve().parents[2] / ".build" / "npm"
PACKAGE = "axe-core@4.10.3"
LACKING = "axe-core is not installed, and npm could not install it"

_RUN = """
axe.run().then(found => found.violations.map(one =>
  [one.id, one.nodes.length, one.nodes[0].target.join(" "), one.nodes[0].html.slice(0, 120)]))
"""


def find() -> str | None:
    """The program's text. It is installed where that can be done."""
    path = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists() and shutil.which("npm"):
        command = (
            *("npm", "install", "--silent", "--no-save", "--no-audit", "--fetch-timeout=30000"),
            *("--prefix", str(FOLDER), PACKAGE),
        )
        subprocess.run(command, check=False, capture_output=True)
    return path.read_text(encoding="utf-8") if path.exists() else None


def violations(page: Browser, axe: str) -> list[Any]:
    """What it finds on the page that is shown: the rule, how often, and where first."""
    page.evaluate(f"{axe};0")
    found: list[Any] = page.evaluate(_RUN)
    return found
