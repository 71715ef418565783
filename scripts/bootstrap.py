# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the small environment that holds nox and uv. Only the standard library."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "tests" / "requirements"


def main() -> int:
    target = pathlib.Path(sys.argv[1])
    (target / "ready").unlink(missing_ok=True)
    print("Installing nox and uv, which run the rest (once) ...", flush=True)
    venv.create(target, clear=True, with_pip=True)
    python = target / "bin" / "python"

    def pip(*command: str | pathlib.Path) -> bool:
        options = ("-qq", "--disable-pip-version-check")
        return (
            subprocess.run([python, "-m", "pip", *options, *command], check=False).returncode == 0
        )

    def uv(*command: str | pathlib.Path) -> bool:
        # The certificates that the machine trusts, as pip does.
        env = {"UV_SYSTEM_CERTS": "1", **os.environ}
        run = subprocess.run([target / "bin" / "uv", *command], env=env, check=False)
        return run.returncode == 0

    # uv takes seconds where pip takes a minute. It is a binary, though, and not for every machine.
    nox = ("-r", REQUIREMENTS / "nox.txt")
    if pip("install", "-r", REQUIREMENTS / "uv.txt"):
        if uv("pip", "install", "--quiet", "--python", python, *nox):
            (target / "ready").touch()
            return 0
        pip("uninstall", "--yes", "uv")  # or nox would choose it
    print("uv does not work here; pip will do, but it is slower.", flush=True)
    if not pip("install", *nox):
        print("nox cannot be installed.", file=sys.stderr)
        return 1
    (target / "ready").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
