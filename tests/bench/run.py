# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the collection is, and at what cost. Prints figures; only what does not work at all fails.

Every scenario has a folder, an environment and a simulated portal of its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import (
    budget,
    by_name,
    inventory,
    large_server,
    many_hosts,
    refresh,
    single_items,
    startup,
    table,
    whole_server,
)
from tests.bench.measuring import BenchError
from tests.bench.place import place
from tests.bench.table import Row

SCENARIOS: dict[str, ModuleType] = {
    "a": whole_server,
    "b": single_items,
    "c": many_hosts,
    "d": large_server,
    "e": budget,
    "f": inventory,
    "g": startup,
    "h": by_name,
    "i": refresh,
}
SLOW = "c"


def arguments() -> argparse.Namespace:
    titles = [f"{letter}: {title(scenario)}" for letter, scenario in SCENARIOS.items()]
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=__doc__,
        epilog="\n".join(titles),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", metavar="a,b,...", type=letters, help="these scenarios and no others"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"measure less often, and leave out {SLOW} (unless --only names it), which takes minutes",
    )
    return parser.parse_args()


def letters(text: str) -> list[str]:
    """The value of --only."""
    chosen = [part.strip() for part in text.split(",")]
    for letter in chosen:
        if letter not in SCENARIOS:
            raise argparse.ArgumentTypeError(f"there is no {letter!r}, only {', '.join(SCENARIOS)}")
    return chosen


def title(scenario: ModuleType) -> str:
    return str(scenario.__doc__).partition("\n")[0]


def say(text: str) -> None:
    print(f"\n{'=' * 100}\n{text}\n{'=' * 100}", flush=True)


def warm_up() -> None:
    """A play and a module that do not count: from here on everything is compiled and in memory."""
    with place(rate_limit=0) as here:
        here.play("modules.yml")


def measure(letter: str, quick: bool, rows: list[tuple[str, Row]]) -> None:
    """A scenario: its words, then its rows as they become known."""
    scenario = SCENARIOS[letter]
    say(f"{letter}. {str(scenario.__doc__).strip()}")
    started = time.monotonic()
    found: Iterator[Row] = scenario.measure(quick)
    for row in found:
        print(f"{row.what}: {row.figure}", flush=True)
        rows.append((letter, row))
    print(f"(took {time.monotonic() - started:.0f} s)", flush=True)


def machine() -> str:
    """What the figures depend on."""
    load = f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    return (
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()},"
        f" {platform.system()}; {load} (what else ran there makes all figures worse)"
    )


def main() -> int:
    options = arguments()
    before = machine()
    print(f"Before: {before}", flush=True)
    chosen = options.only or [name for name in SCENARIOS if not options.quick or name != SLOW]
    warm_up()
    rows: list[tuple[str, Row]] = []
    broken: list[str] = []
    for letter in chosen:
        try:
            measure(letter, options.quick, rows)
        except BenchError as error:
            print(error, flush=True)
            broken.append(letter)
    say(
        "The figures. Each is the median where it was measured several times. Memory is that of the\nlargest process."
    )
    print(f"{before}\n\n{table.markdown(rows)}", flush=True)
    if broken:
        print(f"\nThis did not work, see above: {', '.join(broken)}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
