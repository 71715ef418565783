# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look into the built artifact: what it must hold, what it must not, and its documentation."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

from scripts import tree

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLLECTION = "premiervpn.wireguard"

NEEDED = ("LICENSE", "MANIFEST.json", "FILES.json", "README.md", "meta/runtime.yml")

# All that an artifact may hold: a list of what is welcome also stops what nobody thought of.
WELCOME = re.compile(
    r"(changelogs|docs|extensions|meta|playbooks|plugins|roles)/"
    r"|LICENSES/|(\.ansible-lint|[A-Z_]+\.(md|rst)|MANIFEST\.json|FILES\.json|LICENSE|tests/config\.yml)$"
)

# Folder of plugins/ -> what ansible-doc calls that type. The rest of plugins/ has no documentation.
DOCUMENTED = {
    "modules": "module",
    "inventory": "inventory",
    "lookup": "lookup",
    "filter": "filter",
    "test": "test",
    "callback": "callback",
}


def plugins() -> dict[str, list[str]]:
    """{type: names} as the checkout has them."""
    found: dict[str, list[str]] = {}
    for folder, kind in DOCUMENTED.items():
        files = sorted((ROOT / "plugins" / folder).glob("[!_]*.py"))
        found[kind] = [file.stem for file in files]
        if kind in ("filter", "test"):  # one file may hold several, each with a .yml of its own
            sidecars = sorted((ROOT / "plugins" / folder).glob("*.yml"))
            found[kind] = [file.stem for file in sidecars] or found[kind]
    return found


def check_files(names: list[str]) -> list[str]:
    committed = {path.as_posix() for path in tree.files()}
    problems = [f"{name} is not in it" for name in NEEDED if name not in names]
    for name in names:
        if name not in committed and name not in ("MANIFEST.json", "FILES.json"):
            problems.append(f"{name} is in it, but git would not commit it")
        elif not WELCOME.match(name):
            problems.append(f"{name} is in it; take it out of the manifest in galaxy.yml")
    wanted = [name for name in committed if name.startswith(("plugins/", "roles/", "playbooks/"))]
    problems += [f"{name} is not in it" for name in sorted(wanted) if name not in names]
    return problems


def check_docs(collections: str) -> list[str]:
    """Ask ansible-doc about every plugin of the installed artifact."""
    problems = []
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": collections}
    for kind, names in plugins().items():
        if not names:
            continue
        full = [f"{COLLECTION}.{name}" for name in names]
        command = ["ansible-doc", "--json", "--type", kind, *full]
        run = subprocess.run(command, env=env, text=True, capture_output=True, check=False)
        known = json.loads(run.stdout) if run.returncode == 0 and run.stdout else {}
        missing = [name for name in full if not known.get(name, {}).get("doc")]
        problems += [f"ansible-doc --type {kind} {name}: no documentation" for name in missing]
        if missing:
            problems.append(run.stderr.strip())
        for name in full:
            if name not in missing:
                print(f"  {kind} {name}: {known[name]['doc'].get('short_description')}")
    return problems


def main() -> int:
    artifact, collections = sys.argv[1:]
    with tarfile.open(artifact) as tar:
        names = [member.name for member in tar.getmembers() if member.isfile()]
    size = pathlib.Path(artifact).stat().st_size
    print(f"{pathlib.Path(artifact).name}: {len(names)} files, {size / 1024:.0f} KiB")
    problems = check_files(names) + check_docs(collections)
    for problem in problems:
        print(f"wrong: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
