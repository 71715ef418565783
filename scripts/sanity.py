# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity, and believe its exit code only if it looked at the plugins."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

# ansible-test installs pip into the environments it makes with a script that it downloads, from a
# host that not every network reaches. Python brings a pip along: these names are where the script
# is looked for first, one for each pip that ansible-core 2.16 to 2.21 asks for.
PIP_VERSIONS = ("23_1_2", "24_2", "25_2")
GET_PIP = """\
import ensurepip
ensurepip.bootstrap(default_pip=True)
"""

# What pip says while it fills the environments; its errors do not look like this.
NOISE = re.compile(
    r"Using cached |Looking in |Collecting |Processing |Downloading |Preparing metadata |Stored in "
    r"|Building wheel|Created wheel|Installing (build|collected) |Successfully (un)?installed "
    r"|Attempting uninstall|Found existing installation|Uninstalling |Getting requirements "
    r"|WARNING: Location |[\u2501\u2578\u257a]|$"
)


def prepare_home(home: pathlib.Path) -> None:
    """A home of its own, so that nothing is written to the developer's."""
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in PIP_VERSIONS:
        (cache / f"get_pip_{version}.py").write_text(GET_PIP, encoding="ascii")
    # The user's choice of package index holds here too.
    for name in (".config/pip", ".pip"):
        theirs, ours = pathlib.Path.home() / name, home / name
        if theirs.exists() and not os.path.lexists(ours):
            ours.parent.mkdir(parents=True, exist_ok=True)
            ours.symlink_to(theirs)


def overlooked(env: dict[str, str]) -> list[str]:
    """The plugins that are here but that ansible-test does not see."""
    command = ["ansible-test", "env", "--list-files"]
    listed = subprocess.run(command, env=env, text=True, capture_output=True, check=True).stdout
    return [
        path.as_posix()
        for path in sorted(pathlib.Path("plugins").rglob("*.py"))
        if path.as_posix() not in listed.split()
    ]


def main() -> int:
    home = pathlib.Path(sys.argv[1]).resolve()
    prepare_home(home)
    env = {**os.environ, "HOME": str(home)}

    # Where ansible-test sees no files it says that all targets are skipped, and exits 0.
    missed = overlooked(env)
    if missed:
        print("ansible-test does not look at", *missed, sep="\n  ")
        return 1

    skipped = False
    with subprocess.Popen(
        ["ansible-test", "sanity", *sys.argv[2:]],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            skipped = skipped or "All targets skipped" in line
            if not NOISE.match(line.strip()):
                print(line, end="", flush=True)
    return process.returncode or int(skipped)


if __name__ == "__main__":
    sys.exit(main())
