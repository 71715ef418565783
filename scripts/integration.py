# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test integration: against the real portal if there is a key, else against the simulator.

    integration.py COLLECTION HOME [ARGUMENT...]

COLLECTION is a copy of the checkout where ansible-test accepts it, HOME a home for ansible-test. The key is
looked for in tests/integration/integration_config.yml of the checkout.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from scripts.sanity import prepare_home
from simulator.process import Simulator

CONFIG = pathlib.Path("tests/integration/integration_config.yml")
ROOT = pathlib.Path(__file__).resolve().parent.parent
KEY = "wg_demo_acme"


def test(collection: pathlib.Path, home: pathlib.Path, arguments: list[str]) -> int:
    """Run the targets; a run in which there was none is a failure."""
    env = {**os.environ, "HOME": str(home)}
    listed = subprocess.run(
        ["ansible-test", "integration", "--list-targets"],
        cwd=collection, env=env, text=True, capture_output=True, check=True,
    ).stdout.split()  # fmt: skip
    print(f"targets: {' '.join(listed)}", flush=True)
    if not listed:
        return 1
    command = ["ansible-test", "integration", "--color", "no", *arguments]
    return subprocess.run(command, cwd=collection, env=env, check=False).returncode


def main() -> int:
    collection, home = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    prepare_home(home)
    with contextlib.ExitStack() as stack:
        if (ROOT / CONFIG).exists():
            print("against the real portal", flush=True)
            shutil.copy2(ROOT / CONFIG, collection / CONFIG)
            stack.callback((collection / CONFIG).unlink)
        else:
            simulator = stack.enter_context(Simulator(rate_limit=0))
            print(f"against the simulator, as there is no {CONFIG}", flush=True)
            settings = {"api_key": KEY, "api_url": simulator.url, "server": 5, "rate_limit": 0}
            (collection / CONFIG).write_text(json.dumps(settings), encoding="utf-8")
        return test(collection, home, sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
