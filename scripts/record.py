# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record the demo as a moving picture: docs/docsite/images/demo.svg, a terminal that scrolls.

record.py FILE, with the collection and the simulator within Python's and Ansible's reach.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import time
from html import escape

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 118, 34
WIDTH, HEIGHT = 7.83, 18  # of a character, in pixels
LONGEST = 1.6  # seconds that the picture stands still, however long a play took
READ = 4.0  # seconds to read what a step has done, and the end
COLOURS = (
    (re.compile(r"={20}"), "#5c6370"),
    (re.compile(r"\d\. |   \.\.\. |   \S.*\.\.\.$"), "#ffffff"),
    (re.compile(r"\$ "), "#ffffff"),
    (re.compile(r"->"), "#61afef"),
    (re.compile(r"changed: |.*changed=[1-9]"), "#e5c07b"),
    (re.compile(r"ok: |.*changed=0"), "#98c379"),
    (re.compile(r"\+"), "#98c379"),
    (re.compile(r"-"), "#e06c75"),
    (re.compile(r"@@"), "#56b6c2"),
)
PLAIN = "#abb2bf"


def record() -> list[tuple[float, str]]:
    """The demo's lines, each with the second at which the picture shows it."""
    lines: list[tuple[float, str]] = []
    shown, last = 0.0, time.monotonic()
    command = [sys.executable, "-u", str(ROOT / "examples" / "demo" / "run.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            now = time.monotonic()
            shown += (
                min(now - last, LONGEST) + (READ if line.startswith("====") and lines else 0) / 2
            )
            last = now
            text = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8099", line.rstrip("\n"))
            lines += [(shown, text[i : i + COLUMNS]) for i in range(0, len(text) or 1, COLUMNS)]
    if process.returncode:
        sys.exit("the demo failed")
    return lines


def colour(line: str) -> str:
    return next((colour for pattern, colour in COLOURS if pattern.match(line)), PLAIN)


def picture(lines: list[tuple[float, str]]) -> str:
    """The lines as one long page, of which a window shows the last that have come."""
    end = lines[-1][0] + READ
    width, height = COLUMNS * WIDTH + 32, ROWS * HEIGHT + 32
    keys, places = ["0"], ["0 0"]
    for number, (second, _line) in enumerate(lines):
        place = f"0 {-max(0, number + 1 - ROWS) * HEIGHT}"
        if place != places[-1]:
            keys.append(f"{second / end:.4f}")
            places.append(place)
    rows = "\n".join(
        f'<text y="{(number + 1) * HEIGHT}" fill="{colour(line)}">{escape(line)}</text>'
        for number, (_second, line) in enumerate(lines)
        if line.strip()
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img"
  font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
<title>make demo, in a terminal</title>
<style>text {{ white-space: pre }}</style>
<rect width="100%" height="100%" rx="8" fill="#1e2127"/>
<svg x="16" y="12" width="{width - 32:.0f}" height="{ROWS * HEIGHT + 6}" overflow="hidden">
<g>
<animateTransform attributeName="transform" type="translate" calcMode="discrete" dur="{end:.1f}s"
  repeatCount="indefinite" keyTimes="{";".join(keys)}" values="{";".join(places)}"/>
{rows}
</g>
</svg>
</svg>
"""


def main() -> None:
    lines = record()
    pathlib.Path(sys.argv[1]).write_text(picture(lines), encoding="utf-8")
    print(f"{len(lines)} lines, {lines[-1][0] + READ:.0f} s: {sys.argv[1]}")


if __name__ == "__main__":
    main()
