# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-builder would install for the collection: Python packages as announced, and no system packages.

introspect.py FOLDER, which holds ansible_collections.
"""

from __future__ import annotations

import subprocess
import sys

import yaml

WANTED = {"requests", "segno"}


def main() -> int:
    command = ["ansible-builder", "introspect", "--sanitize", sys.argv[1]]
    done = subprocess.run(command, check=True, text=True, capture_output=True)
    found = yaml.safe_load(done.stdout)
    python = {str(line).partition(">")[0].strip() for line in found.get("python") or []}
    print(f"Python: {found.get('python')}; system: {found.get('system') or 'nothing'}")
    return 0 if python == WANTED and not found.get("system") else 1


if __name__ == "__main__":
    sys.exit(main())
