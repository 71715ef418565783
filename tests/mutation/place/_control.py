# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody looks at. Changes of it have to survive, or whatever ran were not the tests."""

from __future__ import annotations


def unnoticed() -> int:
    return 1
