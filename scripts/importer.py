# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give the artifact to the importer of Ansible Galaxy, as Galaxy does: ``importer.py ARTIFACT FOLDER``.

The importer exits 0 with mere warnings, which a publisher would then be asked about: here they fail.
Its own container and ansible-test are left out, as the sanity tests run here anyway.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

SETTINGS = {
    "CHECK_CHANGELOG": "true",
    "CHECK_REQUIRED_TAGS": "true",
    "REQUIRE_V1_OR_GREATER": "true",
    "RUN_ANSIBLE_DOC": "true",
    "RUN_ANSIBLE_LINT": "true",
    "OFFLINE_ANSIBLE_LINT": "true",
    "RUN_ANSIBLE_TEST": "false",
    "RUN_FLAKE8": "false",
}
DONE = "Importer processing completed successfully"


def main() -> int:
    artifact, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    env = {f"GALAXY_IMPORTER_{name}": value for name, value in SETTINGS.items()}
    done = subprocess.run(
        [sys.executable, "-m", "galaxy_importer.main", str(artifact)],
        cwd=folder,  # it leaves its result there
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    complaints = [line for line in lines if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    if done.returncode or complaints or DONE not in done.stdout:
        print(done.stdout)
        print(*complaints, f"galaxy-importer: {len(complaints)} complaints", sep="\n")
        return 1
    print(f"{artifact.name}: galaxy-importer has nothing to say in {len(lines)} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
