# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that shows the catalogue of wrong input. As a program it writes the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .rows import ROWS

PATH = Path(__file__).resolve().parents[3] / "docs" / "bad-input.md"

HEAD = """\
<!-- Written by `make docs` out of tests/functional/catalogue/rows.py. A test gives all of it to the real code. -->

# Error messages

Wrong input, and the essential part of the message that you get. All of it is refused before any request that would
change something, and most of it before any request at all. If several things are wrong, one message names them all.

`{tmp}` stands for a folder. A refused API key is never shown, here neither.
"""

TITLES = {
    "inventory": "The inventory `wg_users`",
    "lookup": "The lookup `wg_user`",
}


def page() -> str:
    """The page."""
    parts = [HEAD]
    for where in dict.fromkeys(row.where for row in ROWS):
        title = TITLES.get(where, f"`{where}`")
        lines = [f"\n## {title}\n", "| input | message |", "|---|---|"]
        lines += [
            f"| {_code(given(row.given))} | {_cell(row.said)} |"
            for row in ROWS
            if row.where == where
        ]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def given(options: dict[str, Any]) -> str:
    """What a row gives, as in a task."""
    texts = []
    for name, value in options.items():
        if value is None:
            texts.append(f"no {name}")
        elif name == "api_key" and value:
            texts.append("api_key: (not shown)")
        else:
            text = json.dumps(value)
            texts.append(f"{name}: {text if len(text) < 120 else text[:40] + '...'}")
    return ", ".join(texts)


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("`", "\\`")


def main() -> None:
    PATH.write_text(page(), encoding="utf-8")
    print(f"{PATH}: {len(ROWS)} rows")


if __name__ == "__main__":
    main()
