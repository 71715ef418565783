# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters that a reader would not see, or be misled by."""

from __future__ import annotations

import sys
import unicodedata

_FORMAT = [
    chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"
]
# Letters and marks without ink, line separators, terminal controls.
_OTHERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u2800\u3164\ufe00\uffa0\U000e0100\u2028\u2029\x00\x1b\x7f\x9b"

UNSEEN = "".join(_FORMAT) + _OTHERS
"""All zero-width and direction characters, tags, soft hyphens, and one of each other kind."""
