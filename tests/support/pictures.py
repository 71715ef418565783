# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the pictures of the pages for the documentation, in a real browser. ``make docs`` runs it."""

from __future__ import annotations

import importlib
import io
import os
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from simulator.process import Simulator

from ..support import browser, modules
from .accounts import account
from .browser import Browser
from .environment import KEY

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "images"
COLOURS = 64

DECLARED = [
    {
        "server": 5,
        "users": [
            {
                "name": "anna-phone",
                "port_forwards": [{"external_port": 8000, "internal_port": 8443}],
            },
            {"name": "anna-tablet"},
        ],
    },
    {"server": 6, "users": [{"name": "anna-phone"}]},
]


def take(page: Browser, name: str, path: Path, width: int, height: int, dark: bool = False) -> None:
    """A picture of the page's beginning, in few colours."""
    from PIL import Image

    page.open(path, width=width, height=height, dark=dark)
    picture: Any = Image.open(io.BytesIO(page.picture())).convert("RGB").quantize(COLOURS)
    picture.save(FOLDER / name, optimize=True)
    print(f"{FOLDER / name}: {(FOLDER / name).stat().st_size // 1024} KiB")


def _as_of_now(seed: dict[str, Any]) -> None:
    """Who is online was seen a moment ago."""
    now = datetime.now(timezone.utc)
    users = [user for server in seed["accounts"][0]["servers"] for user in server["users"]]
    for number, user in enumerate(users):
        if user["online"]:
            user["last_seen"] = (now - timedelta(seconds=7 * number % 150)).isoformat()


def main() -> None:
    program = browser.find()
    if program is None:
        print("no pictures: no Chromium is installed (Debian: chromium)")
        return
    FOLDER.mkdir(exist_ok=True)
    seed = account()
    _as_of_now(seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(rate_limit=0, seed=seed) as simulator,
        Browser(program) as page,
    ):
        os.environ.update(PREMIERVPN_API_URL=simulator.url, PREMIERVPN_API_KEY=KEY)
        os.environ["PREMIERVPN_RATE_LIMIT"] = "0"
        report, out = Path(folder) / "report.html", Path(folder) / "out"
        modules.call("wg_report", path=str(report), declared=DECLARED)
        modules.call("wg_handout", path=str(out), servers=["fra1"], users=["anna-phone"])
        take(page, "report-light.png", report, 1100, 900)
        take(page, "report-dark.png", report, 1100, 900, dark=True)
        take(page, "handout.png", out / "fra1" / "anna-phone.html", 840, 1230)


if __name__ == "__main__":
    # Lets the collection be imported by its full name.
    importlib.import_module("conftest")
    main()
