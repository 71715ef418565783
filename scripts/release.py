# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a release: version, changelog, artifact, commit, tag. Nothing is pushed.

    release.py VERSION FOLDER

Refuses before it changes anything; what fails after that is taken back.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GALAXY = ROOT / "galaxy.yml"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
BRANCH = "main"


def run(*command: str | pathlib.Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE
    )
    return done.stdout.strip()


def problems(version: str) -> list[str]:
    """Why this release can't be made, if so."""
    found = []
    if not VERSION.fullmatch(version):
        return [f"VERSION has to be three numbers with dots, as in 1.2.0, and not {version!r}"]
    if run("git", "status", "--porcelain"):
        found.append("there are changes that are not committed")
    if (branch := run("git", "branch", "--show-current")) != BRANCH:
        found.append(f"the branch is {branch!r}, and releases are made on {BRANCH!r}")
    tags = [VERSION.fullmatch(tag[1:]) for tag in run("git", "tag", "--list", "v*").split()]
    newest = max((tuple(map(int, tag.groups())) for tag in tags if tag), default=(0, 0, 0))
    if tuple(map(int, version.split("."))) <= newest:
        found.append(f"{'.'.join(map(str, newest))} was released already")
    if not list((ROOT / "changelogs" / "fragments").glob("*.y*ml")):
        found.append("changelogs/fragments is empty: nothing has changed")
    return found


def make(version: str, folder: pathlib.Path) -> None:
    text = GALAXY.read_text(encoding="utf-8")
    changed = re.sub(r"^version: .*$", f"version: {version}", text, flags=re.MULTILINE)
    GALAXY.write_text(changed, encoding="utf-8")
    run("antsibull-changelog", "release", "--version", version)
    folder.mkdir(parents=True, exist_ok=True)
    run("ansible-galaxy", "collection", "build", ROOT, "--output-path", folder, "--force")
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", f"Release {version}")
    run("git", "tag", "--annotate", f"v{version}", "--message", f"Release {version}")


def main() -> int:
    version, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    found = problems(version)
    if found:
        print("Nothing was done:", *found, sep="\n  ")
        return 1
    before = run("git", "rev-parse", "HEAD")
    try:
        make(version, folder)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"{error}\nAll is as it was.")
        # The tree was clean: nothing of anybody's is lost.
        run("git", "reset", "--quiet", "--hard", before)
        run("git", "clean", "--quiet", "--force", "-d", "changelogs")
        return 1
    print(f"Tagged v{version}; {folder / f'premiervpn-wireguard-{version}.tar.gz'}")
    print(f"Nothing was pushed. When all is well: git push origin {BRANCH} v{version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
