# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the layers in every small way that mutmut knows, one at a time, and see whether their own unit
tests notice. Each that none of them notices is shown. Many of those make no difference (a message of 301
characters for one of 300), or are noticed by tests over HTTP, which don't run here: so the run fails only
where a smaller share is noticed than it was. ``--sample`` says how many are tried, and ``--seed`` which: each
day others.

mutmut changes files below the folder it runs in and knows functions by the path it found them at, so it
gets a folder of its own, laid out as the files are imported and without Ansible's loader.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACE = ROOT / ".build" / "copies" / "mutation"
LAYERS = Path("plugins", "module_utils")
# A few tests call one.
MODULES = Path("plugins", "modules")
TESTS = Path("tests", "unit", "plugins", "module_utils")
PREFIX = "ansible_collections.premiervpn.wireguard.plugins.module_utils."
MUTANT = re.compile(r"^\s*(\S+__mutmut_\d+): (.+)$", re.MULTILINE)
# All else is a change of which nothing is known: it was not tried, or took for ever.
CAUGHT = {"killed", "timeout"}
# What only tests over HTTP reach; those don't run here.
UNREACHED = "no tests"
# What has to be among what is changed.
AREAS = ("_planning", "_applying", "_pacing", "_pages", "_module", "_tunnel")
LEAST = 0.74
"""The share that has to be noticed, of those that any test reaches. For samples that say anything."""
ENOUGH = 200


def lay() -> None:
    """Lay the folder out anew."""
    if PLACE.exists():
        shutil.rmtree(PLACE)
    collection = PLACE / "ansible_collections" / "premiervpn" / "wireguard"
    ignored = shutil.ignore_patterns("__pycache__")
    for layers in (LAYERS, MODULES):
        shutil.copytree(ROOT / layers, collection / layers, ignore=ignored)
    for shared in (TESTS, Path("tests", "support"), Path("simulator")):
        shutil.copytree(ROOT / shared, PLACE / shared, ignore=ignored)
    shutil.copy2(ROOT / "tests" / "__init__.py", PLACE / "tests")
    for name, folder in (
        ("pyproject.toml", PLACE),
        ("conftest.py", PLACE),
        ("_control.py", collection / LAYERS),
        ("test_control.py", PLACE / TESTS),
    ):
        shutil.copy2(HERE / "place" / name, folder / name)


def mutmut(*arguments: str, quiet: bool = True) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=PLACE,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]} failed: {done.stdout or done.returncode}")
    return done.stdout or ""


def change(name: str) -> str:
    """What was changed: the lines that went and those that came."""
    lines = mutmut("show", name).splitlines()
    signed = [line for line in lines if line.startswith(("-", "+"))]
    return "\n".join(line for line in signed if not line.startswith(("---", "+++")))


def outcomes() -> dict[str, str]:
    """Of every change what became of it."""
    return dict(MUTANT.findall(mutmut("results", "--all", "true")))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=1000, help="so many (1000)")
    parser.add_argument("--seed", type=int, default=datetime.now(timezone.utc).toordinal())
    parser.add_argument("--only", default="", help="changes whose names match this pattern")
    return parser.parse_args()


def chosen(names: list[str], options: argparse.Namespace) -> list[str]:
    """The changes that this run tries, of those that there are."""
    wanted = sorted(name for name in names if re.search(options.only, name))
    if options.sample >= len(wanted):
        return wanted
    print(f"{options.sample} of {len(wanted)} changes, --seed {options.seed}", flush=True)
    return random.Random(options.seed).sample(wanted, options.sample)


def run(options: argparse.Namespace) -> dict[str, str]:
    """Try the changes; of each what became of it."""
    children = ("--max-children", str(os.cpu_count() or 1))
    # Tests that can't even be started catch everything.
    mutmut("run", *children, f"{PREFIX}_control.*", quiet=False)
    everything = outcomes()
    control = [name for name in everything if name.startswith(f"{PREFIX}_control.")]
    if {everything.pop(name) for name in control} != {"survived"}:
        sys.exit("a change that nobody can notice was caught: this run shows nothing")
    for area in AREAS:
        if not any(name.startswith(f"{PREFIX}{area}.") for name in everything):
            sys.exit(f"mutmut has changed nothing in {area}")
    tried = chosen(list(everything), options)
    mutmut("run", *children, *tried, quiet=False)
    results = outcomes()
    return {name: results[name] for name in tried}


def main() -> int:
    options = arguments()
    lay()
    results = run(options)
    unreached = {name for name, outcome in results.items() if outcome == UNREACHED}
    for name in unreached:
        del results[name]
    survivors = sorted(name for name, outcome in results.items() if outcome not in CAUGHT)
    print()
    for name in survivors:
        print(f"{name.removeprefix(PREFIX)}: {results[name]}\n{change(name)}\n")
    noticed = len(results) - len(survivors)
    share = noticed / max(len(results), 1)
    print(
        f"{len(results)} changes: {noticed} noticed ({share:.0%}; at least {LEAST:.0%} of {ENOUGH} or more),"
        f" {len(survivors)} not; {len(unreached)} more are in what no unit test reaches"
    )
    return 1 if share < LEAST and len(results) >= ENOUGH else 0


if __name__ == "__main__":
    sys.exit(main())
