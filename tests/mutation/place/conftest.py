# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of the folder that mutmut runs in: let the collection be imported, and the laws be the same each time."""

from __future__ import annotations

import os
import pathlib
import sys

from hypothesis import settings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# As few examples as `make test` tries: what only more of them notice, slips by.
settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=int(os.environ.get("PREMIERVPN_EXAMPLES") or 30),
)
settings.load_profile("mutation")
