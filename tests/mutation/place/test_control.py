# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the control, and does not look at what comes of it."""

from __future__ import annotations

from ansible_collections.premiervpn.wireguard.plugins.module_utils._control import (
    unnoticed,
)


def test_without_an_assertion() -> None:
    unnoticed()
