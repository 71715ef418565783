# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there is a Java that ansible-rulebook can use. Called as a script, it says what is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

NEWEST_THAT_IS_TOO_OLD = 16
PACKAGE = "openjdk-17-jre-headless"


def missing() -> str | None:
    """What is missing, or None."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    try:
        output = subprocess.run(
            [java, "-version"], capture_output=True, text=True, check=True
        ).stderr
    except (OSError, subprocess.CalledProcessError):
        return f"ansible-rulebook needs Java 17 or newer, and there is none (Debian: {PACKAGE})"
    found = re.search(r'version "(\d+)', output)
    if not found or int(found[1]) <= NEWEST_THAT_IS_TOO_OLD:
        return f"ansible-rulebook needs Java 17 or newer, and this one is older (Debian: {PACKAGE})"
    return None


if __name__ == "__main__":
    sys.exit(missing())
