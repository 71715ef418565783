# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave out each part of roles and playbooks, one at a time, and see whether their tests notice.

A part is an entry of a mapping: an option, `when`, `become`, a variable, a default. One that nobody misses is
shown, and fails the run unless parts.yml says why it makes no difference. With ``--sample 12`` so many are
tried, by ``--seed``.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import functools
import os
import queue
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import yaml

from scripts import tree

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACES = ROOT / ".build" / "copies" / "parts"
# What roles and playbooks are tried by. What needs a real tunnel is not among them, nor is the role for it.
FILES = sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "tests/functional").glob("test_*.py")
)
TRIED = ("playbooks/*.yml", "roles/wg_servers/tasks/*.yml")
# It runs against AWX, of which there is none here; ansible-lint holds its options to the modules'.
UNTRIED = {"playbooks/awx_setup.yml"}
# Words for people, and what nothing would run without.
WORDS = {
    "name",
    "label",
    "hosts",
    "gather_facts",
    "quiet",
    "fail_msg",
    "tasks",
    "block",
    "loop_var",
}


@dataclass(frozen=True)
class Part:
    """Lines of a file: an entry of a mapping, by its way from the top."""

    file: str
    way: str
    first: int
    end: int

    @property
    def name(self) -> str:
        return f"{self.file}: {self.way}"

    def left_out(self) -> str:
        """The file without it."""
        lines = (ROOT / self.file).read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(lines[: self.first] + lines[self.end :])


def parts(file: str) -> Iterator[Part]:
    text = (ROOT / file).read_text(encoding="utf-8")
    node = yaml.compose(text)
    assert node is not None
    yield from _below(file, text.splitlines(), node, "")


def _below(file: str, lines: list[str], node: yaml.Node, way: str) -> Iterator[Part]:
    if isinstance(node, yaml.SequenceNode):
        for number, entry in enumerate(node.value):
            yield from _below(file, lines, entry, f"{way}[{_title(entry) or number}]")
    elif isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            here = f"{way}.{key.value}"
            yield from _below(file, lines, value, here)
            first, end = key.start_mark.line, value.end_mark.line
            # A block ends where what follows it begins; all else ends within a line.
            end += 0 if _is_block(value) else 1
            if key.value not in WORDS and not lines[first][: key.start_mark.column].strip():
                yield Part(file, here, first, end)


def _is_block(node: yaml.Node) -> bool:
    if isinstance(node, yaml.CollectionNode):
        return not node.flow_style
    return getattr(node, "style", None) in ("|", ">")


def _title(node: yaml.Node) -> str:
    entries = node.value if isinstance(node, yaml.MappingNode) else []
    return next((str(value.value) for key, value in entries if key.value == "name"), "")


@functools.cache
def tests_of(file: str) -> list[str]:
    """The tests that speak of a role or a playbook, by its name or by a constant that has it."""
    found = ["tests/unit/test_roles.py"]
    if file.startswith("roles/"):
        return [*found, *(name for name in FILES if f"role_{Path(file).parts[1]}" in name)]
    stem = Path(file).stem
    for name in FILES:
        text = (ROOT / name).read_text(encoding="utf-8")
        source = {node: ast.get_source_segment(text, node) or "" for node in ast.parse(text).body}
        words = {f'"{stem}"', f"{stem}.yml"}
        for node, code in source.items():
            if isinstance(node, ast.Assign) and any(word in code for word in words):
                words |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        for node, code in source.items():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                decorators = [ast.get_source_segment(text, x) or "" for x in node.decorator_list]
                if any(word in part for word in words for part in (code, *decorators)):
                    found.append(f"{name}::{node.name}")
    return found


def passes(place: Path, file: str, *, told: bool = False) -> bool:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", *tests_of(file)],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode > 1:
        sys.exit(f"the tests of {file} can't be run:\n{done.stdout}")
    if told and done.returncode:
        print(done.stdout)
    return done.returncode == 0


def as_it_is(file: str, places: queue.Queue[Path]) -> bool:
    place = places.get()
    try:
        return passes(place, file, told=True)
    finally:
        places.put(place)


def survives(part: Part, places: queue.Queue[Path]) -> bool:
    place = places.get()
    file = place / part.file
    whole = file.read_text(encoding="utf-8")
    try:
        file.write_text(part.left_out(), encoding="utf-8")
        return passes(place, part.file)
    finally:
        file.write_text(whole, encoding="utf-8")
        places.put(place)


def chosen() -> list[Part]:
    """What this run tries."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="try so many only")
    parser.add_argument("--seed", type=int, default=datetime.now(timezone.utc).toordinal())
    parser.add_argument("--only", default="", help="parts whose names have this text")
    options = parser.parse_args()
    found = {str(path.relative_to(ROOT)) for glob in TRIED for path in ROOT.glob(glob)}
    everything = [part for file in sorted(found - UNTRIED) for part in parts(file)]
    wanted = [part for part in everything if options.only in part.name]
    if options.sample is None or options.sample >= len(wanted):
        return wanted
    print(f"{options.sample} of {len(wanted)} parts, --seed {options.seed}", flush=True)
    return random.Random(options.seed).sample(wanted, options.sample)


def main() -> int:
    tried = chosen()
    number = os.cpu_count() or 1
    places: queue.Queue[Path] = queue.Queue()
    for each in range(number):
        places.put(tree.copy(PLACES / str(each)))
    explained: dict[str, str] = yaml.safe_load((HERE / "parts.yml").read_text("utf-8")) or {}
    missed = 0
    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        files = sorted({part.file for part in tried})
        for file, good in zip(files, pool.map(lambda f: as_it_is(f, places), files), strict=True):
            if not good:
                sys.exit(f"the tests of {file} fail as it is: this run would show nothing")
        for part, survived in zip(
            tried, pool.map(lambda p: survives(p, places), tried), strict=True
        ):
            why = explained.get(part.name, "NOT EXPLAINED")
            missed += survived and part.name not in explained
            print(f"{part.name}: {f'survived, {why}' if survived else 'noticed'}", flush=True)
    print(f"{len(tried)} parts left out, {missed} of them missed by nobody")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
